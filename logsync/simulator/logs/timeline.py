"""Counting and paging: any page of a log of any length, without keeping or generating the rest of it.

A log is cut into buckets of five minutes. The number of events in a bucket is known without generating them. So
finding a page deep inside a month costs a few thousand additions, and only the buckets on the page and those at the
two ends of the window are generated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, Protocol, TypeAlias

from logsync.simulator.nanoseconds import DAY, HOUR, MINUTE

Row: TypeAlias = dict[str, object]

BUCKET = 5 * MINUTE
BUCKETS_A_DAY = DAY // BUCKET

# No event becomes visible later than this, so older buckets can be counted without looking inside.
LATEST = HOUR


class Event(NamedTuple):
    at: int
    row: Row


class Stream(Protocol):
    """One log; both answers are pure functions of their argument."""

    def counts(self, day: int) -> Sequence[int]:
        """Return how many events each bucket of the day holds."""

    def events(self, bucket: int) -> Sequence[Event]:
        """Return the events of a bucket, oldest first."""


def at_once(at: int) -> int:
    return 0


@dataclass(frozen=True)
class View:
    """What one request may see. Both ends of the window belong to it."""

    since: int
    until: int
    now: int
    delay: Callable[[int], int] = at_once
    keep: Callable[[Row], bool] | None = None

    def shows(self, event: Event) -> bool:
        if not self.since <= event.at <= self.until:
            return False
        if event.at + LATEST > self.now and event.at + self.delay(event.at) > self.now:
            return False
        return self.keep is None or self.keep(event.row)

    def shows_all_of(self, bucket: int) -> bool:
        start, end = bucket * BUCKET, (bucket + 1) * BUCKET
        return self.keep is None and self.since <= start and end <= min(self.until, self.now - LATEST)

    @property
    def buckets(self) -> range:
        return range(self.since // BUCKET, min(self.until, self.now) // BUCKET + 1)


class Timeline:
    """Several streams read as one, in order of time."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = streams

    def page(self, view: View, *, skip: int, size: int, descending: bool) -> list[Event]:
        page: list[Event] = []
        for bucket, count in self._counted(view, descending):
            if skip >= count:
                skip -= count
                continue
            events = self._events(bucket, view)
            page += (events[::-1] if descending else events)[skip : skip + size - len(page)]
            skip = 0
            if len(page) == size:
                break
        return page

    def count(self, view: View) -> int:
        return sum(count for _, count in self._counted(view, descending=False))

    def _counted(self, view: View, descending: bool) -> Iterator[tuple[int, int]]:
        """Yield every bucket of the window with the number of its events that the view shows."""
        if not self.streams:
            return
        counted_day, counts = -1, [0]
        for bucket in reversed(view.buckets) if descending else view.buckets:
            if not view.shows_all_of(bucket):
                yield bucket, len(self._events(bucket, view))
                continue
            day, index = divmod(bucket, BUCKETS_A_DAY)
            if day != counted_day:
                by_stream = (stream.counts(day) for stream in self.streams)
                counted_day, counts = day, [sum(numbers) for numbers in zip(*by_stream, strict=True)]
            yield bucket, counts[index]

    def _events(self, bucket: int, view: View) -> list[Event]:
        events = [event for stream in self.streams for event in stream.events(bucket) if view.shows(event)]
        return sorted(events, key=attrgetter("at"))
