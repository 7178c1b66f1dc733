"""Rows that arrive late: count how late, and read recent days again to find them.

A row that comes later than SYNC_OVERLAP_MINUTES may come after its time was called settled. Only reading that time
again finds it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import State, ask_for, spans_of
from logsync.derived.upsert import add
from logsync.models import LatenessCount, Stream
from logsync.spans import Span, intersect

# Lateness is counted in steps of a tenth, so median and percentiles are right to a tenth.
STEP = 1.1
REREAD = timedelta(days=2)


def count(stream: Stream, new: Sequence[AccessRequest | ScimUpdate], now: datetime, *, is_steady: bool) -> None:
    """Count how late rows came that were stored just now, at `now` by Cloudflare's clock.

    Call it before their time is covered.

    After a pause, a late arrival is our doing and not Cloudflare's. So only rows of a steady round count, and rows in
    settled time, which had been read to its end before.
    """
    if not new:
        return
    settled = spans_of(stream, State.SETTLED)
    counts: Counter[int] = Counter()
    for record in new:
        if record.time and (is_steady or any(span.since <= record.time < span.until for span in settled)):
            counts[_step((now - record.time).total_seconds())] += 1
    if counts:
        rows = [(stream.pk, now.date(), seconds, count) for seconds, count in sorted(counts.items())]
        add(LatenessCount, ("stream", "day", "seconds"), ("count",), rows)


def reread(now: datetime) -> None:
    """Have settled time of yesterday and the day before read again, for rows that came later than any overlap."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = Span(midnight - REREAD, midnight)
    for stream in Stream.objects.filter(is_active=True):
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            for span in intersect([days], spans_of(stream, State.SETTLED)):
                ask_for(stream, span, again=True, asked_by="")


def _step(seconds: float) -> int:
    """The end of the step that a lateness falls in, in seconds."""
    return math.ceil(STEP ** math.ceil(math.log(max(seconds, 1.0), STEP) - 1e-9))
