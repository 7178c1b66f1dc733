"""Rows that arrive late: count how late, and read recent days again to find them.

A row that comes later than SYNC_OVERLAP_MINUTES may come after its time was called settled. Only reading that time
again finds it. Then its hour has proved incomplete, and is not called settled until it was read once more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import State, ask_for, spans_of
from logsync.derived.upsert import add
from logsync.models import LatenessCount, Stream
from logsync.spans import BEGINNING, Span, intersect, subtract

# Lateness is counted in steps of a tenth, so median and percentiles are right to a tenth.
STEP = 1.1
REREAD = timedelta(days=2)
HOUR = timedelta(hours=1)


def count(stream: Stream, new: Sequence[AccessRequest | ScimUpdate], now: datetime, *, is_steady: bool) -> None:
    """Count how late rows came that were stored just now, at `now` by Cloudflare's clock.

    Call it before their time is covered.

    After a pause, a late arrival is our doing and not Cloudflare's. So only rows of a steady round count, and rows in
    settled time, which had been read to its end before.
    """
    if not new:
        return
    read_before = _read_to_its_end(stream)
    counts: Counter[int] = Counter()
    for record in new:
        if record.time and (is_steady or _is_in(record.time, read_before)):
            counts[_step((now - record.time).total_seconds())] += 1
    if counts:
        rows = [(stream.pk, now.date(), seconds, count) for seconds, count in sorted(counts.items())]
        add(LatenessCount, ("stream", "day", "seconds"), ("count",), rows)


def proved_incomplete(stream: Stream, new: Sequence[AccessRequest | ScimUpdate], now: datetime) -> list[Span]:
    """The hours that had been read to their end, and of which rows came all the same at `now` by Cloudflare's clock.

    Of each hour, the part that had been read. Call it before the time of the rows is covered.
    """
    if not new:
        return []
    read_before = intersect(_read_to_its_end(stream), [Span(BEGINNING, now - settings.SYNC_OVERLAP)])
    starts = {
        record.time.replace(minute=0, second=0, microsecond=0)
        for record in new
        if record.time and _is_in(record.time, read_before)
    }
    return intersect([Span(start, start + HOUR) for start in starts], read_before)


def reread(now: datetime) -> None:
    """Have settled time of yesterday and the day before read again, for rows that came later than any overlap.

    `now` is by Cloudflare's clock. What is not settled is read anyway, and what already waits is not requested twice.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = Span(midnight - REREAD, midnight)
    for stream in Stream.objects.filter(is_active=True):
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            waiting = [Span(range.since, range.until) for range in stream.asked_ranges.filter(again=True)]
            for span in subtract(intersect([days], spans_of(stream, State.SETTLED)), waiting):
                ask_for(stream, span, again=True, asked_by="")


def _read_to_its_end(stream: Stream) -> list[Span]:
    return spans_of(stream, State.SETTLED, State.LATE)


def _is_in(time: datetime, spans: list[Span]) -> bool:
    return any(span.since <= time < span.until for span in spans)


def _step(seconds: float) -> int:
    """The end of the step that a lateness falls in, in seconds."""
    return math.ceil(STEP ** math.ceil(math.log(max(seconds, 1.0), STEP) - 1e-9))
