"""One window of a stream, read page by page.

Each page and the record of what it covers commit in one transaction, by the worker that still holds the stream's lease
or the window's claim. What was committed stays; what is missing is known to be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.errors import WindowOverflowError
from logsync.coverage import cover
from logsync.ingest import cloudflare_clock, late_arrivals
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.ingest.reading import LeaseLostError, Page, Reading
from logsync.ingest.retention_probe import SHORTEST_RETENTION, probe, proven_since
from logsync.ingest.store import store_access_requests, store_scim_updates
from logsync.models import Log, Stream
from logsync.spans import Span

SHORTEST_WINDOW = timedelta(seconds=1)
# No reading of a window takes longer.
EDGE = timedelta(hours=2)


def read_window(reading: Reading, window: Span) -> None:
    """Read a window and commit it page by page. Raises CloudflareError, or LeaseLostError if another took it over."""
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
            reading.note_failed(window, str(error))
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
