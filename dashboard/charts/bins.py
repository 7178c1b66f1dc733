"""A span cut into bins of a round length, for charts and their axes.

Bins of minutes and of one hour begin on the hour of the viewer's first clock. Longer ones begin on its wall clock, at
midnight, on a Monday or on the first of a month, so that a bin is shorter or longer where clocks are changed. The
first and the last bin end where the span does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from logsync.spans import Span

MOST_BINS = 100
HOUR, DAY, MONTH, YEAR = (timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=360))
# Beyond these, times cannot be converted between zones.
FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """The length of a bin. `floor` is where the bin of a local time begins, `following` where the next one does."""

    length: timedelta
    words: str
    floor: Callable[[datetime], datetime]
    following: Callable[[datetime], datetime]


def _minutes(count: int) -> Step:
    """A step that divides a day; `count` is its length in minutes."""

    def floor(local: datetime) -> datetime:
        begun = (local.hour * 60 + local.minute) // count * count
        return local.replace(hour=begun // 60, minute=begun % 60, second=0, microsecond=0, fold=local.fold)

    length = timedelta(minutes=count)
    words = f"{count // 60}-hour" if count >= 60 else f"{count}-minute"
    return Step(length, words, floor, lambda at: at + length)


def _days(count: int, words: str) -> Step:
    """A step of whole days, counted so that seven of them begin on a Monday."""

    def floor(local: datetime) -> datetime:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return midnight - timedelta(days=(local.toordinal() - 1) % count)

    length = timedelta(days=count)
    return Step(length, words, floor, lambda at: at + length)


def _months(count: int, words: str) -> Step:
    def floor(local: datetime) -> datetime:
        return _first_of_month(local, (local.year * 12 + local.month - 1) // count * count)

    def following(at: datetime) -> datetime:
        return _first_of_month(at, at.year * 12 + at.month - 1 + count)

    return Step(count * MONTH, words, floor, following)


def _first_of_month(local: datetime, months: int) -> datetime:
    """The first of a month, counted from the year 0, where a clock can be told."""
    year, month = divmod(months, 12)
    if not FIRST.year <= year <= LAST.year:
        year, month = (FIRST.year, 0) if year < FIRST.year else (LAST.year + 1, 0)
    return local.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


STEPS = [
    *(_minutes(count) for count in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)),
    *(_days(count, words) for count, words in ((1, "1-day"), (2, "2-day"), (7, "1-week"))),
    *(_months(count, words) for count, words in ((1, "1-month"), (3, "3-month"), (6, "6-month"))),
    *(_months(12 * count, f"{count}-year") for count in (1, 2, 5, 10, 20, 50, 100, 500, 2000)),
]


@dataclass(frozen=True, slots=True)
class Bins:
    """Consecutive spans of one step each, except the first and the last."""

    step: Step
    spans: list[Span]
    zone: tzinfo

    @property
    def whole(self) -> Span:
        return Span(self.spans[0].since, self.spans[-1].until)


def bins_of(span: Span, zone: tzinfo, least: timedelta = timedelta(0)) -> Bins:
    """Cut a span into about MOST_BINS bins at most, none shorter than `least`."""
    span = Span(max(span.since, FIRST), min(span.until, LAST))
    step = _step_for(span.length, MOST_BINS, least)
    edges = [span.since, *edges_of(span, step, zone), span.until]
    return Bins(step, [Span(*ends) for ends in pairwise(edges)], zone)


def ticks_of(span: Span, zone: tzinfo, most: int) -> tuple[Step, list[datetime]]:
    """About `most` round times of the span at most, and how far apart they are."""
    step = _step_for(span.length, most)
    first = step.floor(span.since.astimezone(zone)).astimezone(UTC)
    return step, ([span.since] if first == span.since else []) + edges_of(span, step, zone)


def _step_for(length: timedelta, most: int, least: timedelta = timedelta(0)) -> Step:
    fitting = (step for step in STEPS if step.length >= least and length <= step.length * most)
    return next(fitting, STEPS[-1])


def edges_of(span: Span, step: Step, zone: tzinfo) -> list[datetime]:
    """Where bins begin inside the span, in UTC."""
    at = step.floor(span.since.astimezone(zone))
    if step.length <= HOUR:
        # An hour that comes twice is two hours.
        at = at.astimezone(UTC)
    edges: list[datetime] = []
    while (moment := at.astimezone(UTC)) < span.until:
        if moment > (edges[-1] if edges else span.since):
            edges.append(moment)
        at = step.following(at)
    return edges
