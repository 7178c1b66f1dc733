"""The audit log: one entry for each thing that somebody did."""

from __future__ import annotations

from django.db import models

from dashboard.audit_log.actions import Action

LONGEST_NAME = 150
LONGEST_SUBJECT = 320


class AuditEntry(models.Model):
    """Who did what, when, from where. It names users as text, so it stays as it is when an account is deleted.

    `subject` is whom or what it was done to, such as an e-mail address or the path of a page; `details` is whatever
    else a reader will want to know.
    """

    at = models.DateTimeField()
    username = models.CharField(max_length=LONGEST_NAME, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=32, choices=Action)
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.username} {self.subject}".strip()
