"""What is too old to be kept, and is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from logsync.models import AccessRequest, CoveredRange, ScimUpdate, Stream, SyncRun

KEEP_RUNS = timedelta(days=14)


def forget_before(moment: datetime) -> int:
    """Delete events from before `moment` and the claim to know that time; return how many rows went."""
    with transaction.atomic():
        logins, _ = AccessRequest.objects.filter(created_at__lt=moment).delete()
        updates, _ = ScimUpdate.objects.filter(logged_at__lt=moment).delete()
        CoveredRange.objects.filter(until__lte=moment).delete()
        CoveredRange.objects.filter(since__lt=moment).update(since=moment)
        Stream.objects.filter(backfill_since__lt=moment).update(backfill_since=moment)
    return logins + updates


def forget_runs_before(moment: datetime) -> int:
    """Delete the record of runs that began before `moment`; return how many went."""
    runs, _ = SyncRun.objects.filter(started_at__lt=moment).delete()
    return runs
