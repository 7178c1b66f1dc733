"""Celery tasks: thin callers of plain functions. What runs when is in `dashboard/celery.py`."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from logsync.coverage import older_time
from logsync.derived.recount import rebuild_if_outdated
from logsync.health import look_from_here
from logsync.ingest import retention
from logsync.ingest.claims import windows_of
from logsync.ingest.configuration import LAST_PART, read_configuration, read_wanted, want_identities
from logsync.ingest.directory import sync_directory
from logsync.ingest.late_arrivals import reread
from logsync.ingest.lease_renewal import renewed
from logsync.ingest.sync import mark_runs_cut_off, read_newest, read_old_time
from logsync.ingest.token_gate import BACKFILL_PART
from logsync.ingest.tokens import Connections
from logsync.insight.explain import replayed
from logsync.models import Account, Claim, Installation, Reading, Replay, Stream, UserReading, WrongIdentityKeyError
from logsync.models.lease import new_owner

logger = logging.getLogger(__name__)

# Reading the newest time takes a moment; after a long pause it is read in several turns.
TURN = timedelta(minutes=2)
# More workers than this find enough to do in the next round.
MOST_BACKFILLS = 32
LOOK_EVERY_SECONDS = 2.0
# The doctor's checks cost calls, and every worker asks for them when it starts: not twice within this time.
DOCTOR_REST = timedelta(minutes=2)

# Made before the worker forks, so that the processes of its pool share it.
_is_shutting_down = multiprocessing.Event()
# What this worker learns from Cloudflare's answers, task after task.
_connections = Connections()


@worker_shutting_down.connect
def end_turns(**_: object) -> None:
    """End every turn after its current page, so that a worker stops within seconds."""
    _is_shutting_down.set()


@shared_task
def start_syncs(*, by_beat: bool = False) -> None:
    """Queue the newest window of every due stream, then the list of streams, then backfills."""
    Installation.get()
    if by_beat:
        Installation.objects.update(beat_seen_at=timezone.now())
    mark_runs_cut_off()
    if not _is_identity_key_right():
        return
    rebuild_if_outdated()
    _queue_newest(Stream.objects.due(timezone.now()))
    list_streams.apply_async(expires=settings.SYNC_EVERY.total_seconds())
    _queue_backfills()


@shared_task
def take_over() -> None:
    """Queue what killed workers were reading as soon as their leases have expired, and not only in the next round."""
    due = Stream.objects.due(timezone.now())
    newest = due.exclude(lease_owner="").exclude(Stream.held())
    if newest.exists() or Claim.objects.filter(stream__in=due).exclude(Claim.held()).exists():
        mark_runs_cut_off()
        _queue_newest(newest)
        _queue_backfills()


@shared_task
def list_streams() -> None:
    """List accounts, providers and names, and queue the newest window of streams that are new.

    A task of its own, so that a long list, or one that hangs, holds up no log.
    """
    if not _was_done_within(settings.SYNC_EVERY / 2, "directory_checked_at"):
        sync_directory(_connections.connect)
    _queue_what_is_new()
    if _accounts_never_read().exists():
        read_policies.apply_async(expires=settings.SYNC_EVERY.total_seconds())


@shared_task
def sync_stream(stream_id: int) -> None:
    """Read the newest time of one stream, unless it has to wait by now."""
    due = Stream.objects.due(timezone.now()).select_related("account__api_token")
    stream = due.filter(pk=stream_id).first()
    if stream is None or stream.account.api_token is None:
        return
    end = time.monotonic() + TURN.total_seconds()
    with _connections.connect(stream.account.api_token) as client:
        read_newest(stream, client, lambda: _is_shutting_down.is_set() or time.monotonic() >= end)


@shared_task
def backfill() -> None:
    """Read old time, window after window, for one round; stop early where a stream's newest time is waiting.

    Policies that were never read come first: they take a few calls, and all workers may be busy with old time for long.
    """
    if _accounts_never_read().exists():
        read_policies()
    should_stop = _told_to_stop_or_needed_elsewhere(settings.SYNC_EVERY)
    older = older_time(_connections.clock.now())
    with _connections.clients(BACKFILL_PART) as client_of:
        read_old_time(_readable, client_of, older, _connections.clock, should_stop)


@shared_task
def forget_old_events() -> None:
    """Delete what is older than KEEP_EVENTS_DAYS by Cloudflare's clock, a day more than the last time at most."""
    _connections.ask_the_time()
    retention.forget_old_events(_connections.clock.now())
    retention.forget_runs_before(timezone.now() - retention.KEEP_RUNS)


@shared_task
def reread_recent_days() -> None:
    """Have yesterday and the day before read again, for rows that came later than any overlap."""
    reread(_connections.clock.now())


@shared_task
def read_policies() -> None:
    """Read what Access is set up to do in each account, unless the newest time of a log is waiting.

    One task for all accounts, so that at most one worker is away from the logs.
    """
    if Stream.objects.waiting(timezone.now()).exists():
        return
    should_stop = _told_to_stop_or_needed_elsewhere(TURN)
    for account in _accounts(not_read_since=timezone.now() - settings.POLICIES_EVERY / 2):
        if should_stop():
            return
        with suppress(LookupError), _connections.connect_for_policies(account) as client:
            read_configuration(client, account, should_stop)
            want_identities(account, client.clock.now())


@shared_task
def read_users_wanted() -> None:
    """Read what pages and denials want of users, unless the newest time of a log is waiting."""
    if Stream.objects.waiting(timezone.now()).exists():
        return
    waiting = UserReading.objects.waiting().order_by()
    should_stop = _told_to_stop_or_needed_elsewhere(TURN)
    for account in _accounts().filter(pk__in=waiting.values("account")):
        if should_stop():
            return
        with suppress(LookupError), _connections.connect_for_policies(account) as client:
            read_wanted(client, account, should_stop)


def _accounts_never_read() -> QuerySet[Account]:
    """Accounts that a token reads, and of which not every part was attempted yet."""
    return Account.objects.filter(api_token__is_active=True).exclude(readings__part=LAST_PART)


def _accounts(not_read_since: datetime | None = None) -> QuerySet[Account]:
    """Accounts that a token reads, first those that it is longest since anybody read to the end."""
    attempts = Reading.objects.filter(account=OuterRef("pk"), part=LAST_PART).values("attempted_at")
    accounts = Account.objects.filter(api_token__is_active=True).annotate(asked_at=Subquery(attempts[:1]))
    if not_read_since:
        accounts = accounts.filter(Q(asked_at=None) | Q(asked_at__lte=not_read_since))
    return accounts.select_related("api_token").order_by(F("asked_at").asc(nulls_first=True), "pk")


@shared_task
def ask_doctor() -> None:
    """Check tokens, permissions and the clock from this worker, and keep the result for the page."""
    installation, owner = Installation.get(), new_owner()
    if _was_done_within(DOCTOR_REST, "checked_at") or not _is_identity_key_right():
        return
    if not installation.take_lease(owner):
        return
    try:
        with renewed(installation, owner):
            look_from_here(_connections.connect_sparingly)
    finally:
        installation.release_lease(owner)
    # On a new installation the doctor has just listed accounts and providers.
    _queue_what_is_new()


@shared_task
def run_replay(replay_id: int) -> None:
    """Try an edit of policies against the kept logins; again from its beginning if the worker that was at it died."""
    left = (Replay.State.WAITING, Replay.State.RUNNING)
    asked = Replay.objects.filter(pk=replay_id, state__in=left).select_related("account").first()
    owner = new_owner()
    if asked is None or not asked.take_lease(owner):
        return
    try:
        with renewed(asked, owner):
            replayed.run(asked)
    finally:
        asked.release_lease(owner)


@shared_task
def forget_replays() -> None:
    """Delete what was tried more than an hour ago."""
    replayed.forget_old_replays()


def _is_identity_key_right() -> bool:
    """Whether rows can be told apart; without that nothing is read. The doctor says so on the sync page, too."""
    try:
        Installation.identity_key()
    except WrongIdentityKeyError as error:
        logger.error("%s", error)
        return False
    return True


def _was_done_within(duration: timedelta, field: str) -> bool:
    """Whether some worker did this just now; workers that start together ask for the same things together."""
    now = timezone.now()
    return Installation.objects.filter(**{f"{field}__gt": now - duration, f"{field}__lte": now}).exists()


def _queue_what_is_new() -> None:
    """Queue the streams that were never read."""
    new = Stream.objects.due(timezone.now()).filter(attempted_at=None)
    if new.exists():
        _queue_newest(new)
        _queue_backfills()


def _queue_newest(streams: Iterable[Stream]) -> None:
    for stream in streams:
        sync_stream.apply_async((stream.pk,), expires=settings.SYNC_EVERY.total_seconds())


def _queue_backfills() -> None:
    """Queue a backfill for each window that can be claimed now."""
    clock = _connections.clock
    older = older_time(clock.now())
    windows = (window for stream in _readable() for window in windows_of(stream, older, clock.offset))
    for _ in islice(windows, MOST_BACKFILLS):
        backfill.apply_async(expires=settings.SYNC_EVERY.total_seconds())


def _readable() -> list[Stream]:
    """Streams whose old time may be read now: their newest time could be read, and their token has calls left."""
    streams = Stream.objects.due(timezone.now()).filter(error="").with_ranges()
    return [
        stream
        for stream in streams
        if (token := stream.account.api_token) and _connections.gate(token, BACKFILL_PART).wait_seconds() == 0
    ]


def _told_to_stop_or_needed_elsewhere(turn: timedelta) -> Callable[[], bool]:
    """A function that says when a turn ends: when told to, after this time, or when a newest window is waiting."""
    end = time.monotonic() + turn.total_seconds()
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
