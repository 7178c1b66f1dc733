"""What Cloudflare Access is set up to do: applications, policies, rule groups, lists, and how each of them changed.

An object is kept once; each form that it had is a snapshot, written only when something changed. Both are kept as long
as there are events of their time. Cloudflare's users and what it last saw of them are personal data, and go as events
do (see `logsync.ingest.retention` and `logsync.privacy`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from logsync.models.directory import Account
from logsync.models.masking import ExtraField
from logsync.models.people import PersonAddress, UserId
from logsync.models.visible import VisibleManager

# What was asked of Cloudflare about a user within this time is not asked again.
ASK_AGAIN_AFTER = timedelta(minutes=5)


class AccessObject(models.Model):
    """Something in the configuration of Access that has an id of its own; `name` is its newest one.

    `first_seen_at` and `last_seen_at` are the first and the last reading that showed it. `gone_at` is when Cloudflare
    first said, asked by its id, that there is no such thing; None as long as it did not.
    """

    class Kind(models.TextChoices):
        APP = "app", "application"
        POLICY = "policy", "policy"
        GROUP = "group", "rule group"
        LIST = "list", "list"
        SERVICE_TOKEN = "service_token", "service token"
        PROVIDER = "identity_provider", "identity provider"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="access_objects", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    object_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    objects = VisibleManager()

    class Meta:
        ordering = ["kind", "name", "object_id"]
        constraints = [models.UniqueConstraint(fields=["account", "kind", "object_id"], name="one_row_per_object")]

    def __str__(self) -> str:
        return self.name or self.object_id


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def newest_first(self) -> Self:
        return self.order_by("-first_seen_at", "-id")


class Snapshot(models.Model):
    """One form that an object had: `content` is Cloudflare's own JSON, without secrets or what changes by itself.

    It was seen from `first_seen_at` to `last_seen_at`, and before that a form of another content was (none if it
    `is_first`), so it changed at some moment in between: at `updated_at` if Cloudflare says so. `source` says whether
    it was read as it was then, or is told by Cloudflare's audit log.
    """

    class Source(models.TextChoices):
        READ = "read", "read from Cloudflare"
        AUDIT_LOG = "audit_log", "told by Cloudflare’s audit log"

    object = models.ForeignKey(AccessObject, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    updated_at = models.DateTimeField(null=True)
    is_first = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=Source, default=Source.READ)

    account_path = "object__account"
    objects = VisibleManager.from_queryset(SnapshotQuerySet)()

    class Meta:
        ordering = ["object", "first_seen_at", "id"]
        indexes = [
            models.Index(fields=["object", "first_seen_at"], name="snapshot_by_object"),
            models.Index(fields=["first_seen_at"], name="snapshot_of_change", condition=Q(is_first=False)),
        ]

    def __str__(self) -> str:
        return f"{self.object} since {self.first_seen_at:%Y-%m-%d %H:%M:%S}"


class Reading(models.Model):
    """How far a part of an account's configuration is read: when last, and what Cloudflare said if it could not be.

    `read_at` is the last time that all of it was read; None for never. `error` is blank if the last attempt succeeded.
    `position` is the moment up to which a log is read; lists have none.
    """

    class Part(models.TextChoices):
        APPS = "apps", "applications and their policies"
        POLICIES = "policies", "reusable policies"
        GROUPS = "groups", "rule groups"
        SERVICE_TOKENS = "service_tokens", "names of service tokens"
        LISTS = "lists", "Gateway lists"
        USERS = "users", "users"
        AUDIT_LOG = "audit_log", "Cloudflare’s audit log"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="readings")
    part = models.CharField(max_length=20, choices=Part)
    attempted_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    position = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = VisibleManager()

    class Meta:
        ordering = ["part"]
        constraints = [models.UniqueConstraint(fields=["account", "part"], name="one_row_per_part")]

    def __str__(self) -> str:
        return f"{self.get_part_display()} of {self.account}"


class CloudflareUser(models.Model):
    """A user as Cloudflare Access lists it; `user_id` is what the login log calls it, `person` as in AccessRequest.

    `access_id` is the id by which Cloudflare is asked about the user.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cloudflare_users", db_index=False)
    access_id = models.CharField(max_length=64)
    user_id = models.CharField(max_length=64, blank=True)
    email = models.TextField(blank=True)
    person = models.TextField(blank=True)
    name = models.TextField(blank=True)
    last_successful_login = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    objects = VisibleManager()

    class Meta:
        ordering = ["person", "access_id"]
        constraints = [models.UniqueConstraint(fields=["account", "access_id"], name="one_row_per_cloudflare_user")]
        indexes = [
            models.Index(fields=["account", "person"], name="cloudflare_user_by_person"),
            models.Index(fields=["account", "user_id"], name="cloudflare_user_by_id"),
        ]

    def __str__(self) -> str:
        return self.email or self.access_id


class LastSeenIdentityQuerySet(models.QuerySet["LastSeenIdentity"]):
    def of(self, account: Account, person: str, user_id: str = "") -> Self:
        """Identities of whom a row of the login log is about: of the same `user_id`, else of the same address.

        An identity with another user's id is another person's, though the address be the same; not so an id that no
        row of the log has, as Cloudflare has several ids for a user.
        """
        if not person and not user_id:
            return self.none()
        same = Q(person=person) if person else Q(user_id=user_id)
        if user_id:
            in_the_log = UserId.objects.filter(account=account, user_id=OuterRef("user_id"))
            same = Q(user_id=user_id) | (same & Q(~Exists(in_the_log)))
        return self.filter(same, account=account)


class LastSeenIdentity(models.Model):
    """What Cloudflare last saw of a person when it was asked: e-mail, provider, groups, device posture, IP address.

    `seen_at` is when Cloudflare saw it (`iat`), None if it did not say. The same identity was read from
    `first_read_at` to `last_read_at`. `content` is as it came, with secrets redacted.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="last_seen_identities", db_index=False)
    access_id = models.CharField(max_length=64)
    user_id = models.CharField(max_length=64, blank=True)
    person = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True)
    first_read_at = models.DateTimeField()
    last_read_at = models.DateTimeField()
    content = ExtraField(default=dict)
    digest = models.CharField(max_length=64)

    objects = VisibleManager.from_queryset(LastSeenIdentityQuerySet)()

    class Meta:
        ordering = ["-last_read_at", "-id"]
        verbose_name_plural = "last seen identities"
        constraints = [
            models.UniqueConstraint(fields=["account", "access_id", "digest"], name="one_row_per_identity_seen")
        ]
        indexes = [
            models.Index(fields=["account", "person"], name="identity_by_person"),
            models.Index(fields=["account", "user_id"], name="identity_by_user_id"),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.access_id}, read {self.last_read_at:%Y-%m-%d %H:%M:%S}"


class UserReadingQuerySet(models.QuerySet["UserReading"]):
    def want(self, account: Account, person: str, subject: UserReading.Subject) -> UserReading | None:
        """Have a worker read this of a person soon, unless it was asked for just now; what is known of it until then.

        None for an address that is in no log: nothing is kept, or asked of Cloudflare, about whoever is typed in.
        """
        now = timezone.now()
        found = self.filter(account=account, person=person, subject=subject).first()
        if found is None:
            if not person or not _is_on_record(account, person):
                return None
            found, made = self.get_or_create(
                account=account, person=person, subject=subject, defaults={"wanted_at": now}
            )
            if made:
                return found
        if not found.is_waiting and not found.was_asked_just_now(now):
            found.wanted_at = now
            self.filter(pk=found.pk).update(wanted_at=now)
        return found

    def waiting(self) -> Self:
        """What is wanted and was not asked for since; what has waited longest comes first."""
        return self.filter(Q(attempted_at=None) | Q(attempted_at__lt=F("wanted_at"))).order_by("wanted_at", "pk")


def _is_on_record(account: Account, person: str) -> bool:
    return any(
        model._default_manager.filter(account=account, person=person).exists()
        for model in (PersonAddress, CloudflareUser)
    )


class UserReading(models.Model):
    """Something about one user that is read from Cloudflare when it is needed: by whom it is wanted, and what came.

    `wanted_at` is when a page or a denial last wanted it, `attempted_at` when Cloudflare was last asked, `read_at` when
    it last answered; `error` is blank if it answered when it was last asked. `content` is that answer, for the subjects
    that have no table of their own.
    """

    class Subject(models.TextChoices):
        IDENTITY = "identity", "last seen identity"
        SESSIONS = "sessions", "active sessions"
        FAILED_LOGINS = "failed_logins", "failed logins"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="user_readings", db_index=False)
    person = models.TextField()
    subject = models.CharField(max_length=20, choices=Subject)
    wanted_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    content = ExtraField(default=list)

    objects = VisibleManager.from_queryset(UserReadingQuerySet)()

    class Meta:
        ordering = ["-wanted_at"]
        constraints = [
            models.UniqueConstraint(fields=["account", "person", "subject"], name="one_row_per_user_and_subject")
        ]
        indexes = [models.Index(fields=["wanted_at"], name="user_reading_by_want")]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} of {self.person}"

    @property
    def is_waiting(self) -> bool:
        """Whether Cloudflare is still to be asked."""
        return self.attempted_at is None or self.attempted_at < self.wanted_at

    def was_asked_just_now(self, now: datetime) -> bool:
        """Whether Cloudflare was asked so short a time ago that it isn't asked again."""
        return self.attempted_at is not None and now - ASK_AGAIN_AFTER < self.attempted_at <= now


class AuditLogChange(models.Model):
    """An entry of Cloudflare's own audit log about an object of Access: who changed it, and when.

    `action` is create, update, delete, or another word of Cloudflare's. `content` is what the entry has of the request
    and its response, with secrets redacted.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="audit_log_changes", db_index=False)
    entry_id = models.CharField(max_length=64)
    changed_at = models.DateTimeField()
    action = models.TextField(blank=True)
    actor_email = models.TextField(blank=True)
    kind = models.CharField(max_length=20, choices=AccessObject.Kind, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.TextField(blank=True)
    content = ExtraField(default=dict)

    objects = VisibleManager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["account", "entry_id"], name="one_row_per_audit_log_entry")]
        indexes = [
            models.Index(fields=["changed_at"], name="audit_change_by_time"),
            models.Index(fields=["account", "kind", "object_id", "changed_at"], name="audit_change_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.object_name or self.object_id}, {self.changed_at:%Y-%m-%d %H:%M:%S}"
