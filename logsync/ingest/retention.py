"""Delete what is too old to keep.

What is deleted cannot be read again. So the time is Cloudflare's, as far as it tells it, and whatever the time is, a
run deletes at most a day more than the run before; the rest waits for later runs, or for a person's word
(`manage.py forget`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from logsync.coverage import KNOWN, note_deleted
from logsync.derived import counts, mentions, people, scim_problems
from logsync.ingest import set_aside
from logsync.ingest.configuration.retention import forget_configuration_before
from logsync.models import (
    AccessRequest,
    CoveredRange,
    Installation,
    LatenessCount,
    ScimUpdate,
    Stream,
    SyncRun,
)
from logsync.privacy import erasures

KEEP_RUNS = timedelta(days=14)
MOST_AT_ONCE = timedelta(days=1)
# Runs are not exactly a day apart.
LITTLE = timedelta(hours=12)


def forget_old_events(now: datetime, *, at_once: bool = False) -> int:
    """Delete what is older than KEEP_EVENTS_DAYS at `now`, or the first day of it; return how many rows.

    With `at_once` all of it, as a person said so.
    """
    wanted = due_before(now)
    installation = Installation.get()
    base = installation.forgotten_before or _oldest()
    if base is None:
        return 0
    before = wanted if at_once else min(wanted, _hour(base) + MOST_AT_ONCE)
    rows = forget_before(before)
    Installation.objects.update(
        forgotten_before=max(before, installation.forgotten_before or before),
        held_back_before=wanted if wanted - before > LITTLE else None,
    )
    return rows


def due_before(now: datetime) -> datetime:
    """The hour before which everything is older than KEEP_EVENTS_DAYS."""
    return _hour(now - settings.KEEP_EVENTS)


def _oldest() -> datetime | None:
    """Since when anything is known here."""
    oldest = [
        AccessRequest.objects.order_by("created_at").values_list("created_at", flat=True).first(),
        ScimUpdate.objects.order_by("logged_at").values_list("logged_at", flat=True).first(),
        CoveredRange.objects.filter(state__in=KNOWN).order_by("since").values_list("since", flat=True).first(),
    ]
    return min((moment for moment in oldest if moment is not None), default=None)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def forget_before(moment: datetime) -> int:
    """Delete events from before the hour of `moment`, and the ranges that cover them; return how many rows."""
    hour = _hour(moment)
    with transaction.atomic():
        # Rows and ranges of a stream are written under a lock on its row, one writer at a time.
        streams = list(Stream.objects.order_by("pk").select_for_update())
        logins, _ = AccessRequest.objects.filter(created_at__lt=hour).delete()
        updates = scim_problems.forget_before(hour)
        people.forget_before(hour)
        mentions.forget_before(hour)
        counts.forget_before(hour)
        for stream in streams:
            set_aside.forget_before(stream, hour)
            note_deleted(stream, hour)
        erasures.forget_before(hour)
        forget_configuration_before(hour)
    return logins + updates


def forget_runs_before(moment: datetime) -> int:
    """Delete runs that began before `moment`, and lateness counts from before its day; return how many runs."""
    LatenessCount.objects.filter(day__lt=moment.date()).delete()
    runs, _ = SyncRun.objects.filter(started_at__lt=moment).delete()
    return runs
