"""One stream brought up to date: which windows to read, and how each is read.

Newest first: the window that ends now, then every hole back to `backfill_since`, a day at a time. Each page and the
record of what it covers commit in one transaction, so a worker can be killed at any instant: what was committed
stays, and what is missing is known to be missing. The Celery tasks and `manage.py sync` are thin callers.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError, FixAccessError, RetryLaterError, WindowOverflowError
from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import Span, cover, spans_of, subtract
from logsync.models import Log, Stream, SyncRun
from logsync.store import store_access_requests, store_scim_updates

logger = logging.getLogger(__name__)

# Longer than the longest call with its retries, so that a living worker never loses its stream.
LEASE_SECONDS = 300
LONGEST_WINDOW = timedelta(days=1)
SHORTEST_WINDOW = timedelta(seconds=1)
# What only a person can mend is tried again this often, so that the mend shows by itself.
REFUSED_PAUSE_SECONDS = 300
OUR_FAULT = (
    "Gatehouse itself failed while reading this log; what was stored stays stored, and it is tried again by itself. "
    "The log of the worker says where it failed; please report it."
)

Page = list[AccessRequest] | list[ScimUpdate]


class LeaseLostError(Exception):
    """Another worker took the stream over; what this one had committed stays."""


@dataclass
class Reading:
    """One worker's turn at a stream: who reads, and what came so far.

    `should_stop` is asked between pages; `on_progress` is called after every page that was committed.
    """

    stream: Stream
    client: CloudflareClient
    should_stop: Callable[[], bool]
    on_progress: Callable[[Reading], None] | None = None
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    fetched: int = 0
    stored: int = 0


def connect() -> CloudflareClient:
    """A client with the operator's token and address."""
    return CloudflareClient(settings.CLOUDFLARE_API_TOKEN, base_url=settings.CLOUDFLARE_API_BASE_URL)


def sync_stream(
    stream: Stream,
    client: CloudflareClient,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Reading], None] | None = None,
) -> bool:
    """Bring a stream up to date; return True if it now has no hole, False if it is not complete.

    False also where another worker has it, where it was told to stop, and where Cloudflare did not answer: the
    reason is then on the stream.
    """
    reading = Reading(stream, client.for_account(stream.account.account_id), should_stop, on_progress)
    if not stream.take_lease(reading.owner, LEASE_SECONDS):
        return False
    try:
        newest = newest_window(stream, timezone.now())
        for window in windows_to_read(stream, newest):
            _read_in_one_run(reading, window)
            if should_stop():
                return False
            stream.succeed()
    except CloudflareError as error:
        _note_failure(stream, error)
        return False
    except LeaseLostError:
        return False
    except Exception:
        # One broken stream never stops another, and a fault of ours is said like any other.
        logger.exception("%s could not be read", stream)
        stream.fail(OUR_FAULT, needs_person=True, retry_after=REFUSED_PAUSE_SECONDS)
        return False
    finally:
        stream.release_lease(reading.owner)
    return not missing_spans(stream, newest.since)


def windows_to_read(stream: Stream, newest: Span) -> Iterator[Span]:
    """The window that ends now, then, newest first and at most a day long, whatever else is missing."""
    yield newest
    end = newest.since
    # Backwards only: where the clock was set back, what was just read is missing still, and the next turn sees to it.
    while missing := missing_spans(stream, end):
        window = _last_day_of(missing[-1])
        yield window
        end = window.since


def _last_day_of(span: Span) -> Span:
    midnight = span.until.replace(hour=0, minute=0, second=0, microsecond=0)
    start_of_day = midnight if midnight < span.until else midnight - LONGEST_WINDOW
    return Span(max(span.since, start_of_day), span.until)


def newest_window(stream: Stream, now: datetime) -> Span:
    """From the settled position, less the overlap in which events may still come late, to now."""
    settled = spans_of(stream, is_settled=True)
    edge = now - settings.SYNC_OVERLAP
    position = min(settled[-1].until, edge) if settled else edge
    return Span(max(position - settings.SYNC_OVERLAP, now - LONGEST_WINDOW), now)


def missing_spans(stream: Stream, until: datetime) -> list[Span]:
    """The time from `backfill_since` to `until` that is not settled, oldest first."""
    return subtract([Span(stream.backfill_since, until)], spans_of(stream, is_settled=True))


def _read_in_one_run(reading: Reading, window: Span) -> None:
    run = SyncRun.objects.create(
        stream=reading.stream, started_at=timezone.now(), since=window.since, until=window.until
    )
    before = (reading.fetched, reading.stored)
    try:
        _read_window(reading, window)
    except CloudflareError as error:
        run.error = str(error)
        raise
    finally:
        run.fetched, run.stored = reading.fetched - before[0], reading.stored - before[1]
        run.finished_at = timezone.now()
        run.save()


def _read_window(reading: Reading, window: Span) -> None:
    """Read a window to its end, in halves where the server does not let it be paged whole."""
    try:
        _read_pages(reading, window)
    except WindowOverflowError:
        if window.until - window.since <= SHORTEST_WINDOW:
            raise
        middle = window.since + (window.until - window.since) / 2
        for half in (Span(window.since, middle), Span(middle, window.until)):
            if not reading.should_stop():
                _read_window(reading, half)


def _read_pages(reading: Reading, window: Span) -> None:
    settled_before = timezone.now() - settings.SYNC_OVERLAP
    reached: datetime | None = window.since
    for page in _pages(reading, window):
        reached = _reached(page, reached)
        # Rows of the very last moment may go on upon the next page, so the moment itself is not covered yet.
        _commit(reading, page, Span(window.since, reached or window.since), settled_before)
        if reading.should_stop():
            return
    _commit(reading, [], window, settled_before)


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


def _commit(reading: Reading, page: Page, read: Span, settled_before: datetime) -> None:
    """Rows and the record of what was covered, in one transaction, by the holder of the lease alone."""
    stream = reading.stream
    with transaction.atomic():
        if not stream.keep_lease(reading.owner, LEASE_SECONDS):
            raise LeaseLostError
        stored = _store(stream, page, read.since)
        cover(stream, read, settled_before)
    reading.fetched += len(page)
    reading.stored += stored
    if reading.on_progress:
        reading.on_progress(reading)


def _store(stream: Stream, page: Page, window_since: datetime) -> int:
    if stream.log == Log.ACCESS_REQUESTS:
        return store_access_requests(stream.account, page, window_since)  # type: ignore[arg-type]
    return store_scim_updates(stream.account, page, window_since, stream.idp_id)  # type: ignore[arg-type]


def _note_failure(stream: Stream, error: CloudflareError) -> None:
    needs_person = not isinstance(error, RetryLaterError)
    pause = error.retry_after if isinstance(error, RetryLaterError) else REFUSED_PAUSE_SECONDS
    stream.fail(str(error), needs_person=needs_person, retry_after=pause)
    if pause and isinstance(error, RetryLaterError):
        # Cloudflare blocks every call of a token that is over the limit, so every stream waits.
        Stream.objects.update(retry_at=stream.retry_at)
    logger.warning("%s: %s", stream, error, exc_info=not isinstance(error, RetryLaterError | FixAccessError))
