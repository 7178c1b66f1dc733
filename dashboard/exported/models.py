"""The record of an export: who took what, when, and the digest of the file as it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

# An export that takes longer is cut off, so one that was begun before has ended, whatever became of its process.
LONGEST = timedelta(hours=1)
LONGEST_NAME = 150


class State(models.TextChoices):
    """What became of an export."""

    RUNNING = "running", "Running"
    COMPLETE = "complete", "Complete"
    CUT_OFF = "cut_off", "Cut off"
    FAILED = "failed", "Failed"


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, user: User) -> Self:
        """Those of one user."""
        return self.filter(user=user)

    def running(self, now: datetime) -> Self:
        """Those that are still being sent."""
        return self.filter(state=State.RUNNING, started_at__gt=now - LONGEST)

    def with_state(self, now: datetime) -> Self:
        """With `state_then`: their state, or cut off if they were left running for longer than any export takes."""
        is_left = Q(state=State.RUNNING, started_at__lte=now - LONGEST)
        return self.annotate(state_then=Case(When(is_left, then=Value(State.CUT_OFF)), default=F("state")))

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Those that began in a range; an end that is None is open."""
        begun = self.filter(started_at__gte=since) if since else self
        return begun.filter(started_at__lt=until) if until else begun


class Export(models.Model):
    """One CSV or JSON of a list, as it was sent.

    `username` is that of the time, and stays when the account is deleted. `path` and `query` are the address of the
    file, `page` the path of the page that shows the same rows. An end of the range that is None is open; `as_of` is the
    moment it was reckoned from. `coverage` is as in the JSON of a list, with the holes of each log. `rows`, `size` (in
    bytes) and `sha256` are of what was handed to the web server, before any compression. `has_more` says that the list
    goes on in a further file. `signature` is of the manifest, and blank until the export has ended.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="exports")
    username = models.CharField(max_length=LONGEST_NAME)
    list_name = models.CharField(max_length=100)
    words = models.TextField(blank=True)
    path = models.TextField()
    query = models.TextField(blank=True)
    page = models.TextField(blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    as_of = models.DateTimeField()
    coverage = models.JSONField(default=dict)
    format = models.CharField(max_length=8)
    version = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    has_more = models.BooleanField(default=False)
    signature = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "state"], name="export_by_user"),
            models.Index(fields=["sha256"], name="export_by_digest"),
            models.Index(fields=["started_at"], name="export_by_time"),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk} of {self.list_name}"

    def get_absolute_url(self) -> str:
        return reverse("exports:export", args=[self.pk])

    @property
    def key(self) -> str:
        """What addresses call it."""
        return str(self.pk)

    @property
    def state_now(self) -> State:
        """Its state; cut off if it was left running for longer than any export takes."""
        is_left = self.state == State.RUNNING and self.started_at <= timezone.now() - LONGEST
        return State.CUT_OFF if is_left else State(self.state)

    @property
    def address(self) -> str:
        """The address of the file, without the host."""
        return f"{self.path}?{self.query}" if self.query else self.path
