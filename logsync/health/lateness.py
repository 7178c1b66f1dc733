"""How late rows arrived lately, and the overlap that this calls for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from logsync.models import LatenessCount, Stream

KEPT = timedelta(days=7)
FEWEST = 20
PROPOSED_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the rows of a stream came in the last seven days; `rows` of them were seen to arrive."""

    rows: int
    median: timedelta
    p95: timedelta
    latest: timedelta

    def proposed_overlap(self, overlap: timedelta) -> timedelta | None:
        """An overlap long enough for all of them, and half as much again; None if this one is."""
        if self.latest <= overlap:
            return None
        return math.ceil(self.latest * 1.5 / PROPOSED_STEP) * PROPOSED_STEP


def lateness_of(streams: Iterable[Stream], now: datetime) -> dict[int, Lateness]:
    """The lateness of each of these streams by its primary key, where at least 20 rows were seen to arrive."""
    since = (now - KEPT).date()
    counts: dict[int, Counter[int]] = {}
    found = LatenessCount.objects.filter(stream__in=[stream.pk for stream in streams], day__gte=since)
    for pk, seconds, rows in found.values_list("stream", "seconds", "count"):
        counts.setdefault(pk, Counter())[seconds] += rows
    return {pk: _summed_up(counter) for pk, counter in counts.items() if counter.total() >= FEWEST}


def _summed_up(counter: Counter[int]) -> Lateness:
    ordered = sorted(counter.items())
    return Lateness(
        rows=counter.total(),
        median=_percentile(ordered, counter.total() * 0.5),
        p95=_percentile(ordered, counter.total() * 0.95),
        latest=timedelta(seconds=ordered[-1][0]),
    )


def _percentile(ordered: list[tuple[int, int]], rank: float) -> timedelta:
    passed = 0
    for seconds, rows in ordered:
        passed += rows
        if passed >= rank:
            return timedelta(seconds=seconds)
    raise AssertionError("the last step is at or past every rank")
