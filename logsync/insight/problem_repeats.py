"""How regularly a SCIM problem fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from logsync.scim.history.repeats import NEAR, regular_pause

# No more of the newest failures are looked at: a retry loop has no end.
MOST_FAILURES = 2000
# Of the others, only the sums of so many resources.
MOST_RESOURCES = 500


class Repeats(NamedTuple):
    """The usual pause between two failures of one resource; `is_throughout` if it holds from the first to the last."""

    pause: timedelta
    is_throughout: bool


def repeats_of(failures: Any, statuses: Any) -> Repeats | None:
    """How regularly these failures of a problem follow each other; None where there is no regular pause.

    `statuses` sum them up for each resource; with none, nothing is known of failures that are too many to look at.
    """
    newest = failures.exclude(resource=None).filter(lacks_time=False).with_root().order_by("-logged_at", "-pk")
    rows = list(newest.values_list("root", "logged_at")[: MOST_FAILURES + 1])
    courses: dict[int, list[datetime]] = defaultdict(list)
    for root, at in rows[:MOST_FAILURES]:
        courses[root].append(at)
    pause = regular_pause(courses.values())
    if pause is None:
        return None
    return Repeats(pause, len(rows) <= MOST_FAILURES or _is_mean_pause(statuses, pause))


def _is_mean_pause(statuses: Any, pause: timedelta) -> bool:
    """Whether all failures together have about this pause."""
    names = ("tries", "first_failed__logged_at", "last_failed__logged_at")
    sums = list(statuses.order_by().values_list(*names)[: MOST_RESOURCES + 1])
    pauses = sum(tries - 1 for tries, _, _ in sums)
    if len(sums) > MOST_RESOURCES or not pauses:
        return False
    mean: timedelta = _total(last - first for _, first, last in sums) / pauses
    return abs(mean - pause) <= NEAR * pause


def _total(lengths: Iterable[timedelta]) -> timedelta:
    return sum(lengths, timedelta())
