"""Paging a small stream by hand gives what listing it all gives."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from logsync.simulator.logs.timeline import BUCKET, BUCKETS_A_DAY, Event, Timeline, View
from logsync.simulator.nanoseconds import DAY, HOUR, SECOND
from tests.examples import examples

NOW = 3 * DAY
moments = st.integers(-DAY, NOW + DAY)


class EveryFewMinutes:
    """A stream whose buckets hold no, one or more events, some at one moment."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.generated = 0

    def counts(self, day: int) -> Sequence[int]:
        first = day * BUCKETS_A_DAY
        return [len(self._moments(first + index)) for index in range(BUCKETS_A_DAY)]

    def events(self, bucket: int) -> Sequence[Event]:
        self.generated += 1
        return [Event(at, {"number": index}) for index, at in enumerate(self._moments(bucket))]

    def _moments(self, bucket: int) -> list[int]:
        return sorted(bucket * BUCKET + index // 2 * SECOND for index in range(bucket * self.step % 7))


def everything(timeline: Timeline, view: View) -> list[Event]:
    buckets = range(NOW // BUCKET)
    events = [event for bucket in buckets for stream in timeline.streams for event in stream.events(bucket)]
    return sorted((event for event in events if view.shows(event)), key=lambda event: event.at)


def paged(timeline: Timeline, view: View, size: int, descending: bool) -> list[Event]:
    events: list[Event] = []
    while page := timeline.page(view, skip=len(events), size=size, descending=descending):
        events += page
    return events


@examples(40)
@given(since=moments, until=moments, size=st.integers(50, 3000), delay=st.integers(0, HOUR))
def test_pages_hold_every_event_once(since: int, until: int, size: int, delay: int) -> None:
    timeline = Timeline([EveryFewMinutes(3), EveryFewMinutes(5)])
    view = View(since=max(since, 0), until=until, now=NOW - HOUR // 2, delay=lambda at: delay)
    expected = everything(timeline, view)
    assert paged(timeline, view, size, descending=False) == expected
    assert paged(timeline, view, size, descending=True) == expected[::-1]
    assert timeline.count(view) == len(expected)


@examples(20)
@given(size=st.integers(100, 1000), number=st.integers(0, 3))
def test_filter_applies_before_paging(size: int, number: int) -> None:
    timeline = Timeline([EveryFewMinutes(3)])
    view = View(since=0, until=NOW - 1, now=NOW, keep=lambda row: row["number"] == number)
    assert paged(timeline, view, size, descending=False) == everything(timeline, view)


def test_only_shown_buckets_are_generated() -> None:
    stream = EveryFewMinutes(3)
    view = View(since=0, until=NOW - 1, now=10 * DAY)
    page = Timeline([stream]).page(view, skip=1500, size=20, descending=False)
    assert len(page) == 20
    # The page spans a few buckets; the last one of the window is counted by looking into it.
    assert stream.generated < 15


def test_stream_without_people_is_empty() -> None:
    view = View(since=0, until=NOW, now=NOW)
    assert Timeline([]).page(view, skip=0, size=10, descending=True) == []
    assert Timeline([]).count(view) == 0
