"""Whatever the log looks like, however it is paged and whatever the clock says, the table ends as exactly the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from logsync.coverage import State, missing_spans, newest_edge, spans_of
from logsync.ingest.sync import sync_stream
from logsync.models import AccessRequest, AskedRange, CoveredRange, FailedRange, Stream, SyncRun
from logsync.spans import Span, intersect
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.ingest.living_log import LivingLog, LogRow, stored

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

EXAMPLES = examples(30)
RAYS = st.sampled_from(["a", "b", "c", "d"]) | st.text("0123456789abcdef", min_size=16, max_size=16)
OVERLAPS = st.sampled_from([2, 5, 15, 20])
TIES = st.integers(0, 9)


def moments(oldest, youngest):
    """Seconds before NOW, most of them shared by several rows."""
    return st.one_of(
        st.integers(youngest, oldest), st.sampled_from([youngest, youngest + 1, (youngest + oldest) // 2, oldest])
    )


def rows(oldest, youngest, lateness=None, **size):
    """Rows so many seconds before NOW, each up to `lateness` seconds late."""
    row = st.builds(
        lambda ago, ray, late: LogRow(NOW - ago * SECOND, ray, late * SECOND),
        moments(oldest, youngest),
        RAYS,
        st.just(0) | st.integers(0, lateness) if lateness else st.just(0),
    )
    return st.lists(row, **{"max_size": 24} | size)


@pytest.fixture
def fresh_stream(make_stream):
    """Make a stream that knows nothing, for one example after another."""

    def make(reaches=HOUR):
        for model in (AccessRequest, SyncRun, CoveredRange, FailedRange, AskedRange, Stream):
            model.objects.all().delete()
        return make_stream(backfill_since=NOW - reaches)

    return make


def sync(stream, log):
    """Sync once, and fail if more is claimed than what came."""
    is_complete = sync_stream(Stream.objects.get(pk=stream.pk), log)
    log.check_claims(stream)
    return is_complete


def sync_until(stream, log, end, every):
    """Sync every so often up to a moment, and once then; whether that last sync was complete."""
    while log.now < end:
        sync(stream, log)
        log.wait(every)
    return sync(stream, log)


def check_whole(stream, log):
    """Fail unless every row is stored as often as it is there, and all time up to the overlap is settled."""
    assert stored(Span(NOW - DAY, log.now)) == log.counted(Span(NOW - DAY, log.now))
    assert not missing_spans(stream, newest_edge(log.now))


@EXAMPLES
@given(data=st.data(), overlap=OVERLAPS, page_size=st.integers(1, 12), tie_seed=TIES, takes=st.sampled_from([0, 1, 7]))
def test_rows_on_any_pages_stored_once(fresh_stream, data, overlap, page_size, tie_seed, takes):
    # A second less than the overlap, for Cloudflare tells its time to the second; three, for those are no difference.
    seen = data.draw(rows(oldest=55 * 60, youngest=-10 * 60, lateness=overlap * 60 - 5))
    with time_machine.travel(NOW) as machine, override_settings(SYNC_OVERLAP=overlap * MINUTE):
        stream = fresh_stream()
        log = LivingLog(seen, NOW, machine, page_size, tie_seed, takes=takes * SECOND)
        end = NOW + (10 + 2 * overlap) * MINUTE
        is_complete = sync_until(stream, log, end, every=max(overlap / 2, 4) * MINUTE)
        assert is_complete
        check_whole(stream, log)


@EXAMPLES
@given(seen=rows(oldest=20 * 60, youngest=15 * 60, max_size=12, unique_by=lambda row: row[:2]), size=st.integers(4, 12))
@example(seen=[LogRow(NOW - 1050 * SECOND, ray) for ray in "abcdef"], size=5)
def test_ignored_page_parameter_loses_nothing_silently(fresh_stream, seen, size):
    with time_machine.travel(NOW) as machine:
        stream = fresh_stream(30 * MINUTE)
        log = LivingLog(seen, NOW, machine, size, ignores_page=True)
        is_complete = sync(stream, log)
        failed = list(stream.failed_ranges.all())
        assert is_complete == (not failed)
        assert all("for every page of a window that holds more" in range.error for range in failed)
        around = [span for span in [Span(NOW - HOUR, NOW)] if is_complete]
        assert stored(*around) == log.counted(*around)


@EXAMPLES
@given(
    data=st.data(),
    page_size=st.integers(1, 6),
    takes=st.integers(0, 100),
    ahead=st.sampled_from([-2 * HOUR, -HOUR, timedelta(), HOUR, DAY]),
    steps=st.dictionaries(
        st.integers(1, 12) | st.integers(-12, -1),
        st.sampled_from([-2 * HOUR, -HOUR, -10 * MINUTE, timedelta(), 10 * MINUTE, HOUR, 2 * DAY]),
        max_size=3,
    ),
)
def test_wrong_clock_never_claims_too_much(fresh_stream, data, page_size, takes, ahead, steps):
    seen = data.draw(rows(oldest=40 * 60, youngest=-40 * 60, lateness=14 * 60 + 50))
    with time_machine.travel(NOW) as machine:
        stream = fresh_stream()
        log = LivingLog(seen, NOW, machine, page_size, takes=takes * SECOND, ahead=ahead, steps=steps)
        for _ in range(4):
            sync(stream, log)
            log.wait(6 * MINUTE)
        log.steps, log.takes = {}, timedelta()
        log.set_clock(timedelta())
        log.wait(max(NOW + HOUR - log.now, timedelta()))
        # The first round learns what time it is.
        sync(stream, log)
        assert sync(stream, log)
        check_whole(stream, log)


@EXAMPLES
@given(
    # The edge is two days before NOW, and moves on with every request.
    seen=rows(oldest=2 * 86400 + 600, youngest=2 * 86400 - 3600, max_size=14),
    recent=rows(oldest=2 * 86400 - 3600, youngest=3600, max_size=3),
    page_size=st.integers(1, 5),
    tie_seed=TIES,
    takes=st.integers(0, 240),
)
def test_rows_dropped_meanwhile_are_not_claimed(fresh_stream, seen, recent, page_size, tie_seed, takes):
    with time_machine.travel(NOW) as machine:
        stream = fresh_stream(3 * DAY)
        log = LivingLog(seen + recent, NOW, machine, page_size, tie_seed, retention=2 * DAY, takes=takes * SECOND)
        for _ in range(3):
            sync(stream, log)
            log.wait(MINUTE)
        settled, beyond = spans_of(stream, State.SETTLED), spans_of(stream, State.BEYOND, State.UNPROVEN)
        assert not intersect(settled, [Span(NOW - 3 * DAY, NOW - 2 * DAY)])
        assert stored(Span(NOW - 9 * DAY, NOW)) <= log.counted(Span(NOW - 9 * DAY, NOW))
        assert beyond[0].since == NOW - 3 * DAY
