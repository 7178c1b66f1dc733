"""How late rows arrived lately, and the overlap that this calls for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from logsync.ingest.late_arrivals import STEP
from logsync.models import LatenessCount, Stream

KEPT = timedelta(days=7)
FEWEST = 20
PROPOSED_STEP = timedelta(minutes=5)
LONGEST_PROPOSED = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the rows of a stream came in the last seven days; `rows` of them were seen to arrive.

    `late` of them came after the overlap, so after their time had been called complete.
    """

    rows: int
    median: timedelta
    p95: timedelta
    latest: timedelta
    late: int = 0

    @property
    def is_typical(self) -> bool:
        """Whether so many rows were seen that the next ones will come like them."""
        return self.rows >= FEWEST

    def proposed_overlap(self, overlap: timedelta) -> timedelta | None:
        """An overlap long enough for all of them, and half as much again; None if this one is.

        None as well if it would be hours: all of it is read every round, and the nightly reading finds such rows too.
        """
        if self.latest <= overlap:
            return None
        proposed = math.ceil(self.latest * 1.5 / PROPOSED_STEP) * PROPOSED_STEP
        return proposed if proposed <= LONGEST_PROPOSED else None


def lateness_of(streams: Iterable[Stream], now: datetime) -> dict[int, Lateness]:
    """The lateness of each of these streams by its primary key, where it says something.

    That takes 20 rows that were seen to arrive, or a single one that came after the overlap.
    """
    since = (now - KEPT).date()
    counts: dict[int, Counter[int]] = {}
    found = LatenessCount.objects.filter(stream__in=[stream.pk for stream in streams], day__gte=since)
    for pk, seconds, rows in found.values_list("stream", "seconds", "count"):
        counts.setdefault(pk, Counter())[seconds] += rows
    found_of = {pk: _summed_up(counter) for pk, counter in counts.items()}
    return {pk: lateness for pk, lateness in found_of.items() if lateness.is_typical or lateness.late}


def _summed_up(counter: Counter[int]) -> Lateness:
    ordered = sorted(counter.items())
    return Lateness(
        rows=counter.total(),
        median=_percentile(ordered, counter.total() * 0.5),
        p95=_percentile(ordered, counter.total() * 0.95),
        latest=timedelta(seconds=ordered[-1][0]),
        # A step may end past the overlap although its rows came within it.
        late=sum(rows for seconds, rows in ordered if timedelta(seconds=seconds) > settings.SYNC_OVERLAP * STEP),
    )


def _percentile(ordered: list[tuple[int, int]], rank: float) -> timedelta:
    passed = 0
    for seconds, rows in ordered:
        passed += rows
        if passed >= rank:
            return timedelta(seconds=seconds)
    raise AssertionError("the last step is at or past every rank")
