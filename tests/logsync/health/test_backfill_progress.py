"""How far the reading of old time has come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.coverage import ask_for, newest_edge
from logsync.health.backfill_progress import RATE_OVER, Progress, progress_of
from logsync.models import Claim, Log, SyncRun
from logsync.spans import Span

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOTHING = timedelta()


@pytest.fixture
def edge(now):
    """Where the newest time begins, which is none of old time."""
    return newest_edge(now)


@pytest.fixture
def stream(make_stream, edge):
    """A stream of which ten days are to be read."""
    return make_stream(backfill_since=edge - 10 * DAY)


@pytest.fixture
def ran(stream, now):
    """A window was read so long ago."""

    def run(ago, length, **values):
        row = {"stream": stream, "is_backfill": True, "outcome": SyncRun.Outcome.READ, "started_at": now - ago}
        return SyncRun.objects.create(since=now - 9 * DAY, until=now - 9 * DAY + length, **(row | values))

    return run


# Done and left


def test_progress_starts_at_zero(stream, now):
    assert progress_of([stream], now) == Progress(10 * DAY, 10 * DAY, NOTHING, [])
    assert progress_of([stream], now).percent == 0


def test_read_time_counts_as_done(stream, cover, now, edge):
    cover(stream, edge - 4 * DAY, now)
    progress = progress_of([stream], now)
    assert (progress.total, progress.left, progress.done, progress.percent) == (10 * DAY, 6 * DAY, 4 * DAY, 40)


def test_newest_time_is_not_counted(stream, cover, now, edge):
    cover(stream, edge - 10 * DAY, edge)
    assert progress_of([stream], now).left == NOTHING
    assert progress_of([stream], now).percent == 100


def test_provisional_time_remains_to_read(stream, cover, now, edge):
    cover(stream, edge - DAY, edge, is_settled=False)
    beyond = cover(stream, edge - 10 * DAY, edge - 8 * DAY)
    beyond.state = "beyond"
    beyond.save()
    assert progress_of([stream], now).left == 8 * DAY


def test_streams_are_summed_up(stream, make_stream, cover, now, edge):
    scim = make_stream(Log.SCIM_UPDATES, "p1", backfill_since=edge - 2 * DAY)
    cover(scim, edge - DAY, edge)
    progress = progress_of([stream, scim], now)
    assert (progress.total, progress.left) == (12 * DAY, 11 * DAY)


def test_requested_range_counts(stream, now, edge):
    ask_for(stream, Span(edge - 20 * DAY, edge - 15 * DAY), again=False, asked_by="sam")
    assert progress_of([stream], now).total == 15 * DAY


def test_reread_range_remains_until_read(stream, cover, now, edge):
    cover(stream, edge - 10 * DAY, edge)
    ask_for(stream, Span(edge - 3 * DAY, edge - DAY), again=True, asked_by="sam")
    progress = progress_of([stream], now)
    assert (progress.total, progress.left) == (10 * DAY, 2 * DAY)


def test_only_given_part_counts(stream, cover, now, edge):
    cover(stream, edge - 5 * DAY, edge)
    progress = progress_of([stream], now, Span(edge - 7 * DAY, edge - 3 * DAY))
    assert (progress.total, progress.left, progress.percent) == (4 * DAY, 2 * DAY, 50)


def test_nothing_to_read_is_done(now, db):
    assert progress_of([], now) == Progress(NOTHING, NOTHING, NOTHING, [])
    assert progress_of([], now).percent == 100


# How fast


def test_rate_divides_log_time_by_duration(stream, ran, now):
    ran(100 * SECOND, 12 * HOUR)
    ran(50 * SECOND, DAY)
    progress = progress_of([stream], now)
    assert progress.rate == 36 * HOUR / 100
    assert progress.time_left == 10 * DAY / (36 * HOUR) * 100 * SECOND


def test_instant_read_counts_as_one_second(stream, ran, now):
    ran(NOTHING, DAY)
    assert progress_of([stream], now).rate == DAY


@pytest.mark.parametrize(
    "run",
    [
        {"ago": RATE_OVER},
        {"ago": MINUTE, "outcome": SyncRun.Outcome.FAILED},
        {"ago": MINUTE, "outcome": SyncRun.Outcome.STOPPED},
        {"ago": MINUTE, "outcome": SyncRun.Outcome.RUNNING},
        {"ago": MINUTE, "is_backfill": False},
    ],
)
def test_rate_uses_only_recent_backfill(stream, ran, now, run):
    ran(**run, length=DAY)
    progress = progress_of([stream], now)
    assert (progress.rate, progress.time_left) == (NOTHING, None)


def test_other_streams_do_not_count(stream, make_stream, ran, now):
    ran(MINUTE, DAY)
    assert progress_of([make_stream(Log.SCIM_UPDATES, "p1")], now).rate == NOTHING


def test_rate_uses_clock_of_runs(stream, ran, now):
    ran(100 * SECOND, DAY)
    assert progress_of([stream], now + 3 * HOUR).rate == DAY / 100


# Who is at work


def test_active_reads_are_listed_oldest_first(stream, now, edge):
    for days in (1, 3, 2):
        claim = Claim.objects.create(stream=stream, since=edge - days * DAY, until=edge - (days - 1) * DAY)
        claim.take_lease(f"worker {days}")
    progress = progress_of([stream], now)
    assert progress.workers == 3
    assert progress.reading == [Span(edge - days * DAY, edge - (days - 1) * DAY) for days in (3, 2, 1)]


def test_idle_or_other_workers_are_excluded(stream, make_stream, now, edge):
    Claim.objects.create(stream=stream, since=edge - DAY, until=edge)
    scim = make_stream(Log.SCIM_UPDATES, "p1")
    Claim.objects.create(stream=scim, since=edge - DAY, until=edge).take_lease("worker")
    assert progress_of([stream], now).workers == 0
