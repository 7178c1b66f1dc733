"""One stream brought up to date: its newest time every round, older time window by window.

Each page and the record of what it covers commit in one transaction, by the worker that holds the stream's lease or
the window's claim, so a worker can be killed at any instant: what was committed stays, and what is missing is known to
be missing. The Celery tasks and the commands are thin callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from django.db import Error, InterfaceError, OperationalError, connection
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError, FixAccessError, PausedError, RetryLaterError
from logsync.coverage import missing_spans, newest_edge, older_time
from logsync.ingest.claims import claim_newest
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.ingest.reading import LeaseLostError, Reading
from logsync.ingest.retention_probe import probe
from logsync.ingest.window import read_window
from logsync.models import Claim, Stream, SyncRun
from logsync.models.lease import new_owner
from logsync.spans import Span

logger = logging.getLogger(__name__)

# What only a person can mend is tried again this often, so that the mend shows by itself.
REFUSED_PAUSE_SECONDS = 300
OUR_FAULT = (
    "Gatehouse itself failed while reading this log; what was stored stays stored, and it is tried again by itself. "
    "The log of the worker says where it failed; please report it."
)
CUT_OFF = (
    "This run was cut off: its worker was killed, or lost its database. "
    "What it had stored stays stored, and the rest is read again by itself."
)

# The whole of a stream, or the newest of it, or some window


def sync_stream(
    stream: Stream,
    client: CloudflareClient,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], object] | None = None,
) -> bool:
    """Bring a stream up to date; return True if it now has no hole, False if it is not complete.

    False also where another worker reads it, where it was told to stop, and where Cloudflare did not answer: the
    reason is then on the stream, or on the range that failed.
    """
    if not read_newest(stream, client, should_stop, on_progress):
        return False
    # From here backwards, so that no moment lies between what was just read and what is older.
    older = older_time(cloudflare_now())
    read_old_time(lambda: [stream], lambda _: client, older, should_stop, on_progress)
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
        return _read(reading, newest_window(cloudflare_now()))
    finally:
        stream.release_lease(owner)


def read_old_time(
    streams: Callable[[], Iterable[Stream]],
    client_of: Callable[[Stream], CloudflareClient],
    within: Span,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], object] | None = None,
) -> None:
    """Read what these streams have to be read within some time, window after window, until there is nothing to take.

    Say by `within` where that time ends: there is always some more while the clock runs.
    """
    taken = set()
    while not should_stop():
        claim = _read_claim(streams(), client_of, within, should_stop, on_progress)
        if claim is None:
            return
        # What failed has its own pause, and stops nothing else. Where the clock was set back, what was just read is to
        # be read still; the next turn sees to it.
        if (claim.stream_id, claim.until) in taken and not _has_failed(claim):
            return
        taken.add((claim.stream_id, claim.until))


def _read_claim(
    streams: Iterable[Stream],
    client_of: Callable[[Stream], CloudflareClient],
    within: Span,
    should_stop: Callable[[], bool],
    on_progress: Callable[[Reading], object] | None,
) -> Claim | None:
    """Claim and read the newest window; None if there is none to be taken."""
    owner = new_owner()
    claim = claim_newest(streams, owner, within)
    if claim is None:
        return None
    try:
        stream = claim.stream
        client = client_of(stream).for_account(stream.account.account_id)
        _read(Reading(stream, client, claim, owner, should_stop, on_progress), Span(claim.since, claim.until))
    finally:
        Claim.objects.filter(pk=claim.pk, lease_owner=owner).delete()
    return claim


def _has_failed(claim: Claim) -> bool:
    failed = claim.stream.failed_ranges.filter(since__lt=claim.until, until__gt=claim.since)
    return failed.filter(retry_at__gt=timezone.now()).exists()


def newest_window(now: datetime) -> Span:
    """The time that is read every round: what is provisional, and as much again, to see what came later still."""
    return Span(newest_edge(now), now)


def mark_runs_cut_off() -> None:
    """Say of runs whose worker is gone that they were cut off."""
    running = SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING)
    # Looked at first: whoever begins after that holds what it reads, and is not meant.
    found = list(running.values_list("pk", flat=True))
    owners = [
        *Stream.objects.filter(Stream.held()).values_list("lease_owner", flat=True),
        *Claim.objects.filter(Claim.held()).values_list("lease_owner", flat=True),
    ]
    cut_off = running.filter(pk__in=found).exclude(owner__in=owners)
    cut_off.update(outcome=SyncRun.Outcome.STOPPED, error=CUT_OFF, finished_at=timezone.now())


# One window

# What could not be written because the database failed, by run; said as soon as it answers again.
_unsaid: dict[int, str] = {}


def _read(reading: Reading, window: Span) -> bool:
    """Read a window; return True if all of it came. What went wrong is on the run, on the time, and on the stream."""
    _say_what_is_unsaid()
    run = SyncRun.objects.create(
        stream=reading.stream,
        owner=reading.owner,
        is_backfill=reading.is_backfill,
        started_at=timezone.now(),
        since=window.since,
        until=window.until,
    )
    outcome, error = SyncRun.Outcome.FAILED, OUR_FAULT
    try:
        outcome, error = _read_and_note(reading, window)
    except Error as failure:
        # Not the stream's name, which is in the database.
        logger.exception("Stream %s: the database failed", reading.stream.pk)
        _unsaid[run.pk] = f"The database failed ({failure}). What was stored stays stored; the rest is read again."
        # A connection that broke is opened anew with the next query.
        connection.close_if_unusable_or_obsolete()
        return False
    run.fetched, run.stored, run.finished_at = reading.fetched, reading.stored, timezone.now()
    run.outcome, run.error = outcome, error
    run.save()
    return outcome == SyncRun.Outcome.READ


def _read_and_note(reading: Reading, window: Span) -> tuple[SyncRun.Outcome, str]:
    """Read a window and note on its stream, or on its time, what came of it; how the run ended, and why."""
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
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # One broken stream never stops another, and a fault of ours, such as a row that the database refuses, is said
        # like any other.
        logger.exception("%s could not be read", reading.stream)
        reading.note_failed(window, OUR_FAULT)
        if not reading.is_backfill:
            reading.stream.fail(OUR_FAULT, needs_person=True, retry_after=REFUSED_PAUSE_SECONDS)
        return SyncRun.Outcome.FAILED, OUR_FAULT


def _succeed(reading: Reading) -> None:
    stream = reading.stream
    if stream.error:
        # What had failed for the same reason need not wait for its turn.
        stream.failed_ranges.update(retry_at=timezone.now())
    stream.succeed()
    # How far back Cloudflare reaches is worth a warning in time, but no failure of what was read just now.
    with suppress(CloudflareError):
        probe(stream, reading.client, cloudflare_now())


# What went wrong


def _note_failure(reading: Reading, window: Span, error: CloudflareError) -> None:
    """Say on the time that it could not be read; on the stream if that is its newest, or a permission is missing."""
    stream = reading.stream
    reading.note_failed(window, str(error))
    if not reading.is_backfill or isinstance(error, FixAccessError):
        needs_person = not isinstance(error, RetryLaterError)
        pause = error.retry_after if isinstance(error, RetryLaterError) else REFUSED_PAUSE_SECONDS
        stream.fail(str(error), needs_person=needs_person, retry_after=pause)
    logger.warning("%s: %s", stream, error, exc_info=not isinstance(error, RetryLaterError | FixAccessError))


def _say_what_is_unsaid() -> None:
    for pk in list(_unsaid):
        run = SyncRun.objects.filter(pk=pk)
        run.update(outcome=SyncRun.Outcome.FAILED, error=_unsaid[pk], finished_at=timezone.now())
        del _unsaid[pk]
