"""How late events arrive: the time from an event to its arrival here.

What comes later than SYNC_OVERLAP_MINUTES may come after its time was called settled. Such rows are kept like any
other where they are met, but only time that is read again meets them; so the page proposes a longer overlap.
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
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.models import LatenessCount, Stream
from logsync.spans import Span, intersect

# Counted in steps of a tenth, from a second to weeks: median and percentiles are right to a tenth.
STEP = 1.1


def count(stream: Stream, new: Sequence[AccessRequest | ScimUpdate], *, is_steady: bool) -> None:
    """Count how late rows came that were stored just now; call it before their time is covered.

    After a pause the time of arrival says nothing of Cloudflare, so that only rows of a steady round count, and rows
    of settled time: those came after that time had been read to its end.
    """
    if not new:
        return
    settled = spans_of(stream, State.SETTLED)
    now = cloudflare_now()
    counts: Counter[int] = Counter()
    for record in new:
        if record.time and (is_steady or any(span.since <= record.time < span.until for span in settled)):
            counts[_step((now - record.time).total_seconds())] += 1
    if counts:
        rows = [(stream.pk, now.date(), seconds, count) for seconds, count in sorted(counts.items())]
        add(LatenessCount, ("stream", "day", "seconds"), ("count",), rows)


def look_again(now: datetime) -> None:
    """Have what is settled of the day before yesterday read once more, for rows that arrived later than any overlap."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = Span(midnight - timedelta(days=2), midnight - timedelta(days=1))
    for stream in Stream.objects.filter(is_active=True):
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=stream.pk)
            for span in intersect([day], spans_of(stream, State.SETTLED)):
                ask_for(stream, span, again=True, asked_by="")


def _step(seconds: float) -> int:
    """The end of the step that a lateness falls into, in seconds."""
    return math.ceil(STEP ** math.ceil(math.log(max(seconds, 1.0), STEP) - 1e-9))
