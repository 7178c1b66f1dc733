"""Deleting the records of exports that are older than KEEP_AUDIT_DAYS, as the audit log's entries of them go."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from dashboard.exported.models import Export

# If a clock is wrong, no more than this is lost before somebody sees it.
MOST_AT_ONCE = timedelta(days=1)


def forget_old_exports() -> int:
    """Delete the records of exports older than KEEP_AUDIT_DAYS, at most one day of them; return how many."""
    oldest = Export.objects.order_by("started_at").values_list("started_at", flat=True).first()
    if oldest is None:
        return 0
    before = min(timezone.now() - settings.KEEP_AUDIT, oldest + MOST_AT_ONCE)
    deleted, _ = Export.objects.filter(started_at__lt=before).delete()
    return deleted
