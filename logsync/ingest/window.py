"""Read one window of a stream, page by page.

Each page and the record of what it covers commit in one transaction, by the worker that still holds the stream's lease
or the window's claim. So a worker can be killed at any instant: what was committed stays, and what is missing is known
to be missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.errors import WindowOverflowError
from logsync.coverage import cover
from logsync.datasets import Page, dataset_of
from logsync.ingest import late_arrivals
from logsync.ingest.reading import LeaseLostError, Reading
from logsync.ingest.retention_probe import SHORTEST_RETENTION, probe, proven_since
from logsync.ingest.store import STORES, without_secrets
from logsync.models import Stream
from logsync.spans import Span

SHORTEST_WINDOW = timedelta(seconds=1)
# Longer than the reading of any window takes.
EDGE = timedelta(hours=2)


def read_window(reading: Reading, window: Span) -> None:
    """Read a window and commit it page by page. Raises CloudflareError, or LeaseLostError if another took it over."""
    if window.since < reading.clock.now() - SHORTEST_RETENTION:
        probe(reading.stream, reading.client, reading.clock.now())
    _read_in_halves(reading, window)


def _read_in_halves(reading: Reading, window: Span) -> None:
    """Read a window; in halves where the server does not let us page through all of it.

    A second that cannot be paged either is noted as failed, and everything around it is read.
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
    # When Cloudflare deletes old rows, pages shift, and that shows only at the end of the window.
    is_safe = window.since > proven_since(reading.stream, reading.clock.now()) + EDGE
    reached: datetime | None = window.since
    for page in dataset_of(reading.stream).pages(reading.client, reading.stream.idp_id, *window):
        asked_at = asked_at or _asked_at(reading, began)
        reached = _reached(page, reached)
        # The next page may have more rows of the last moment, so that moment is not covered yet.
        read = Span(window.since, (is_safe and reached) or window.since)
        _commit(reading, page, read, asked_at, _proven_since(reading, read, asked_at))
        if reading.stops():
            return
    asked_at = asked_at or _asked_at(reading, began)
    _look_at_the_edge(reading, window)
    _commit(reading, [], window, asked_at, _proven_since(reading, window, asked_at))


def _asked_at(reading: Reading, began: datetime) -> datetime:
    """When a window was asked for by Cloudflare's clock, `began` by this machine's; call it upon the first answer.

    That answer told Cloudflare's time. If our clock was set meanwhile, the earlier of both is the safe one.
    """
    return min(began + reading.clock.offset, reading.clock.now())


def _look_at_the_edge(reading: Reading, window: Span) -> None:
    """Probe the retention again if Cloudflare may have deleted rows of the window while it was read."""
    now = reading.clock.now()
    if window.since < min(now - SHORTEST_RETENTION, proven_since(reading.stream, now) + EDGE):
        probe(reading.stream, reading.client, now, anew=True)


def _reached(page: Page, reached: datetime | None) -> datetime | None:
    """The time up to which the rows of an ascending window have come; None once rows came out of order."""
    for record in page:
        if record.time is not None and reached is not None:
            reached = record.time if record.time >= reached else None
    return reached


def _commit(reading: Reading, page: Page, read: Span, asked_at: datetime, known_since: datetime) -> None:
    """Store rows and what they cover in one transaction, if this worker still holds the lease or the claim."""
    stream = reading.stream
    # Reading a hostile body may take a second, during which nobody else should have to wait for the database.
    page = without_secrets(page)
    with transaction.atomic():
        # Ranges of a stream are written under a lock on its row, one writer at a time.
        Stream.objects.select_for_update().get(pk=stream.pk)
        if not reading.hold.keep_lease(reading.owner):
            raise LeaseLostError
        new = STORES[stream.log](stream.account, page, read.since, stream.idp_id)
        now = reading.clock.now()
        late_arrivals.count(stream, new, now, is_steady=reading.is_steady)
        late = [*reading.late, *late_arrivals.proved_incomplete(stream, new, now)]
        cover(stream, read, now, known_since, asked_at=asked_at, late=late)
    reading.late = late
    reading.fetched += len(page)
    reading.stored += len(new)
    if reading.on_progress:
        reading.on_progress(reading)


def _proven_since(reading: Reading, read: Span, asked_at: datetime) -> datetime:
    """Since when an empty answer proves quiet: Cloudflare still has that time now, so it had it all along."""
    now = max(asked_at, reading.clock.now())
    if read.since >= now - SHORTEST_RETENTION:
        return read.since
    return proven_since(reading.stream, now)
