"""What is too old to be kept, and is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from logsync.derived import counts, people, scim_problems
from logsync.models import (
    AccessRequest,
    AskedRange,
    CoveredRange,
    FailedRange,
    LatenessCount,
    Stream,
    SyncRun,
)

KEEP_RUNS = timedelta(days=14)


def forget_before(moment: datetime) -> int:
    """Delete events from before the hour of `moment` and the claim to know that time; return how many rows went."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        # Rows of a stream, and what is known of its time, are written by whoever holds its row, one after the other.
        list(Stream.objects.order_by("pk").select_for_update())
        logins, _ = AccessRequest.objects.filter(created_at__lt=hour).delete()
        updates = scim_problems.forget_before(hour)
        people.forget_before(hour)
        counts.forget_before(hour)
        for ranges in (CoveredRange.objects, FailedRange.objects, AskedRange.objects):
            ranges.filter(until__lte=hour).delete()
            ranges.filter(since__lt=hour).update(since=hour)
        Stream.objects.filter(backfill_since__lt=hour).update(backfill_since=hour)
    return logins + updates


def forget_runs_before(moment: datetime) -> int:
    """Delete the record of runs that began before `moment`, and of how late rows came; return how many runs went."""
    LatenessCount.objects.filter(day__lt=moment.date()).delete()
    runs, _ = SyncRun.objects.filter(started_at__lt=moment).delete()
    return runs
