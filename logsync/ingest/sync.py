"""Bring a stream up to date: read its newest time every round, and older time window by window.

A worker can be killed at any instant (see `window.py`). The Celery tasks and the commands are thin callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from django.db import Error, InterfaceError, OperationalError, connection
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.clock import CloudflareClock
from logsync.cloudflare.errors import CloudflareError, FixAccessError, PausedError, RetryLaterError
from logsync.coverage import missing_spans, newest_edge, older_time
from logsync.ingest.claims import claim_newest
from logsync.ingest.database_errors import describe_database_error
from logsync.ingest.lease_renewal import renewed
from logsync.ingest.reading import LeaseLostError, Reading
from logsync.ingest.retention_probe import probe
from logsync.ingest.window import read_window
from logsync.models import Claim, CoveredRange, Stream, SyncRun, WrongIdentityKeyError
from logsync.models.lease import new_owner
from logsync.spans import Span

logger = logging.getLogger(__name__)

# What only a person can fix is tried again this often, so that the fix is noticed.
REFUSED_PAUSE_SECONDS = 300
OUR_FAULT = (
    "Gatehouse itself failed while reading this log; what was stored stays stored, and it is tried again by itself. "
    "The log of the worker says where it failed; please report it."
)
CUT_OFF = (
    "This run was cut off: its worker was killed, or lost its database. "
    "What it had stored stays stored, and the rest is read again by itself."
)

# A whole stream, its newest time, or its older windows


def sync_stream(
    stream: Stream,
    client: CloudflareClient,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], object] | None = None,
) -> bool:
    """Bring a stream up to date; return True if it is complete now.

    It is not where another worker is reading it, where this one was told to stop, and where Cloudflare did not answer;
    the reason is then on the stream, or on the range that failed.
    """
    if not read_newest(stream, client, should_stop, on_progress):
        return False
    # One moment decides where old time ends, so that nothing lies between it and what was just read.
    older = older_time(client.clock.now())
    read_old_time(lambda: [stream], lambda _: client, older, client.clock, should_stop, on_progress)
    return not missing_spans(Stream.objects.get(pk=stream.pk), older.until)


def read_newest(
    stream: Stream,
    client: CloudflareClient,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], object] | None = None,
) -> bool:
    """Read the newest time of a stream, unless another worker does; return True if all of it came."""
    owner = new_owner()
    if not stream.take_lease(owner):
        return False
    try:
        stream.note(attempted_at=timezone.now())
        client = client.for_account(stream.account.account_id)
        reading = Reading(stream, client, stream, owner, should_stop, on_progress)
        with renewed(stream, owner):
            return _read(reading, newest_window(client.clock.now()))
    finally:
        # A database that fails must not hide what was said before. The lease expires by itself.
        with suppress(Error):
            stream.release_lease(owner)


def read_old_time(
    streams: Callable[[], Iterable[Stream]],
    client_of: Callable[[Stream], CloudflareClient],
    within: Span,
    clock: CloudflareClock,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], object] | None = None,
) -> None:
    """Read the old time of these streams `within` some time, window after window, until no window can be claimed.

    `clock` is the one that the clients share.
    """
    taken, read_once_more = set(), set()
    while not should_stop():
        claim = _read_claim(streams(), client_of, within, clock, should_stop, on_progress)
        if claim is None:
            return
        # A window seen twice means that the clock was set back: stop, and let the next turn go on. Not so a window
        # that failed: it has a pause of its own. Nor one of which a row came late: it is read once more.
        window = (claim.stream_id, claim.until)
        if window in taken and not _has_failed(claim):
            return
        if window in read_once_more or not _is_late(claim):
            taken.add(window)
        read_once_more.add(window)


def _read_claim(
    streams: Iterable[Stream],
    client_of: Callable[[Stream], CloudflareClient],
    within: Span,
    clock: CloudflareClock,
    should_stop: Callable[[], bool],
    on_progress: Callable[[Reading], object] | None,
) -> Claim | None:
    """Claim and read the newest window; None if there is none to claim."""
    owner = new_owner()
    claim = claim_newest(streams, owner, within, clock.offset)
    if claim is None:
        return None
    try:
        stream = claim.stream
        client = client_of(stream).for_account(stream.account.account_id)
        with renewed(claim, owner):
            _read(Reading(stream, client, claim, owner, should_stop, on_progress), Span(claim.since, claim.until))
    finally:
        with suppress(Error):
            Claim.objects.filter(pk=claim.pk, lease_owner=owner).delete()
    return claim


def _has_failed(claim: Claim) -> bool:
    failed = claim.stream.failed_ranges.filter(since__lt=claim.until, until__gt=claim.since)
    return failed.filter(retry_at__gt=timezone.now()).exists()


def _is_late(claim: Claim) -> bool:
    late = claim.stream.covered_ranges.filter(state=CoveredRange.State.LATE)
    return late.filter(since__lt=claim.until, until__gt=claim.since).exists()


def newest_window(now: datetime) -> Span:
    """The time that is read every round: what is provisional, and as much again, to find rows that came even later."""
    return Span(newest_edge(now), now)


def mark_runs_cut_off() -> None:
    """Mark the runs whose worker is gone as cut off."""
    running = SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING)
    # Before the owners: a run that begins in between must not count as one without an owner.
    found = list(running.values_list("pk", flat=True))
    owners = [
        *Stream.objects.filter(Stream.held()).values_list("lease_owner", flat=True),
        *Claim.objects.filter(Claim.held()).values_list("lease_owner", flat=True),
    ]
    cut_off = running.filter(pk__in=found).exclude(owner__in=owners)
    cut_off.update(outcome=SyncRun.Outcome.STOPPED, error=CUT_OFF, finished_at=timezone.now())


# One window


def _read(reading: Reading, window: Span) -> bool:
    """Read a window; return True if all of it came. What went wrong is noted on the run, the time and the stream."""
    run = SyncRun.objects.create(
        stream=reading.stream,
        owner=reading.owner,
        is_backfill=reading.is_backfill,
        started_at=timezone.now(),
        since=window.since,
        until=window.until,
    )
    try:
        outcome, error = _read_and_note(reading, window)
    except Error as failure:
        # Not the stream's name, which would be read from the database.
        logger.exception("Stream %s: the database failed", reading.stream.pk)
        # A connection that broke is opened anew with the next query.
        connection.close_if_unusable_or_obsolete()
        words = f"{describe_database_error(failure)} What was stored stays stored; the rest is read again."
        reading.stream.database_error = words
        # If it fails again, the run is marked as cut off later.
        with suppress(Error):
            _end(run, reading, SyncRun.Outcome.FAILED, words)
        return False
    _end(run, reading, outcome, error)
    return outcome == SyncRun.Outcome.READ


def _end(run: SyncRun, reading: Reading, outcome: SyncRun.Outcome, error: str) -> None:
    run.fetched, run.stored, run.erased = reading.fetched, reading.stored, reading.erased
    run.finished_at = timezone.now()
    run.outcome, run.error = outcome, error
    run.save()


def _read_and_note(reading: Reading, window: Span) -> tuple[SyncRun.Outcome, str]:
    """Read a window and note the outcome on its stream or its time; return how the run ended, and why."""
    try:
        read_window(reading, window)
        if reading.is_stopped:
            return SyncRun.Outcome.STOPPED, ""
        if not reading.is_backfill:
            _succeed(reading)
        return (SyncRun.Outcome.FAILED, " ".join(reading.unread)) if reading.unread else (SyncRun.Outcome.READ, "")
    except PausedError as pause:
        return SyncRun.Outcome.STOPPED, str(pause)
    except LeaseLostError:
        return SyncRun.Outcome.STOPPED, "Another worker took it over."
    except CloudflareError as error:
        _note_failure(reading, window, error)
        return SyncRun.Outcome.FAILED, str(error)
    except WrongIdentityKeyError as error:
        reading.stream.fail(str(error), needs_person=True, retry_after=REFUSED_PAUSE_SECONDS)
        return SyncRun.Outcome.FAILED, str(error)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # One broken stream never stops another. A fault of ours, such as a row that the database refuses, is shown
        # like any other.
        logger.exception("%s could not be read", reading.stream)
        reading.note_failed(window, OUR_FAULT)
        if not reading.is_backfill:
            reading.stream.fail(OUR_FAULT, needs_person=True, retry_after=REFUSED_PAUSE_SECONDS)
        return SyncRun.Outcome.FAILED, OUR_FAULT


def _succeed(reading: Reading) -> None:
    stream = reading.stream
    if stream.error:
        # What failed for the same reason is tried again at once.
        stream.failed_ranges.update(retry_at=timezone.now())
    stream.succeed()
    # If this fails, what was just read is complete all the same.
    with suppress(CloudflareError):
        probe(stream, reading.client, reading.clock.now())


# What went wrong


def _note_failure(reading: Reading, window: Span, error: CloudflareError) -> None:
    """Note the error on the time; on the stream too if this is its newest time, or a permission is missing."""
    stream = reading.stream
    reading.note_failed(window, str(error))
    if not reading.is_backfill or isinstance(error, FixAccessError):
        needs_person = not isinstance(error, RetryLaterError)
        pause = error.retry_after if isinstance(error, RetryLaterError) else REFUSED_PAUSE_SECONDS
        stream.fail(str(error), needs_person=needs_person, retry_after=pause)
    logger.warning("%s: %s", stream, error, exc_info=not isinstance(error, RetryLaterError | FixAccessError))
