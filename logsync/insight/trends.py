"""How many rows or attempts there were over a span of time, by hour or by day: the bars of a small chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDay, TruncHour

from logsync.models.attempts import moment, select_from_attempts
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
    scale = _scale(rows, time_field, span, now)
    if scale is None:
        return defaultdict(list)
    bins = rows.order_by().annotate(bin=scale.bin(time_field))
    return scale.bars(bins.values_list(*keys, "bin").annotate(n=Count("pk")))


def attempt_bars_by(
    logins: QuerySet[Any], keys: Sequence[str], span: Span, *, now: datetime
) -> dict[tuple[Any, ...], list[Bar]]:
    """As `bars_by`, but the counts are attempts of people."""
    scale = _scale(logins, "created_at", span, now)
    if scale is None:
        return defaultdict(list)
    bins = logins.order_by().annotate(bin=scale.bin("created_at"))
    names = [f'"{name}"' for name in (*keys, "bin")]
    grouped = f"GROUP BY {', '.join(names)}"
    counts = select_from_attempts(bins, [*keys, "bin"], f"{', '.join(names)}, COUNT(*)", grouped)
    return scale.bars((*key, moment(at), count) for *key, at, count in counts)


@dataclass(frozen=True, slots=True)
class _Scale:
    """The time that bars are drawn over, and how long each of them is."""

    since: datetime
    until: datetime

    @property
    def is_hourly(self) -> bool:
        return self.until - self.since <= HOURLY_UP_TO

    def bin(self, time_field: str) -> TruncHour | TruncDay:
        return TruncHour(time_field) if self.is_hourly else TruncDay(time_field)

    def bars(self, counts: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Bar]]:
        """The bars of these counts, each given as its key, its bin, and the number."""
        counts, length = list(counts), self.until - self.since
        step = timedelta(hours=1) if self.is_hourly else timedelta(days=1)
        highest = max((count for *_, count in counts), default=1)
        bars: dict[tuple[Any, ...], list[Bar]] = defaultdict(list)
        for *key, at, count in counts:
            start, end = max(at, self.since), min(at + step, self.until)
            x, width = 100 * (start - self.since) / length, 80 * (end - start) / length
            height = max(98 * count / highest, LOWEST)
            bars[tuple(key)].append(Bar(round(x, 2), round(width, 2), round(height, 1), count))
        return bars


def _scale(rows: QuerySet[Any], time_field: str, span: Span, now: datetime) -> _Scale | None:
    """The time of the span; where it is open, from the first row and to now. None if there are no rows."""
    ends = rows.order_by().aggregate(first=Min(time_field), last=Max(time_field))
    if ends["first"] is None:
        return None
    since = ends["first"] if span.since == BEGINNING else span.since
    # Cloudflare's clock may be ahead of ours. A span does not contain its end.
    until = max(now, ends["last"] + timedelta.resolution) if span.until == END else span.until
    return _Scale(since, until)
