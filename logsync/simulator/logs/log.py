"""A log made of two kinds of events: ordinary ones, by their rate, and those that the story plans."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from random import Random
from typing import NamedTuple, Protocol

from logsync.simulator.company.company import Company
from logsync.simulator.logs.timeline import BUCKET, BUCKETS_A_DAY, Event, Row
from logsync.simulator.nanoseconds import SECOND, as_logged

# Share of the ordinary events that have the same timestamp as the one before.
SAME_MOMENT = 1 / 150


class Planned(NamedTuple):
    """An event of the story. Its time is known before its row is written, so events are counted without rows."""

    at: int
    write: Callable[[Random], Row]


class Author(Protocol):
    """Writes the rows of one log."""

    name: str
    time_field: str

    def rate(self, random: Random, bucket: int) -> float:
        """Return how busy the bucket is; 1 is the average."""

    def planned(self, day: int) -> list[Planned]:
        """Return what the story plans for the day."""

    def ordinary(self, random: Random, moments: Sequence[int]) -> list[Row]:
        """Return one row for each moment of a bucket."""


class Log:
    """Thread-safe: its caches are bounded, and anything dropped from them can be generated again."""

    def __init__(self, company: Company, author: Author, per_day: int) -> None:
        self.company = company
        self.author = author
        self.per_day = per_day
        self.counts: Callable[[int], Sequence[int]] = lru_cache(maxsize=256)(self._counts)
        self.events: Callable[[int], Sequence[Event]] = lru_cache(maxsize=32)(self._events)
        self._planned = lru_cache(maxsize=4)(self._plan)
        self._ordinary = lru_cache(maxsize=4)(self._ordinary_counts)

    def _plan(self, day: int) -> dict[int, list[Planned]]:
        planned: dict[int, list[Planned]] = {}
        for event in self.author.planned(day):
            planned.setdefault(event.at // BUCKET, []).append(event)
        return planned

    def _counts(self, day: int) -> list[int]:
        planned = self._planned(day)
        buckets = range(day * BUCKETS_A_DAY, (day + 1) * BUCKETS_A_DAY)
        return [
            ordinary + len(planned.get(bucket, ()))
            for bucket, ordinary in zip(buckets, self._ordinary(day), strict=True)
        ]

    def _ordinary_counts(self, day: int) -> list[int]:
        """Return how many events of each bucket are left to chance, so that the day comes to `per_day`."""
        random = self.company.random(self.author.name, day)
        left = max(self.per_day - sum(map(len, self._planned(day).values())), 0) / BUCKETS_A_DAY
        buckets = range(day * BUCKETS_A_DAY, (day + 1) * BUCKETS_A_DAY)
        return [int(left * self.author.rate(random, bucket) + random.random()) for bucket in buckets]

    def _events(self, bucket: int) -> list[Event]:
        day, index = divmod(bucket, BUCKETS_A_DAY)
        random = self.company.random(self.author.name, day, index)
        moments = self._moments(random, bucket, self._ordinary(day)[index])
        rows = list(zip(moments, self.author.ordinary(random, moments), strict=True))
        rows += [(off_the_second(event.at), event.write(random)) for event in self._planned(day).get(bucket, ())]
        return sorted((self._logged(moment, row) for moment, row in rows), key=attrgetter("at"))

    def _moments(self, random: Random, bucket: int, count: int) -> list[int]:
        moments = sorted(bucket * BUCKET + random.randrange(BUCKET) for _ in range(count))
        for index in range(1, count):
            if random.random() < SAME_MOMENT:
                moments[index] = moments[index - 1]
        return moments

    def _logged(self, moment: int, row: Row) -> Event:
        at, row[self.author.time_field] = as_logged(moment)
        return Event(at, row)


def off_the_second(moment: int) -> int:
    """Return a later moment of the same second, as only planned events happen at its beginning."""
    second = moment // SECOND
    return second * SECOND + second * 104_729_333 % SECOND
