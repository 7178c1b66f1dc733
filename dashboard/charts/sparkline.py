"""Small bars for the rows of one table, all on one scale, so that rows can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDay, TruncHour
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page.timerange import TimeRange
from logsync.spans import Span, intersect

HOURLY_UP_TO = timedelta(days=3)
# A picture is 1,000 wide and 100 high; its base line begins so far down.
BASE = 94
# Per cent of the height: what is little beside the rest must still be seen.
LOWEST = 10.0
# The whole of a range, in per cent from and to.
WHOLE = ((0.0, 100.0),)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, how wide and how high it is, in per cent of the whole."""

    x: float
    width: float
    height: float
    count: int


def bars_by(
    rows: QuerySet[Any], time_field: str, keys: Sequence[str], range: TimeRange
) -> dict[tuple[Any, ...], list[Bar]]:
    """How many rows there were over the range, by hour or by day, for each of these fields' values."""
    ends = rows.order_by().aggregate(first=Min(time_field), last=Max(time_field))
    if ends["first"] is None:
        return defaultdict(list)
    since = range.since or ends["first"]
    # Cloudflare's clock may be ahead of this one; a range does not hold its end.
    until = range.until or max(range.now, ends["last"] + timedelta.resolution)
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


def known_of(spans: Sequence[Span], whole: Span) -> list[tuple[float, float]]:
    """These stretches of time in per cent of the whole, from and to."""
    inside = intersect(spans, [whole])
    ends = [((span.since - whole.since) / whole.length, (span.until - whole.since) / whole.length) for span in inside]
    return [(round(100 * start, 2), round(100 * end, 2)) for start, end in ends]


def sparkline(bars: Sequence[Bar], mark: str, label: str, known: Sequence[tuple[float, float]] = WHOLE) -> SafeString:
    """Bars as a picture. `mark` is the class of their colour, `label` what they say in words.

    The base line stands under the time that is `known`, and is broken elsewhere.
    """
    line = "".join(f"M{10 * start:.0f} {BASE}H{10 * end:.0f}V100H{10 * start:.0f}z" for start, end in known)
    return format_html(
        '<svg class="gh-spark" role="img" aria-label="{}" viewBox="0 0 1000 100" preserveAspectRatio="none">'
        '<path class="m-calm" d="{}"/><path class="{}" d="M0 {}{}"/></svg>',
        label,
        line,
        mark,
        BASE,
        "".join(_outline(bar) for bar in sorted(bars, key=lambda bar: bar.x)),
    )


def _outline(bar: Bar) -> str:
    """The way along the base line to a bar, and round it."""
    return f"H{10 * bar.x:.0f}V{BASE * (1 - bar.height / 100):.0f}h{10 * bar.width:.0f}V{BASE}"
