"""How late rows come is counted where it says something of Cloudflare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, repeat

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare import records
from logsync.coverage import State, missing_spans, spans_of
from logsync.ingest import late_arrivals
from logsync.ingest.late_arrivals import count, proved_incomplete, reread
from logsync.ingest.sync import read_newest, read_old_time, sync_stream
from logsync.models import AccessRequest, AskedRange, LatenessCount, Log
from logsync.spans import Span, intersect
from tests.logsync.ingest.living_log import LivingLog, LogRow
from tests.logsync.ingest.workers import at_once, only_on_postgresql

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def arrive(stream, now):
    """Have rows arrive that are so old."""

    def arrive(*ages, is_steady=True, clock_offset=timedelta()):
        rows = [{} if age is None else {"created_at": f"{now - age:%Y-%m-%dT%H:%M:%S.%fZ}"} for age in ages]
        at = timezone.now() + clock_offset
        count(stream, list(map(records.AccessRequest.from_json, rows)), at, is_steady=is_steady)

    return arrive


def counted():
    return dict(LatenessCount.objects.values_list("seconds", "count"))


# Steps


@given(seconds=st.floats(0, 10**8))
def test_steps_are_precise_to_ten_percent(seconds):
    step = late_arrivals._step(seconds)
    assert max(seconds, 1) <= step <= max(seconds, 1) * 1.1 + 1


@given(seconds=st.floats(0, 10**8))
def test_step_rounds_to_itself(seconds):
    step = late_arrivals._step(seconds)
    assert late_arrivals._step(step) <= step * 1.1 + 1
    assert late_arrivals._step(seconds) == step


@pytest.mark.parametrize("seconds", [-3600, -1, 0, 0.5, 1])
def test_immediate_or_future_rows_take_second(seconds):
    assert late_arrivals._step(seconds) == 1


# What counts


def test_rows_of_a_steady_round_count(arrive):
    arrive(10 * SECOND, 10 * SECOND, 100 * SECOND)
    short, long = sorted(counted())
    assert (10 <= short <= 12, 100 <= long <= 111) == (True, True)
    assert counted() == {short: 2, long: 1}


def test_rows_after_pause_do_not_count(arrive):
    arrive(10 * SECOND, is_steady=False)
    assert counted() == {}


def test_only_consecutive_rounds_are_steady(stream, account, cloudflare, now, time_machine):
    client = cloudflare(logins_per_day=40_000)
    account.account_id = client.accounts()[0].account_id
    account.save()
    stream.account.refresh_from_db()

    def newly_counted(after):
        time_machine.shift(after)
        before, rows = sum(counted().values()), AccessRequest.objects.count()
        assert read_newest(stream, client)
        assert AccessRequest.objects.count() > rows
        return sum(counted().values()) - before

    assert [newly_counted(after) > 0 for after in (0 * MINUTE, MINUTE, MINUTE, HOUR, MINUTE)] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_settled_rows_count_after_pause(arrive, stream, cover, now):
    cover(stream, now - 3 * DAY, now - 2 * DAY)
    cover(stream, now - DAY, now, is_settled=False)
    arrive(3 * DAY, 2 * DAY + SECOND, 2 * DAY, 2.5 * DAY - HOUR, HOUR, is_steady=False)
    assert sum(counted().values()) == 3
    assert min(counted()) > (2 * DAY).total_seconds()


def test_row_without_time_does_not_count(arrive):
    arrive(None)
    assert counted() == {}


def test_no_query_without_new_rows(stream, now, django_assert_num_queries):
    with django_assert_num_queries(0):
        count(stream, [], now, is_steady=True)


def test_rows_are_counted_by_arrival_day(arrive, now, time_machine):
    arrive(10 * SECOND)
    time_machine.shift(DAY)
    arrive(-DAY + 10 * SECOND)
    arrive(-DAY + 10 * SECOND)
    assert list(LatenessCount.objects.order_by("day").values_list("day", "count")) == [
        (now.date(), 1),
        (now.date() + DAY, 2),
    ]


def test_lateness_uses_cloudflare_time(arrive):
    arrive(HOUR + 100 * SECOND, clock_offset=-HOUR)
    [seconds] = counted()
    assert 100 <= seconds <= 111


def test_updates_count_on_own_stream(make_stream, now):
    scim = make_stream(Log.SCIM_UPDATES, "p1")
    record = records.ScimUpdate.from_json({"logged_at": f"{now - MINUTE:%Y-%m-%dT%H:%M:%SZ}"})
    count(scim, [record], now, is_steady=True)
    assert LatenessCount.objects.get().stream == scim


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_counts_lose_nothing(stream, now):
    rows = [
        records.AccessRequest.from_json({"created_at": f"{now - seconds * SECOND:%Y-%m-%dT%H:%M:%SZ}"})
        for seconds in range(1, 400)
    ]

    def work(rows):
        with transaction.atomic():
            count(stream, rows, now, is_steady=True)

    at_once(*(partial(work, part) for part in (rows, rows[::-1], rows, rows[::-1])))
    assert sum(counted().values()) == 4 * len(rows)


# Time that has proved incomplete


@pytest.fixture
def incomplete(stream, now):
    """The hours that have proved incomplete by rows that are so old."""

    def incomplete(*ages):
        rows = [{} if age is None else {"created_at": f"{now - age:%Y-%m-%dT%H:%M:%S.%fZ}"} for age in ages]
        return proved_incomplete(stream, list(map(records.AccessRequest.from_json, rows)), now)

    return incomplete


def test_late_row_proves_hour_incomplete(incomplete, stream, cover):
    cover(stream, TODAY - DAY, TODAY + 10.25 * HOUR)
    cover(stream, TODAY + 10.25 * HOUR, TODAY + 14 * HOUR, is_settled=False)
    # It is 14:06:12, so these are of 10:06:12, 10:36:12, 03:06:12 and the day before.
    assert incomplete(4 * HOUR, 3.5 * HOUR, 11 * HOUR) == [
        Span(TODAY + 3 * HOUR, TODAY + 4 * HOUR),
        Span(TODAY + 10 * HOUR, TODAY + 10.25 * HOUR),
    ]
    assert incomplete(3.5 * HOUR, 50 * HOUR, MINUTE, None) == []


def test_late_hour_proves_incomplete_again(incomplete, stream, cover):
    cover(stream, TODAY + 3 * HOUR, TODAY + 4 * HOUR, state="late")
    assert incomplete(11 * HOUR) == [Span(TODAY + 3 * HOUR, TODAY + 4 * HOUR)]


def test_young_time_is_not_proved_incomplete(incomplete, stream, cover, now):
    # A clock that ran ahead has settled it too early.
    cover(stream, TODAY, now)
    assert incomplete(10 * MINUTE) == []
    assert incomplete(20 * MINUTE) == [Span(TODAY + 13 * HOUR, now - 15 * MINUTE)]


@pytest.fixture
def late_log(stream, time_machine):
    """A log with a row of each hour of yesterday, one of which shows up seven hours later."""
    rows = [LogRow(TODAY - hours * HOUR, f"{hours:016x}", 7 * HOUR if hours == 5 else 0 * HOUR) for hours in range(24)]
    return LivingLog(rows, TODAY + HOUR, time_machine)


def test_nightly_reading_finds_late_row(stream, late_log):
    fifth = Span(TODAY - 5 * HOUR, TODAY - 4 * HOUR)
    stream.backfill_since = TODAY - DAY
    stream.save()
    assert sync_stream(stream, late_log)
    assert (spans_of(stream, State.LATE), AccessRequest.objects.count()) == ([], 23)
    late_log.wait(1.7 * HOUR)
    reread(late_log.clock.now())
    in_between = []
    sync_stream(stream, late_log, on_progress=lambda _: in_between.append(spans_of(stream, State.LATE)))
    assert AccessRequest.objects.count() == 24
    assert [fifth] in in_between
    assert spans_of(stream, State.LATE) == []
    assert missing_spans(stream, TODAY) == []
    assert max(counted()) >= 6 * HOUR.total_seconds()
    assert not AskedRange.objects.exists()


def test_late_hour_waits_for_whole_reading(stream, late_log):
    fifth = Span(TODAY - 5 * HOUR, TODAY - 4 * HOUR)
    sync_stream(stream, late_log)
    late_log.wait(1.7 * HOUR)
    reread(late_log.clock.now())
    # The worker is told to stop after the page with the late row.
    stops = chain([False], repeat(True))
    yesterday = Span(TODAY - DAY, TODAY)
    read_old_time(lambda: [stream], lambda _: late_log, yesterday, late_log.clock, lambda: next(stops))
    assert (spans_of(stream, State.LATE), missing_spans(stream, TODAY)) == ([fifth], [fifth])


# Reading again


TODAY = datetime(2026, 11, 19, tzinfo=UTC)


def asked():
    return [(Span(range.since, range.until), range.again, range.asked_by) for range in AskedRange.objects.all()]


def test_two_days_are_reread(stream, cover, now):
    cover(stream, now - 30 * DAY, now - HOUR)
    reread(now)
    assert asked() == [(Span(TODAY - 2 * DAY, TODAY), True, "")]


def test_only_settled_time_is_reread(stream, cover, now):
    cover(stream, TODAY - 5 * DAY, TODAY - 1.75 * DAY)
    cover(stream, TODAY - 1.5 * DAY, TODAY - 1.25 * DAY, is_settled=False)
    cover(stream, TODAY - 1.25 * DAY, TODAY)
    reread(now)
    assert [span for span, *_ in asked()] == [
        Span(TODAY - 2 * DAY, TODAY - 1.75 * DAY),
        Span(TODAY - 1.25 * DAY, TODAY),
    ]


def test_unread_time_is_not_reread(stream, make_stream, cover, now):
    gone = make_stream(Log.SCIM_UPDATES, "p1", is_active=False)
    cover(gone, TODAY - 5 * DAY, TODAY)
    cover(stream, TODAY, now)
    reread(now)
    assert asked() == []


def test_rereading_twice_changes_nothing(stream, cover, now):
    cover(stream, now - 30 * DAY, now - HOUR)
    for _ in range(2):
        reread(now)
    assert [span for span, *_ in asked()] == [Span(TODAY - 2 * DAY, TODAY)]


def test_day_that_waits_is_asked_once(stream, cover, now):
    cover(stream, now - 30 * DAY, now + DAY)
    reread(now)
    reread(now + DAY)
    assert [span for span, *_ in asked()] == [Span(TODAY - 2 * DAY, TODAY), Span(TODAY, TODAY + DAY)]


def test_reading_that_finds_nothing_settles(stream, late_log):
    late_log.rows = late_log.rows[:4]
    assert sync_stream(stream, late_log)
    before = spans_of(stream, State.SETTLED)
    late_log.wait(1.7 * HOUR)
    reread(late_log.clock.now())
    assert sync_stream(stream, late_log)
    assert (spans_of(stream, State.LATE), asked(), counted()) == ([], [], {})
    assert intersect(before, spans_of(stream, State.SETTLED)) == before
