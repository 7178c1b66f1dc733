"""Celery: thin callers of the plain functions in this room. What runs when is in `dashboard/celery.py`."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.utils import timezone

from logsync.directory import sync_directory
from logsync.models import Stream
from logsync.retention import KEEP_RUNS, forget_before, forget_runs_before
from logsync.sync import connect
from logsync.sync import sync_stream as bring_up_to_date

# A backfill takes many turns; between them another stream may have the worker.
TURN = timedelta(minutes=2)

# Made before the worker forks, so that the processes of its pool see it too.
_is_shutting_down = multiprocessing.Event()


@worker_shutting_down.connect
def end_turns(**_: object) -> None:
    """Have every turn end after the page that it is at, so that a worker stops within seconds."""
    _is_shutting_down.set()


@shared_task
def start_syncs() -> None:
    """Look which streams there are, and have every one that is due synced."""
    with connect() as client:
        sync_directory(client)
    expires = settings.SYNC_EVERY.total_seconds()
    for stream in Stream.objects.due(timezone.now()):
        sync_stream.apply_async((stream.pk,), expires=expires)


@shared_task
def sync_stream(stream_id: int) -> None:
    """Bring one stream up to date, for one turn at most; not where it was asked to wait since it was queued."""
    stream = Stream.objects.due(timezone.now()).select_related("account").filter(pk=stream_id).first()
    if stream is None:
        return
    end = timezone.now() + TURN
    with connect() as client:
        bring_up_to_date(stream, client, should_stop=lambda: _is_shutting_down.is_set() or timezone.now() >= end)


@shared_task
def forget_old_events() -> None:
    """Delete what is older than KEEP_EVENTS_DAYS."""
    now = timezone.now()
    forget_before(now - settings.KEEP_EVENTS)
    forget_runs_before(now - KEEP_RUNS)
