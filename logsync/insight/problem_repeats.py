"""How regularly a SCIM problem fails, from its newest failures."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from logsync.scim.history.repeats import regular_pause

# No more of the newest failures are looked at: a retry loop has no end.
MOST_FAILURES = 2000


class Repeats(NamedTuple):
    """The usual pause between two failures of one resource; `is_whole` if every failure was looked at."""

    pause: timedelta
    is_whole: bool


def repeats_of(failures: Any) -> Repeats | None:
    """How regularly these updates fail; None where there is no regular pause."""
    newest = failures.exclude(resource=None).filter(lacks_time=False).with_root().order_by("-logged_at", "-pk")
    rows = list(newest.values_list("root", "logged_at")[: MOST_FAILURES + 1])
    courses: dict[int, list[datetime]] = defaultdict(list)
    for root, at in rows[:MOST_FAILURES]:
        courses[root].append(at)
    pause = regular_pause(courses.values())
    return Repeats(pause, len(rows) <= MOST_FAILURES) if pause else None
