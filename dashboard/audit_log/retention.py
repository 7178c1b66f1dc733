"""Deleting entries that are older than KEEP_AUDIT_DAYS.

An entry of the log itself says up to where, and its seal is what `verify_audit` believes. The database checks the age
of what is deleted by its own clock (`triggers.py`).
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.record import record

# If a clock is wrong, no more than this is lost before somebody sees it.
MOST_AT_ONCE = timedelta(days=1)
BATCH = 5_000


def forget_old_entries() -> int:
    """Delete entries older than KEEP_AUDIT_DAYS, at most one day of them; return how many."""
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().get()
        through = _last_old_entry(head)
        if through > head.forgotten_number:
            record(None, Action.AUDIT_FORGOTTEN, through=through, keep_days=settings.KEEP_AUDIT.days)
            AuditHead.objects.update(forgotten_number=through)
    return _delete_through(max(through, head.forgotten_number))


def _last_old_entry(head: AuditHead) -> int:
    """The last of the entries that may go now, all of which are old; 0 if there is none."""
    kept = AuditEntry.objects.filter(number__gt=head.forgotten_number).order_by("number")
    oldest = kept.first()
    if oldest is None:
        return 0
    before = min(timezone.now() - settings.KEEP_AUDIT, oldest.at + MOST_AT_ONCE)
    first_kept = kept.filter(at__gte=before).values_list("number", flat=True).first()
    return head.number if first_kept is None else first_kept - 1


def _delete_through(number: int) -> int:
    """Delete in small transactions: what an interruption leaves goes the next time."""
    deleted = 0
    old = AuditEntry.objects.filter(number__lte=number)
    while numbers := list(old.order_by("number").values_list("number", flat=True)[:BATCH]):
        count, _ = old.filter(number__lte=numbers[-1]).delete()
        deleted += count
    return deleted
