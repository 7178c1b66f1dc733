"""Whether a failure is repeated at regular intervals, as a provider does that retries."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, median

# Fewer pauses say nothing of the next one.
FEWEST_PAUSES = 4
# How far a pause, and the mean of all, may be from the median, as a share of it; and how many have to be that near.
NEAR = 0.25
MOST_NEAR = 0.8
SHORTEST_PAUSE = timedelta(seconds=1)


def regular_pause(courses: Iterable[Sequence[datetime]]) -> timedelta | None:
    """The median pause between the failures of each resource; None where the pauses differ too much.

    `courses` are the failures of each resource, in any order. Two resources may fail at any distance from each other.
    """
    pauses = [(later - earlier).total_seconds() for course in courses for earlier, later in pairwise(sorted(course))]
    if len(pauses) < FEWEST_PAUSES:
        return None
    middle = median(pauses)
    near = sum(abs(pause - middle) <= NEAR * middle for pause in pauses)
    # Bursts have few long pauses, but these are most of the time.
    has_no_breaks = abs(mean(pauses) - middle) <= NEAR * middle
    is_regular = near >= MOST_NEAR * len(pauses) and has_no_breaks and middle >= SHORTEST_PAUSE.total_seconds()
    return timedelta(seconds=middle) if is_regular else None
