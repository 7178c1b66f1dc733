"""Events counted by bin and by kind, in a few bounded queries that give the same result on both databases."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, Model, Q, QuerySet, Sum, Value, When

from dashboard.charts.bins import HOUR, Bins
from logsync.models import HourlyCount
from logsync.models.attempts import select_from_attempts
from logsync.spans import Span

# No chart reads more rows: it uses the hourly sums, or counts only the newest rows.
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Kind:
    """The result of an event: its word, the class of its mark, and its rows.

    Each row is of the first kind that fits; the last kind takes the rest.
    """

    word: str
    css: str
    where: Q


@dataclass(frozen=True)
class Counts:
    """For each bin a number for each kind. Nothing before `counted_since` was counted."""

    kinds: Sequence[Kind]
    bins: Bins
    numbers: list[list[int]]
    counted_since: datetime | None = None

    @cached_property
    def totals(self) -> list[int]:
        return [sum(column) for column in zip(*self.numbers, strict=True)]

    @cached_property
    def shown(self) -> list[bool]:
        """Which kinds are worth showing: the first, and those that occur."""
        return [at == 0 or total > 0 for at, total in enumerate(self.totals)]


def counts_by_bin(
    rows: QuerySet[Any],
    time_field: str,
    kinds: Sequence[Kind],
    bins: Bins,
    *,
    are_few: bool = False,
    of_attempts: bool = False,
) -> Counts:
    """Count the rows in each bin; of more than MOST_ROWS only about as many of the newest.

    `are_few` if there are known to be fewer, which saves a query. `of_attempts` counts attempts of people instead.
    """
    rows = _between(rows, time_field, bins.whole)
    newest = rows.order_by(f"-{time_field}", "-id").values_list(time_field, flat=True)
    counted_since = None if are_few else next(iter(newest[MOST_ROWS : MOST_ROWS + 1]), None)
    if counted_since is not None:
        rows = rows.filter(**{f"{time_field}__gt": counted_since})
    found: Counter[tuple[int, int]] = Counter()
    for at, kind, count in _grouped(rows, time_field, kinds, bins, of_attempts):
        found[at, kind] += count
    return Counts(kinds, bins, _table(found, kinds, bins), counted_since)


def _grouped(
    rows: QuerySet[Any], time_field: str, kinds: Sequence[Kind], bins: Bins, of_attempts: bool
) -> Iterable[tuple[Any, ...]]:
    # The newest bin first, as most rows are new.
    newest_first = reversed(list(enumerate(bins.spans)))
    bin_of = Case(
        *(When(**{f"{time_field}__gte": span.since}, then=Value(at)) for at, span in newest_first),
        default=Value(0),
        output_field=IntegerField(),
    )
    keyed = rows.order_by().annotate(bin=bin_of, kind=_kind_of(kinds))
    if of_attempts:
        return select_from_attempts(keyed, ["bin", "kind"], '"bin", "kind", COUNT(*)', 'GROUP BY "bin", "kind"')
    counted: Iterable[tuple[int, int, int]] = keyed.values_list("bin", "kind").annotate(count=Count("id"))
    return counted


def _kind_of(kinds: Sequence[Kind]) -> Case:
    *others, _ = enumerate(kinds)
    return Case(
        *(When(kind.where, then=Value(at)) for at, kind in others),
        default=Value(len(kinds) - 1),
        output_field=IntegerField(),
    )


def _between(rows: QuerySet[Any], time_field: str, span: Span) -> QuerySet[Any]:
    return rows.filter(**{f"{time_field}__gte": span.since, f"{time_field}__lt": span.until})


def _table(found: Counter[tuple[int, int]], kinds: Sequence[Kind], bins: Bins) -> list[list[int]]:
    return [[found[at, kind] for kind in range(len(kinds))] for at in range(len(bins.spans))]


# From hourly sums


def counts_from_hours(
    hours: QuerySet[HourlyCount],
    rows: QuerySet[Any],
    time_field: str,
    kinds: Sequence[Kind],
    bins: Bins,
    *,
    of_attempts: bool = False,
) -> Counts:
    """Count by hourly sums: failures, or failures and all others if there are two kinds.

    `hours` must be the sums of `rows`. Hours in which a bin begins or ends are counted from the rows themselves.
    """
    starts = [span.since for span in bins.spans]
    broken = {hour for edge in [*starts, bins.whole.until] if (hour := _hour(edge)) != edge}
    found: Counter[tuple[int, int]] = Counter()
    inside = hours.filter(hour__gte=bins.whole.since, hour__lt=bins.whole.until).order_by()
    sums = [Sum(name) for name in (("attempts", "denied_attempts") if of_attempts else ("total", "failed"))]
    for hour, total, failed in inside.values_list("hour").annotate(*sums):
        if hour not in broken:
            at = bisect_right(starts, hour) - 1
            found[at, 0] += failed
            found[at, 1] += total - failed
    slivers = _in_hours(_between(rows, time_field, bins.whole), time_field, broken)
    for at, kind, count in _grouped(slivers, time_field, kinds, bins, of_attempts):
        found[at, kind] += count
    return Counts(kinds, bins, _table(found, kinds, bins))


def _in_hours(rows: QuerySet[Any], time_field: str, hours: Iterable[datetime]) -> QuerySet[Any]:
    inside = Q(pk__in=[])
    for hour in sorted(hours):
        inside |= Q(**{f"{time_field}__gte": hour, f"{time_field}__lt": hour + HOUR})
    return rows.filter(inside)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def ends_of(model: type[Model], time_field: str) -> Span | None:
    """From the oldest row of a log to just after its newest; None if it is empty."""
    times = model._default_manager.values_list(time_field, flat=True)
    oldest, newest = times.order_by(time_field).first(), times.order_by(f"-{time_field}").first()
    return Span(oldest, newest + datetime.resolution) if oldest and newest else None
