"""The Django application that keeps the audit log."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditLogConfig(AppConfig):
    name = "dashboard.audit_log"
    label = "audit_log"

    def ready(self) -> None:
        from dashboard.audit_log.triggers import protect

        post_migrate.connect(protect, sender=self)
