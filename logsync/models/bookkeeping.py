"""What is read, and by whom: this installation, its streams, and every run."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from logsync.models.directory import Account, ApiToken, IdentityProvider
from logsync.models.lease import Lease
from logsync.models.visible import VisibleManager

# No pause is longer: one that ends later was written by a clock that has been set back since.
LONGEST_PAUSE = timedelta(hours=1)


class WrongIdentityKeyError(Exception):
    """The rows are identified by another IDENTITY_KEY than the one given, with which every row would look new."""

    def __init__(self) -> None:
        super().__init__(
            "IDENTITY_KEY is not the key that this database was begun with, so every row would be stored a second "
            "time. Nothing was stored. Give IDENTITY_KEY its earlier value (without one it was the SECRET_KEY of that "
            "time, or on one machine the file var/identity-key), then restart the workers."
        )


class Installation(Lease):
    """The one row about this installation as a whole.

    `identity_check` tells whether the key of the hash that identifies rows is still the same, without telling the key:
    that is in no table, as bodies have lost their secrets, and whoever had the hash and its key could guess those.
    `beat_seen_at` is when a round that beat had queued last ran, so when both beat and a worker were
    alive. `checks` is what a worker's doctor last found (see `logsync.health`), at `checked_at`; the worker that runs
    it holds the lease. `derived_version` is the version of the rules by which all derived rows were last made (see
    `logsync.derived.recount`). `forgotten_before` is up to when events were deleted for their age, `held_back_before`
    up to when more of them are too old to be kept; None if none are (see `logsync.ingest.retention`). `redacting` is
    how far stored rows were redacted again, None if all of them were (see `logsync.ingest.redaction`).
    """

    identity_check = models.CharField(max_length=64)
    directory_checked_at = models.DateTimeField(null=True)
    beat_seen_at = models.DateTimeField(null=True)
    checks = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    derived_version = models.PositiveIntegerField(default=0)
    forgotten_before = models.DateTimeField(null=True)
    held_back_before = models.DateTimeField(null=True)
    redacting = models.JSONField(null=True)

    def __str__(self) -> str:
        return "this installation"

    @classmethod
    def get(cls) -> Self:
        """The row; the first caller makes it."""
        row, _ = cls.objects.get_or_create(pk=1, defaults={"identity_check": _check_of(settings.IDENTITY_KEY)})
        return row

    @classmethod
    def identity_key(cls) -> bytes:
        """The key of the hash that identifies rows. Raises WrongIdentityKeyError if it is not the one of old rows."""
        if not hmac.compare_digest(cls.get().identity_check, _check_of(settings.IDENTITY_KEY)):
            raise WrongIdentityKeyError
        key: bytes = settings.IDENTITY_KEY
        return key


def _check_of(key: bytes) -> str:
    return hmac.digest(key, b"identity check", hashlib.sha256).hex()


class Log(models.TextChoices):
    ACCESS_REQUESTS = "access_requests", "Logins"
    SCIM_UPDATES = "scim_updates", "SCIM"


class StreamQuerySet(models.QuerySet["Stream"]):
    def due(self, now: datetime) -> Self:
        """Active streams that need not wait, and whose token is not blocked."""
        waits = Q(retry_at__gt=now, retry_at__lte=now + LONGEST_PAUSE)
        return self.filter(is_active=True).exclude(waits).exclude(ApiToken.blocked(now, "account__api_token__"))

    def waiting(self, now: datetime) -> Self:
        """Due streams whose newest time should have been read a round ago, and that nobody is reading."""
        overdue = Q(attempted_at=None) | Q(attempted_at__lt=now - 2 * settings.SYNC_EVERY)
        return self.due(now).filter(overdue).exclude(Stream.held())

    def expected(self) -> Self:
        """Streams that should be read: all but those whose provider no longer sends SCIM.

        If no stream of an account is active, all of them are still expected.
        """
        others = Stream.objects.filter(account=OuterRef("account"), is_active=True)
        return self.filter(Q(is_active=True) | ~Exists(others))

    def with_ranges(self) -> Self:
        """Streams with their ranges and claims, in a few queries for any number of streams."""
        return self.select_related("account__api_token").prefetch_related(
            "covered_ranges", "failed_ranges", "asked_ranges", "claims"
        )


class Stream(Lease):
    """One log of one account: its logins, or the SCIM updates of one identity provider.

    The newest time of a stream is read by one worker at a time, the one that holds its lease; older windows are
    claimed one by one (`Claim`).

        never read ──> backfilling ──> complete
             └─────────────┴──────────────┴──> in error (error, error_since), until its newest time can be read

    `backfill_since` is how far back the stream is to be read. `attempted_at` is when its newest time was last
    requested, `succeeded_at` when that last worked; after an error, the next try comes at `retry_at`. `oldest_at` is
    when the oldest row happened that Cloudflare still had at `probed_at` (None: it had none, or was not asked yet); if
    asking failed, that is tried again at `probe_again_at`. `longest_window` is how long a window Cloudflare answers for
    (None: a day at least), `too_old` what it says of time that it refuses as too old (blank: it never did).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="streams")
    log = models.CharField(max_length=20, choices=Log.choices)
    idp_id = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    backfill_since = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    needs_person = models.BooleanField(default=False)
    error_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    oldest_at = models.DateTimeField(null=True)
    probed_at = models.DateTimeField(null=True)
    # How many rows of it are set aside, so that most pages need not look for them.
    set_aside = models.PositiveIntegerField(default=0)
    # What went wrong with the database in this process; it may be in no state to keep that.
    database_error = ""
    probe_again_at = models.DateTimeField(null=True)
    longest_window = models.DurationField(null=True)
    too_old = models.TextField(blank=True)

    objects = VisibleManager.from_queryset(StreamQuerySet)()

    class Meta:
        ordering = ["account__name", "log", "idp_id"]
        constraints = [models.UniqueConstraint(fields=["account", "log", "idp_id"], name="one_stream_per_log")]

    def __str__(self) -> str:
        names = IdentityProvider.objects.filter(account=self.account_id).names_beside_account() if self.idp_id else {}
        return self.named(names.get((self.account_id, self.idp_id), self.idp_id))

    def named(self, provider: str) -> str:
        """The stream as a person calls it: "Logins · Meridian", "SCIM · Okta · Meridian"."""
        return " · ".join(filter(None, [self.get_log_display(), provider, str(self.account)]))

    def succeed(self) -> None:
        """Note that its newest time was read."""
        self.note(error="", needs_person=False, error_since=None, retry_at=None, succeeded_at=timezone.now())

    def fail(self, error: str, *, needs_person: bool, retry_after: float) -> None:
        """Note what went wrong, and when to try again (`retry_after` in seconds)."""
        now = timezone.now()
        self.note(
            error=error,
            needs_person=needs_person,
            error_since=self.error_since or now,
            retry_at=now + timedelta(seconds=retry_after),
        )

    def note(self, **values: object) -> None:
        """Set and save these fields and no others, so that what another worker wrote meanwhile stays."""
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))


class SyncRun(models.Model):
    """One window of one stream, read once by `owner`.

    `fetched` counts the rows that came, `stored` those that were new, `erased` those that are not kept because the
    person they are about was erased. If a run is RUNNING but its owner no longer holds
    anything, it was cut off: its worker was killed, or lost its database.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", "Running"
        READ = "read", "Read"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="runs")
    owner = models.CharField(max_length=32, blank=True)
    is_backfill = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    fetched = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    erased = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    error = models.TextField(blank=True)

    account_path = "stream__account"
    objects = VisibleManager()

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["stream", "started_at"], name="run_by_stream"),
            models.Index(fields=["started_at"], name="run_by_time"),
            models.Index(fields=["started_at"], name="run_unfinished", condition=Q(outcome="running")),
        ]

    def __str__(self) -> str:
        return f"{self.stream}: {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"
