"""How many rows there were over a span of time, by hour or by day: the bars of a small chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDay, TruncHour

from logsync.spans import BEGINNING, END, Span

HOURLY_UP_TO = timedelta(days=3)
# In per cent of the height. A small count next to large ones must still be visible.
LOWEST = 10.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A count and where to draw it, in per cent of the whole: how far right, how wide and how high."""

    x: float
    width: float
    height: float
    count: int


def bars_by(
    rows: QuerySet[Any], time_field: str, keys: Sequence[str], span: Span, *, now: datetime
) -> dict[tuple[Any, ...], list[Bar]]:
    """The bars for each value of these fields, all on one scale.

    `rows` are those of the span. Where it is open, the bars begin at the first row and end now.
    """
    ends = rows.order_by().aggregate(first=Min(time_field), last=Max(time_field))
    if ends["first"] is None:
        return defaultdict(list)
    since = ends["first"] if span.since == BEGINNING else span.since
    # Cloudflare's clock may be ahead of ours. A span does not contain its end.
    until = max(now, ends["last"] + timedelta.resolution) if span.until == END else span.until
    hourly = until - since <= HOURLY_UP_TO
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    bins = rows.order_by().annotate(bin=TruncHour(time_field) if hourly else TruncDay(time_field))
    counts = list(bins.values_list(*keys, "bin").annotate(n=Count("pk")))
    highest = max((count for *_, count in counts), default=1)
    bars: dict[tuple[Any, ...], list[Bar]] = defaultdict(list)
    for *key, at, count in counts:
        start, end = max(at, since), min(at + step, until)
        x, width = 100 * (start - since) / (until - since), 80 * (end - start) / (until - since)
        height = max(98 * count / highest, LOWEST)
        bars[tuple(key)].append(Bar(round(x, 2), round(width, 2), round(height, 1), count))
    return bars
