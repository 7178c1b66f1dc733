"""Celery tasks of exports. When they run is in `dashboard/celery.py`."""

from __future__ import annotations

from celery import shared_task

from dashboard.exported import retention


@shared_task
def forget_old_exports() -> None:
    """Delete the records of exports that are older than KEEP_AUDIT_DAYS."""
    retention.forget_old_exports()
