"""Which time of a stream was read, which could not be, which is wanted, and who is reading what. [since, until)."""

from __future__ import annotations

from django.db import models

from logsync.models.bookkeeping import Stream
from logsync.models.lease import Lease
from logsync.models.visible import VisibleManager


class Range(models.Model):
    """A part of a stream's time: since <= t < until."""

    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["since"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class CoveredRange(Range):
    """Time of a stream that was read. Ranges of a stream do not overlap, and do not touch if their state is the same.

    Events arrive late, so what was read soon after it happened is provisional until it is read again. Time that was
    settled when another row of it came is late: its rows are known, but it is not complete until it was read again from
    its start to its end. For time that it no longer keeps, Cloudflare answers without rows and without an error; such
    time is beyond, and not known; it is unproven where no row of the log was ever seen, so that nothing tells the
    retention from quiet. Refused is time that Cloudflare itself called too old (`Stream.too_old`). Deleted is
    what was known and is too old to be kept here.
    """

    class State(models.TextChoices):
        SETTLED = "settled"
        PROVISIONAL = "provisional"
        LATE = "late"
        BEYOND = "beyond"
        UNPROVEN = "unproven"
        REFUSED = "refused"
        DELETED = "deleted"

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="covered_ranges")
    state = models.CharField(max_length=12, choices=State)

    account_path = "stream__account"
    objects = VisibleManager()


class FailedRange(Range):
    """Time that could not be read in `tries` attempts so far; the next one comes at `retry_at`."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="failed_ranges")
    error = models.TextField()
    failed_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    retry_at = models.DateTimeField()

    account_path = "stream__account"
    objects = VisibleManager()


class AskedRange(Range):
    """Time that was requested on top of what is read anyway; with `again`, time to be read although it is known.

    A range to be read again shrinks as it is read. The others stay, for they say which time is wanted. `asked_by` is
    who asked, blank for Gatehouse itself.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="asked_ranges")
    again = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150, blank=True)

    account_path = "stream__account"
    objects = VisibleManager()


class Claim(Range, Lease):
    """A window of a stream that a worker is reading; no two claims of a stream overlap while both are held."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="claims")

    account_path = "stream__account"
    objects = VisibleManager()
