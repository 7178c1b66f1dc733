"""The Django application that keeps the audit log."""

from django.apps import AppConfig


class AuditLogConfig(AppConfig):
    name = "dashboard.audit_log"
    label = "audit_log"
