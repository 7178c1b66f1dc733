"""Celery tasks of the audit log. When they run is in `dashboard/celery.py`."""

from __future__ import annotations

import logging

from celery import shared_task

from dashboard.audit_log.models import AuditHead
from dashboard.audit_log.retention import forget_old_entries

logger = logging.getLogger(__name__)


@shared_task
def forget_old_audit_entries() -> None:
    """Delete what is older than KEEP_AUDIT_DAYS, and note the newest hash in the process's own log.

    Where that log is collected elsewhere, `verify_audit --expect` can prove later that the end was not cut off.
    """
    forget_old_entries()
    head = AuditHead.objects.get()
    logger.info("Audit log: entry %d has the hash %s", head.number, head.hash)
