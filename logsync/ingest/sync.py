"""One stream brought up to date: its newest time every round, older time window by window.

Each page and the record of what it covers commit in one transaction, by the worker that holds the stream's lease or
the window's claim, so a worker can be killed at any instant: what was committed stays, and what is missing is known to
be missing. The Celery tasks and the commands are thin callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import (
    CloudflareError,
    FixAccessError,
    PausedError,
    RetryLaterError,
    WindowOverflowError,
)
from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import cover, missing_spans, newest_edge, note_failure, older_time
from logsync.ingest import cloudflare_clock, late_arrivals
from logsync.ingest.claims import claim_newest
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.ingest.retention_probe import SHORTEST_RETENTION, probe, proven_since
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import Claim, Log, Stream, SyncRun
from logsync.models.lease import new_owner
from logsync.spans import Span

logger = logging.getLogger(__name__)

SHORTEST_WINDOW = timedelta(seconds=1)
# No reading of a window takes longer.
EDGE = timedelta(hours=2)
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

Page = list[AccessRequest] | list[ScimUpdate]


class LeaseLostError(Exception):
    """Another worker took the stream or the window over; what this one had committed stays."""


class Hold(Protocol):
    """What entitles a worker to read: the stream's lease, or a claim on a window of it."""

    def keep_lease(self, owner: str) -> bool: ...


@dataclass
class Reading:
    """One worker's turn at a stream: who reads, by what right, and what came so far.

    `should_stop` is asked between pages; `on_progress` is called after every page that was committed.
    """

    stream: Stream
    client: CloudflareClient
    hold: Hold
    owner: str
    should_stop: Callable[[], bool] = lambda: False
    on_progress: Callable[[Reading], object] | None = None
    fetched: int = 0
    stored: int = 0
    unread: list[str] = field(default_factory=list)
    is_stopped: bool = False

    def stops(self) -> bool:
        """Whether it was told to stop, now or before."""
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped

    @property
    def is_backfill(self) -> bool:
        return self.hold is not self.stream

    @property
    def is_steady(self) -> bool:
        """True if the same time was asked for a round ago, so that a new row has just become visible."""
        last = self.stream.succeeded_at
        return not self.is_backfill and last is not None and timezone.now() - last < 3 * settings.SYNC_EVERY


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
        _read_window(reading, window)
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
        _note_failed_time(reading, window, OUR_FAULT)
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


def _read_window(reading: Reading, window: Span) -> None:
    if window.since < cloudflare_now() - SHORTEST_RETENTION:
        probe(reading.stream, reading.client, cloudflare_now())
    _read_in_halves(reading, window)


def _read_in_halves(reading: Reading, window: Span) -> None:
    """Read a window to its end, in halves where the server does not let it be paged whole.

    A second that cannot be paged either is noted as failed, and all around it is read.
    """
    try:
        _read_pages(reading, window)
    except WindowOverflowError as error:
        if window.length <= SHORTEST_WINDOW:
            reading.unread.append(f"{window.since:%Y-%m-%d %H:%M:%S} UTC could not be read. {error}")
            _note_failed_time(reading, window, str(error))
            return
        middle = window.since + window.length / 2
        for half in (Span(window.since, middle), Span(middle, window.until)):
            if not reading.is_stopped:
                _read_in_halves(reading, half)


def _read_pages(reading: Reading, window: Span) -> None:
    began = timezone.now()
    asked_at: datetime | None = None
    # Rows that Cloudflare drops at its edge move the pages, which shows only at the end of the window.
    is_safe = window.since > proven_since(reading.stream, cloudflare_now()) + EDGE
    reached: datetime | None = window.since
    for page in _pages(reading, window):
        asked_at = asked_at or _asked_at(began)
        reached = _reached(page, reached)
        # Rows of the very last moment may go on upon the next page, so the moment itself is not covered yet.
        read = Span(window.since, (is_safe and reached) or window.since)
        _commit(reading, page, read, asked_at, _proven_since(reading, read, asked_at))
        if reading.stops():
            return
    asked_at = asked_at or _asked_at(began)
    _look_at_the_edge(reading, window)
    _commit(reading, [], window, asked_at, _proven_since(reading, window, asked_at))


def _asked_at(began: datetime) -> datetime:
    """When a window was asked for by Cloudflare's clock, `began` by this machine's; call it upon the first answer.

    Cloudflare's clock was heard with that answer. If ours was set meanwhile, the earlier of both is the safe one.
    """
    return min(began + cloudflare_clock.offset(), cloudflare_now())


def _look_at_the_edge(reading: Reading, window: Span) -> None:
    """Ask once more how far back Cloudflare reaches, if it may have dropped rows of the window while it was read."""
    now = cloudflare_now()
    if window.since < min(now - SHORTEST_RETENTION, proven_since(reading.stream, now) + EDGE):
        probe(reading.stream, reading.client, now, anew=True)


def _pages(reading: Reading, window: Span) -> Iterator[Page]:
    if reading.stream.log == Log.ACCESS_REQUESTS:
        return reading.client.access_requests(*window)
    return reading.client.scim_updates(reading.stream.idp_id, *window)


def _reached(page: Page, reached: datetime | None) -> datetime | None:
    """The time up to which the rows of an ascending window have come; None once rows came out of order."""
    for record in page:
        if record.time is not None and reached is not None:
            reached = record.time if record.time >= reached else None
    return reached


def _commit(reading: Reading, page: Page, read: Span, asked_at: datetime, known_since: datetime) -> None:
    """Rows and the record of what was covered, in one transaction, by the holder of the lease or the claim alone."""
    stream = reading.stream
    with transaction.atomic():
        # The ranges of a stream are written by whoever holds its row, one after the other.
        Stream.objects.select_for_update().get(pk=stream.pk)
        if not reading.hold.keep_lease(reading.owner):
            raise LeaseLostError
        new = _store(stream, page, read.since)
        late_arrivals.count(stream, new, is_steady=reading.is_steady)
        cover(stream, read, cloudflare_now(), known_since, asked_at=asked_at)
    reading.fetched += len(page)
    reading.stored += len(new)
    if reading.on_progress:
        reading.on_progress(reading)


def _proven_since(reading: Reading, read: Span, asked_at: datetime) -> datetime:
    """Since when what was read is proof: Cloudflare still has it now, and so had it all the while."""
    now = max(asked_at, cloudflare_now())
    if read.since >= now - SHORTEST_RETENTION:
        return read.since
    return proven_since(reading.stream, now)


def _store(stream: Stream, page: Page, window_since: datetime) -> Page:
    if stream.log == Log.ACCESS_REQUESTS:
        return store_access_requests(stream.account, page, window_since)  # type: ignore[arg-type]
    return store_scim_updates(stream.account, page, window_since, stream.idp_id)  # type: ignore[arg-type]


# What went wrong


def _note_failure(reading: Reading, window: Span, error: CloudflareError) -> None:
    """Say on the time that it could not be read; on the stream if that is its newest, or a permission is missing."""
    stream = reading.stream
    _note_failed_time(reading, window, str(error))
    if not reading.is_backfill or isinstance(error, FixAccessError):
        needs_person = not isinstance(error, RetryLaterError)
        pause = error.retry_after if isinstance(error, RetryLaterError) else REFUSED_PAUSE_SECONDS
        stream.fail(str(error), needs_person=needs_person, retry_after=pause)
    logger.warning("%s: %s", stream, error, exc_info=not isinstance(error, RetryLaterError | FixAccessError))


def _note_failed_time(reading: Reading, window: Span, error: str) -> None:
    with transaction.atomic():
        Stream.objects.select_for_update().get(pk=reading.stream.pk)
        note_failure(reading.stream, window, error, timezone.now())


def _say_what_is_unsaid() -> None:
    for pk in list(_unsaid):
        run = SyncRun.objects.filter(pk=pk)
        run.update(outcome=SyncRun.Outcome.FAILED, error=_unsaid[pk], finished_at=timezone.now())
        del _unsaid[pk]
