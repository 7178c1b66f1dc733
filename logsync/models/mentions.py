"""Texts by which somebody may look for an event, and that no index of the events has."""

from __future__ import annotations

from django.db import models

from logsync.models.directory import Account
from logsync.models.visible import VisibleManager


class Mention(models.Model):
    """A text that events of an account have in one `field`, in lower case, and the time of the newest of them.

    `field` is a field of the log, "extra" for any text or number inside that, or "display_name" for a user's name in
    the body of a SCIM request. A text is kept once, however many events have it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    log = models.CharField(max_length=32)
    field = models.CharField(max_length=32)
    value = models.TextField()
    seen_at = models.DateTimeField()

    objects = VisibleManager()

    class Meta:
        ordering = ["-seen_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "log", "field", "value"], name="one_row_per_mention")]
        indexes = [models.Index(fields=["field", "value"], name="mention_by_value")]

    def __str__(self) -> str:
        return f"{self.field} {self.value}"
