"""What was read when: streams, the time they cover, and every run."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from logsync.models.directory import Account, IdentityProvider


class Installation(models.Model):
    """The one row about this installation as a whole.

    `identity_key` keys the hash that identifies rows. It is made once and never changed: with another key every row
    would look new. `directory_error` says why the accounts could not be listed; blank if they could.
    """

    identity_key = models.BinaryField(max_length=32)
    directory_error = models.TextField(blank=True)
    directory_checked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return "this installation"

    @classmethod
    def get(cls) -> Self:
        """The row; made by the first caller, whoever that is."""
        row, _ = cls.objects.get_or_create(pk=1, defaults={"identity_key": secrets.token_bytes(32)})
        return row


class Log(models.TextChoices):
    ACCESS_REQUESTS = "access_requests", "Logins"
    SCIM_UPDATES = "scim_updates", "SCIM"


class StreamQuerySet(models.QuerySet["Stream"]):
    def due(self, now: datetime) -> Self:
        """Streams that are synced and not asked to wait."""
        return self.filter(is_active=True).filter(Q(retry_at=None) | Q(retry_at__lte=now))

    def expected(self) -> Self:
        """Streams without which something would be missing: all but those whose provider no longer sends SCIM.

        A stream that is not read although nothing else of its account is read either is still expected.
        """
        others = Stream.objects.filter(account=OuterRef("account"), is_active=True)
        return self.filter(Q(is_active=True) | ~Exists(others))


class Stream(models.Model):
    """One log of one account: its logins, or the SCIM updates of one identity provider.

    A stream is read by one worker at a time, the one that holds its lease: `lease_owner` until `lease_expires_at`.
    A worker that is killed loses the lease by itself.

        never read ──> backfilling ──> complete
             └─────────────┴──────────────┴──> in error (error, error_since), until a run succeeds

    `backfill_since` is how far back the stream is to be read. After an error it is not read before `retry_at`.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="streams")
    log = models.CharField(max_length=20, choices=Log.choices)
    idp_id = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    backfill_since = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    needs_person = models.BooleanField(default=False)
    error_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        ordering = ["account__name", "log", "idp_id"]
        constraints = [models.UniqueConstraint(fields=["account", "log", "idp_id"], name="one_stream_per_log")]

    def __str__(self) -> str:
        provider = IdentityProvider.objects.filter(account=self.account_id, idp_id=self.idp_id).first()
        return self.named(str(provider or self.idp_id))

    def named(self, provider: str) -> str:
        """The stream as a person calls it: "Logins · Meridian", "SCIM · Okta · Meridian"."""
        return " · ".join(filter(None, [self.get_log_display(), provider, str(self.account)]))

    def take_lease(self, owner: str, seconds: int) -> bool:
        """Return True if `owner` now holds the lease, False if another worker does."""
        now = timezone.now()
        free = Q(lease_owner="") | Q(lease_expires_at__lt=now)
        return self._lease().filter(free).update(lease_owner=owner, lease_expires_at=_after(now, seconds)) == 1

    def keep_lease(self, owner: str, seconds: int) -> bool:
        """Prolong the lease; return False if it was lost to another worker meanwhile."""
        until = _after(timezone.now(), seconds)
        return self._lease().filter(lease_owner=owner).update(lease_expires_at=until) == 1

    def release_lease(self, owner: str) -> None:
        self._lease().filter(lease_owner=owner).update(lease_owner="", lease_expires_at=None)

    def succeed(self) -> None:
        """Note that all that was asked for came."""
        self._note(error="", needs_person=False, error_since=None, retry_at=None, succeeded_at=timezone.now())

    def fail(self, error: str, *, needs_person: bool, retry_after: float) -> None:
        """Note what went wrong, and when to try again (`retry_after` in seconds)."""
        now = timezone.now()
        self._note(
            error=error,
            needs_person=needs_person,
            error_since=self.error_since or now,
            retry_at=_after(now, retry_after),
        )

    def _note(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))

    def _lease(self) -> StreamQuerySet:
        return Stream.objects.filter(pk=self.pk)


class CoveredRange(models.Model):
    """Time of a stream that was read: since <= t < until. Ranges of a stream neither overlap nor touch if alike.

    Events arrive late, so the newest minutes are provisional (`is_settled` False) until they are read once more.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="covered_ranges")
    since = models.DateTimeField()
    until = models.DateTimeField()
    is_settled = models.BooleanField()

    class Meta:
        ordering = ["since"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class SyncRun(models.Model):
    """One window of one stream, read once. `finished_at` is None while it runs, and if its worker was killed.

    `fetched` counts the rows that came, `stored` those that were new.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    fetched = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["stream", "started_at"], name="run_by_stream")]

    def __str__(self) -> str:
        return f"{self.stream}: {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


def _after(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
