"""What if: an edit of policies that is tried against the kept logins, and what it would do to each person.

Both are kept for an hour, and for whoever asked. Nothing of it is ever sent to Cloudflare.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from logsync.models.directory import Account
from logsync.models.lease import Lease
from logsync.models.visible import VisibleManager

KEPT = timedelta(hours=1)
# How long a replay may wait for a worker before the page says that none may be running.
PATIENCE = timedelta(seconds=30)


class ReplayQuerySet(models.QuerySet["Replay"]):
    def under_way(self) -> Self:
        """Those that wait for a worker, or that one is at."""
        return self.filter(Q(state=Replay.State.WAITING) | Q(state=Replay.State.RUNNING) & Replay.held())


class Replay(Lease):
    """An edit of policies, and what became of trying it.

    It is about the application `app_uid` or, if that is blank, about every application that has the policy
    `policy_id`. The logins are those with since <= created_at < until; `since` None means from the beginning. `before`
    is what was edited, as it was then (see `logsync.insight.explain.edit`), `edit` what differs, and `read_at` when it
    had last been read. `total` is how many logins there are, and `judged` of how many the result is known. The worker
    that is at it has the lease. `result` has sums, see `logsync.insight.explain.replayed`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "not started"
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="replays", db_index=False)
    app_uid = models.TextField(blank=True)
    policy_id = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    edit = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    finished_at = models.DateTimeField(null=True)
    total = models.BigIntegerField(default=0)
    judged = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    objects = VisibleManager.from_queryset(ReplayQuerySet)()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["asked_by", "asked_at"], name="replay_by_user"),
            models.Index(fields=["asked_at"], name="replay_by_time"),
        ]

    def __str__(self) -> str:
        return f"What if, asked {self.asked_at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_lost(self) -> bool:
        """Whether the worker that was at it is gone."""
        return self.state == self.State.RUNNING and not Replay.objects.filter(self.held(), pk=self.pk).exists()

    @property
    def waits_long(self) -> bool:
        """Whether no worker has taken it up for so long that there may be none."""
        return self.state == self.State.WAITING and self.asked_at <= timezone.now() - PATIENCE

    @property
    def percent(self) -> int:
        return min(100 * self.judged // self.total, 100) if self.total else 0

    @property
    def kept_until(self) -> datetime:
        return (self.finished_at or self.asked_at) + KEPT


class ReplayedPerson(models.Model):
    """A person at an application for whom an edit would change something, or for whom that can't be told.

    `outcome` is one of `logsync.insight.explain.replay.Outcome`. `logins` are all of theirs that were judged; of these
    `gained` would be admitted and are not now, `lost` are admitted now and would not be, and of `untold` it can't be
    told. `at` and `login_key` are the newest of the logins that the outcome rests on; `now` and `edited` say what
    becomes of it (an Admission), and the policies that decide.
    """

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="people", db_index=False)
    person = models.TextField()
    app_uid = models.TextField()
    outcome = models.CharField(max_length=10)
    logins = models.BigIntegerField()
    gained = models.BigIntegerField()
    lost = models.BigIntegerField()
    untold = models.BigIntegerField()
    at = models.DateTimeField()
    login_key = models.UUIDField(null=True)
    now = models.CharField(max_length=10)
    now_policy = models.TextField(blank=True)
    edited = models.CharField(max_length=10)
    edited_policy = models.TextField(blank=True)

    account_path = "replay__account"
    objects = VisibleManager()

    class Meta:
        ordering = ["person", "app_uid"]
        indexes = [
            models.Index(fields=["replay", "outcome", "-at", "id"], name="replayed_by_outcome"),
            models.Index(fields=["person"], name="replayed_by_person"),
        ]

    def __str__(self) -> str:
        return self.person
