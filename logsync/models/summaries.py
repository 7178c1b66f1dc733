"""Sums that are written in the transaction that stores the rows."""

from __future__ import annotations

from django.db import models

from logsync.models.bookkeeping import Log, Stream
from logsync.models.directory import Account
from logsync.models.visible import VisibleManager


class HourlyCount(models.Model):
    """How many rows of a log happened in an hour, and how many of them are denials or failures.

    `attempts` is how many attempts of people the rows are, and `denied_attempts` how many of those were denied; both
    are 0 for SCIM. `idp_id` is the row's own, blank for logins. `manage.py recount` checks the counts against the rows.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="hourly_counts", db_index=False)
    log = models.CharField(max_length=20, choices=Log.choices)
    idp_id = models.TextField(blank=True)
    hour = models.DateTimeField()
    total = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    denied_attempts = models.PositiveIntegerField(default=0)

    objects = VisibleManager()

    class Meta:
        ordering = ["hour"]
        constraints = [
            models.UniqueConstraint(fields=["account", "log", "idp_id", "hour"], name="one_count_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}: {self.total}"


class DailyCount(models.Model):
    """How many attempts of people at an application were allowed or denied on a day (UTC), and how many denied.

    `manage.py recount` checks the counts against the rows.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="daily_counts", db_index=False)
    app_uid = models.TextField(blank=True)
    day = models.DateField()
    judged = models.PositiveIntegerField()
    denied = models.PositiveIntegerField()

    objects = VisibleManager()

    class Meta:
        ordering = ["day", "app_uid"]
        constraints = [models.UniqueConstraint(fields=["day", "account", "app_uid"], name="one_count_per_app_and_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.judged} {self.app_uid}"


class LatenessCount(models.Model):
    """How many rows of a stream came this late on a day; `seconds` is the upper end of the step.

    Lateness is the time from the event to its arrival here. Only rows that came while the stream was read every round
    count: after a pause, their time of arrival says nothing about Cloudflare.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="lateness_counts")
    day = models.DateField()
    seconds = models.PositiveIntegerField()
    count = models.PositiveIntegerField()

    account_path = "stream__account"
    objects = VisibleManager()

    class Meta:
        ordering = ["seconds"]
        constraints = [models.UniqueConstraint(fields=["stream", "day", "seconds"], name="one_count_per_lateness")]

    def __str__(self) -> str:
        return f"{self.day}: {self.count} within {self.seconds} s"
