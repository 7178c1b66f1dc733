"""Celery: thin callers of the plain functions in this room. What runs when is in `dashboard/celery.py`."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import islice

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.utils import timezone

from logsync.coverage import older_time
from logsync.derived.recount import rebuild_if_outdated
from logsync.health import look_from_here
from logsync.ingest.claims import windows_of
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.ingest.directory import sync_directory
from logsync.ingest.late_arrivals import look_again
from logsync.ingest.retention import KEEP_RUNS, forget_before, forget_runs_before
from logsync.ingest.sync import mark_runs_cut_off, read_newest, read_old_time
from logsync.ingest.token_gate import BACKFILL_PART, TokenGate
from logsync.ingest.tokens import connect, connections
from logsync.models import Installation, Stream
from logsync.models.lease import new_owner

# Reading the newest time takes a moment; after a long pause it is read in several turns.
TURN = timedelta(minutes=2)
# More workers than this find enough to do in the next round.
MOST_BACKFILLS = 32
LOOK_EVERY_SECONDS = 2.0
# What the doctor asks costs calls; that each worker asks for it when it starts is no reason to spend them twice.
DOCTOR_REST = timedelta(minutes=2)

# Made before the worker forks, so that the processes of its pool see it too.
_is_shutting_down = multiprocessing.Event()


@worker_shutting_down.connect
def end_turns(**_: object) -> None:
    """Have every turn end after the page that it is at, so that a worker stops within seconds."""
    _is_shutting_down.set()


@shared_task
def start_syncs(*, by_beat: bool = False) -> None:
    """Have the newest time of every stream that is due read, then what streams there are listed, then older time."""
    Installation.get()
    if by_beat:
        Installation.objects.update(beat_seen_at=timezone.now())
    mark_runs_cut_off()
    rebuild_if_outdated()
    _queue_newest(Stream.objects.due(timezone.now()))
    list_streams.apply_async(expires=settings.SYNC_EVERY.total_seconds())
    _queue_backfills()


@shared_task
def list_streams() -> None:
    """List accounts, providers and names; have the newest time of streams that are new read at once.

    Apart from the round, so that lists that hang, or are long, hold up no log.
    """
    if not _was_done_within(settings.SYNC_EVERY / 2, "directory_checked_at"):
        sync_directory()
    _queue_what_is_new()


@shared_task
def sync_stream(stream_id: int) -> None:
    """Read the newest time of one stream; not where it was asked to wait since it was queued."""
    due = Stream.objects.due(timezone.now()).select_related("account__api_token")
    stream = due.filter(pk=stream_id).first()
    if stream is None or stream.account.api_token is None:
        return
    end = time.monotonic() + TURN.total_seconds()
    with connect(stream.account.api_token) as client:
        read_newest(stream, client, lambda: _is_shutting_down.is_set() or time.monotonic() >= end)


@shared_task
def backfill() -> None:
    """Read old time, window after window, for one round; the newest time of any stream goes before."""
    should_stop = _told_to_stop_or_needed_elsewhere()
    older = older_time(cloudflare_now())
    with connections(BACKFILL_PART) as client_of:
        read_old_time(_readable, client_of, older, should_stop)


@shared_task
def forget_old_events() -> None:
    """Delete what is older than KEEP_EVENTS_DAYS."""
    now = timezone.now()
    forget_before(now - settings.KEEP_EVENTS)
    forget_runs_before(now - KEEP_RUNS)


@shared_task
def look_at_yesterday_again() -> None:
    """Have the day before yesterday read once more, for what arrived later than any overlap."""
    look_again(timezone.now())


@shared_task
def ask_doctor() -> None:
    """Look from this worker at tokens, permissions and the clock, and keep what was found for the page."""
    installation, owner = Installation.get(), new_owner()
    if _was_done_within(DOCTOR_REST, "checked_at") or not installation.take_lease(owner):
        return
    try:
        look_from_here()
    finally:
        installation.release_lease(owner)
    # Where nothing was known yet, the doctor has listed it.
    _queue_what_is_new()


def _was_done_within(duration: timedelta, field: str) -> bool:
    """Whether another worker did so just now: workers that start together ask for the same things together."""
    now = timezone.now()
    return Installation.objects.filter(**{f"{field}__gt": now - duration, f"{field}__lte": now}).exists()


def _queue_what_is_new() -> None:
    """Have streams that were never asked for read at once."""
    new = Stream.objects.due(timezone.now()).filter(attempted_at=None)
    if new.exists():
        _queue_newest(new)
        _queue_backfills()


def _queue_newest(streams: Iterable[Stream]) -> None:
    for stream in streams:
        sync_stream.apply_async((stream.pk,), expires=settings.SYNC_EVERY.total_seconds())


def _queue_backfills() -> None:
    """Have as many workers read old time as there are windows for."""
    older = older_time(cloudflare_now())
    windows = (window for stream in _readable() for window in windows_of(stream, older))
    for _ in islice(windows, MOST_BACKFILLS):
        backfill.apply_async(expires=settings.SYNC_EVERY.total_seconds())


def _readable() -> list[Stream]:
    """Streams whose old time may be read now: their newest could be, and their token has calls left."""
    streams = Stream.objects.due(timezone.now()).filter(error="").with_ranges()
    return [
        stream
        for stream in streams
        if (token := stream.account.api_token) and TokenGate(token, BACKFILL_PART).wait_seconds() == 0
    ]


def _told_to_stop_or_needed_elsewhere() -> Callable[[], bool]:
    """Whether a turn is to end: it was told to, its round is over, or some newest time waits for a worker."""
    end = time.monotonic() + settings.SYNC_EVERY.total_seconds()
    looked_at = time.monotonic()

    def should_stop() -> bool:
        nonlocal looked_at
        now = time.monotonic()
        if _is_shutting_down.is_set() or now >= end:
            return True
        if now - looked_at < LOOK_EVERY_SECONDS:
            return False
        looked_at = now
        return Stream.objects.waiting(timezone.now()).exists()

    return should_stop
