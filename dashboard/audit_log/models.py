"""The audit log: one entry for each thing that somebody did, and the end of the chain that the entries form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.urls import reverse

from dashboard.audit_log.actions import Action

LONGEST_NAME = 150
LONGEST_AGENT = 200
LONGEST_SUBJECT = 320
# A SHA-256 in hexadecimal digits.
HASH = 64


class AuditEntryQuerySet(models.QuerySet[Any, Any]):
    """Questions about entries."""

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Entries with since <= at < until; an end that is None is open."""
        rows = self if since is None else self.filter(at__gte=since)
        return rows if until is None else rows.filter(at__lt=until)

    def newest_first(self) -> Self:
        """By time, and where clocks disagree by number."""
        return self.order_by("-at", "-number")


class AuditEntry(models.Model):
    """Who did what, when, from where. It names users as text, so it stays as it is when an account is deleted.

    `subject` is whom or what it was done to, such as an e-mail address or the path of a page; `details` is whatever
    else a reader will want to know. Entries are numbered from 1 without a gap, in the order in which they were written.
    `previous`, `hash`, `key_id` and `seal` chain them: see `chain.py`. Only `record` makes an entry, and triggers of
    the database refuse every change (`triggers.py`).
    """

    number = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    username = models.TextField(blank=True)
    ip_address = models.CharField(max_length=45, blank=True)
    user_agent = models.TextField(blank=True)
    # An Action; a database need not know them all.
    action = models.CharField(max_length=32)
    subject = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=HASH, blank=True)
    hash = models.CharField(max_length=HASH)
    key_id = models.CharField(max_length=16)
    seal = models.CharField(max_length=HASH)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["at", "number"], name="audit_by_time"),
            # What one user did lately is also asked before each view of a person is written down.
            models.Index(fields=["username", "at"], name="audit_by_user"),
            models.Index(fields=["action", "at"], name="audit_by_action"),
            models.Index(fields=["subject", "at"], name="audit_by_subject"),
            models.Index(fields=["ip_address", "at"], name="audit_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.action_words}: {self.username} {self.subject}".strip()

    def get_absolute_url(self) -> str:
        return reverse("audit:entry", args=[self.number])

    @property
    def key(self) -> str:
        """What addresses call the entry."""
        return str(self.number)

    @property
    def action_words(self) -> str:
        return Action(self.action).label if self.action in Action else self.action


class AuditHead(models.Model):
    """The one row that says where the log ends: the number and hash of its newest entry.

    Whoever writes an entry locks it, so entries get one order however many processes write; a trigger moves it on.
    `forgotten_number` is the last entry that retention may delete.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=HASH, blank=True)
    forgotten_number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.number} {self.hash}".strip()
