"""Read one window of a stream, page by page.

Each page and the record of what it covers commit in one transaction, by the worker that still holds the stream's lease
or the window's claim. So a worker can be killed at any instant: what was committed stays, and what is missing is known
to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.errors import RejectedRequestError, TooOldError, WindowOverflowError, WindowTooLongError
from logsync.cloudflare.records import UnreadableRow
from logsync.coverage import State, cover
from logsync.datasets import Page, dataset_of
from logsync.ingest import late_arrivals
from logsync.ingest.reading import LeaseLostError, Reading
from logsync.ingest.retention_probe import SHORTEST_RETENTION, is_any_row_known, note_rows, probe, proven_since
from logsync.ingest.set_aside import (
    ROW_FAULTS,
    Record,
    drop_what_is_stored,
    parted,
    refused_rows,
    set_aside,
)
from logsync.ingest.store import STORES
from logsync.models import Stream
from logsync.privacy.erasures import Erasures
from logsync.spans import Span
from logsync.words import exact_moment, exact_span

SHORTEST_WINDOW = timedelta(seconds=1)
# No limit of Cloudflare's on the length of a window is as short as this.
SHORTEST_LIMIT = timedelta(minutes=1)
# How exactly the moment is found before which Cloudflare refuses time as too old.
TOO_OLD_WITHIN = timedelta(minutes=1)
# A window that is rejected is cut into halves so many times at most; the rest is for the next try.
MOST_HALVINGS = 7
# If so many parts are rejected one after the other, it is not the time that Cloudflare minds.
MOST_REJECTIONS = 10
# The statuses that may be about the time that was asked for: bad request, too large, too long, unprocessable.
ABOUT_THE_TIME = (400, 413, 414, 422)
# Longer than the reading of any window takes.
EDGE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of a window so far: asked for at `asked_at`, and proved by rows to be kept since `proven_since`."""

    window: Span
    read: Span
    asked_at: datetime
    proven_since: datetime


def read_window(reading: Reading, window: Span) -> None:
    """Read a window and commit it page by page. Raises CloudflareError, or LeaseLostError if another took it over.

    Where Cloudflare refuses a window for its time, the parts of it that can be read are read, the newest first, and
    each of the others is noted with what Cloudflare said.
    """
    if window.since < reading.clock.now() - SHORTEST_RETENTION:
        probe(reading.stream, reading.client, reading.clock.now())
    try:
        _read(reading, window)
    except TooOldError as error:
        _read_what_is_young_enough(reading, window, error)
    except RejectedRequestError as error:
        if error.status not in ABOUT_THE_TIME:
            raise
        _read_what_is_not_rejected(reading, window, error)


def _read(reading: Reading, window: Span) -> None:
    """Read a window; in parts where the server does not let us ask for, or page through, all of it.

    A second that cannot be paged either is noted as failed, and everything around it is read.
    """
    if reading.longest_window and window.length > reading.longest_window:
        _read_in_turn(reading, _parts_of(window, reading.longest_window))
        return
    try:
        _read_pages(reading, window)
    except WindowTooLongError:
        if window.length <= SHORTEST_LIMIT:
            raise
        reading.longest_window = window.length / 2
        _read(reading, window)
    except WindowOverflowError as error:
        if window.length <= SHORTEST_WINDOW:
            reading.unread.append(f"{exact_moment(window.since)} could not be read. {error}")
            reading.note_failed(window, str(error))
            return
        _read_in_turn(reading, _halves_of(window))


def _read_in_turn(reading: Reading, parts: Iterable[Span]) -> None:
    for part in parts:
        if not reading.is_stopped:
            _read(reading, part)


def _parts_of(window: Span, longest: timedelta) -> Iterator[Span]:
    """Cut a window into parts of this length, the newest first."""
    until = window.until
    while until > window.since:
        since = max(window.since, until - longest)
        yield Span(since, until)
        until = since


def _halves_of(window: Span) -> tuple[Span, Span]:
    middle = window.since + window.length / 2
    return Span(window.since, middle), Span(middle, window.until)


def _read_what_is_young_enough(reading: Reading, window: Span, error: TooOldError) -> None:
    """Read the newer part of a window that begins before the time that Cloudflare still answers for.

    What is older than the first moment that it answers for is noted as refused.
    """
    # Cloudflare refuses what begins at `too_old`; everything since `read_since` is read.
    too_old, read_since = window.since, window.until
    # Most often all of it is too old.
    middle = max(too_old, read_since - TOO_OLD_WITHIN)
    while read_since - too_old > TOO_OLD_WITHIN:
        try:
            _read(reading, Span(middle, read_since))
        except TooOldError as refusal:
            too_old, error = middle, refusal
        else:
            read_since = middle
        if reading.is_stopped:
            return
        middle = too_old + (read_since - too_old) / 2
    reading.note_too_old(Span(window.since, read_since), str(error))


def _read_what_is_not_rejected(reading: Reading, window: Span, error: RejectedRequestError) -> None:
    """Read what can be read of a window that Cloudflare rejects for whatever reason, in ever shorter parts.

    Parts that are still rejected are noted as failed. Raises the error if every part is rejected.
    """
    shortest = window.length / 2**MOST_HALVINGS
    waiting = list(_halves_of(window))
    rejected: list[tuple[Span, str]] = []
    in_a_row = 1
    is_any_read = False
    while waiting and not reading.is_stopped and in_a_row < MOST_REJECTIONS:
        part = waiting.pop()
        try:
            _read(reading, part)
            in_a_row, is_any_read = 0, True
        except RejectedRequestError as rejection:
            in_a_row += 1
            if part.length > shortest:
                waiting += _halves_of(part)
            else:
                rejected.append((part, str(rejection)))
    if not is_any_read:
        raise error
    if not reading.is_stopped:
        rejected += [(part, str(error)) for part in waiting]
    for part, reason in rejected:
        reading.unread.append(f"{exact_span(*part)} could not be read. {reason}")
        reading.note_failed(part, reason)


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
        _commit(reading, page, Part(window, read, asked_at, _proven_since(reading, read, asked_at)))
        if reading.stops():
            return
    if reading.longest_window != reading.stream.longest_window:
        # This length is answered for. The next windows begin with it.
        reading.stream.note(longest_window=reading.longest_window)
    asked_at = asked_at or _asked_at(reading, began)
    _look_at_the_edge(reading, window)
    _commit(reading, [], Part(window, window, asked_at, _proven_since(reading, window, asked_at)))


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


def _commit(reading: Reading, page: Page, part: Part) -> None:
    """Store rows and what they cover, if this worker still holds the lease or the claim.

    Rows that cannot be stored are set aside, and never stop the others.
    """
    # Reading a hostile body may take a second, during which nobody else should have to wait for the database.
    records, unreadable = parted(page)
    try:
        stored = _store(reading, records, unreadable, part)
    except ROW_FAULTS:
        refused = refused_rows(reading.stream, records, part.window)
        if not refused:
            raise
        left = [record for record in records if record.identity not in {row.identity for row in refused}]
        stored = _store(reading, left, [*unreadable, *refused], part)
    reading.fetched += len(page)
    reading.stored += stored
    if reading.on_progress:
        reading.on_progress(reading)


def _store(reading: Reading, records: list[Record], unreadable: list[UnreadableRow], part: Part) -> int:
    """Store rows and what they cover in one transaction; return how many are new. Raises LeaseLostError."""
    stream = reading.stream
    with transaction.atomic():
        # Ranges of a stream are written under a lock on its row, one writer at a time.
        locked = Stream.objects.select_for_update().get(pk=stream.pk)
        if not reading.hold.keep_lease(reading.owner):
            raise LeaseLostError
        erasures = Erasures.load()
        kept = erasures.keep(stream.account, records, part.window.since, stream.idp_id)
        kept_unreadable = erasures.keep_unreadable(unreadable, part.window.since)
        new = STORES[stream.log](stream.account, kept, part.window.since, stream.idp_id)
        set_aside(locked, kept_unreadable, part.window)
        drop_what_is_stored(locked, new)
        note_rows(stream, records, part.asked_at)
        now = reading.clock.now()
        late_arrivals.count(stream, new, now, is_steady=reading.is_steady)
        late = [*reading.late, *late_arrivals.proved_incomplete(stream, new, now)]
        is_proven = part.proven_since <= part.read.since or is_any_row_known(stream)
        without_rows = State.BEYOND if is_proven else State.UNPROVEN
        cover(stream, part.read, now, part.proven_since, asked_at=part.asked_at, late=late, without_rows=without_rows)
    reading.late = late
    reading.erased += len(records) - len(kept) + len(unreadable) - len(kept_unreadable)
    return len(new)


def _proven_since(reading: Reading, read: Span, asked_at: datetime) -> datetime:
    """Since when an empty answer proves quiet: Cloudflare still has that time now, so it had it all along."""
    now = max(asked_at, reading.clock.now())
    if read.since >= now - SHORTEST_RETENTION:
        return read.since
    return proven_since(reading.stream, now)
