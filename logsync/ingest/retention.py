"""Delete what is too old to keep."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from logsync.coverage import note_deleted
from logsync.derived import counts, people, scim_problems
from logsync.models import AccessRequest, LatenessCount, SetAsideRow, Stream, SyncRun

KEEP_RUNS = timedelta(days=14)


def forget_before(moment: datetime) -> int:
    """Delete events from before the hour of `moment`, and the ranges that cover them; return how many rows."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        # Rows and ranges of a stream are written under a lock on its row, one writer at a time.
        streams = list(Stream.objects.order_by("pk").select_for_update())
        logins, _ = AccessRequest.objects.filter(created_at__lt=hour).delete()
        updates = scim_problems.forget_before(hour)
        people.forget_before(hour)
        counts.forget_before(hour)
        SetAsideRow.objects.filter(until__lte=hour).delete()
        for stream in streams:
            note_deleted(stream, hour)
    return logins + updates


def forget_runs_before(moment: datetime) -> int:
    """Delete runs that began before `moment`, and lateness counts from before its day; return how many runs."""
    LatenessCount.objects.filter(day__lt=moment.date()).delete()
    runs, _ = SyncRun.objects.filter(started_at__lt=moment).delete()
    return runs
