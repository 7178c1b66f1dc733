"""How late rows come is counted where it says something of Cloudflare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare import records
from logsync.ingest import late_arrivals
from logsync.ingest.late_arrivals import count, reread
from logsync.ingest.sync import read_newest
from logsync.models import AccessRequest, AskedRange, LatenessCount, Log
from logsync.spans import Span
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
def test_a_step_is_right_to_a_tenth_and_a_second(seconds):
    step = late_arrivals._step(seconds)
    assert max(seconds, 1) <= step <= max(seconds, 1) * 1.1 + 1


@given(seconds=st.floats(0, 10**8))
def test_a_step_is_its_own_end_so_that_sums_of_sums_do_not_grow(seconds):
    step = late_arrivals._step(seconds)
    assert late_arrivals._step(step) <= step * 1.1 + 1
    assert late_arrivals._step(seconds) == step


@pytest.mark.parametrize("seconds", [-3600, -1, 0, 0.5, 1])
def test_what_came_at_once_or_by_another_clock_from_the_future_took_a_second(seconds):
    assert late_arrivals._step(seconds) == 1


# What counts


def test_rows_of_a_steady_round_count(arrive):
    arrive(10 * SECOND, 10 * SECOND, 100 * SECOND)
    short, long = sorted(counted())
    assert (10 <= short <= 12, 100 <= long <= 111) == (True, True)
    assert counted() == {short: 2, long: 1}


def test_rows_after_a_pause_do_not_count(arrive):
    arrive(10 * SECOND, is_steady=False)
    assert counted() == {}


def test_only_rounds_that_follow_each_other_are_steady(stream, account, cloudflare, now, time_machine):
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


def test_rows_of_settled_time_count_even_after_a_pause(arrive, stream, cover, now):
    cover(stream, now - 3 * DAY, now - 2 * DAY)
    cover(stream, now - DAY, now, is_settled=False)
    arrive(3 * DAY, 2 * DAY + SECOND, 2 * DAY, 2.5 * DAY - HOUR, HOUR, is_steady=False)
    assert sum(counted().values()) == 3
    assert min(counted()) > (2 * DAY).total_seconds()


def test_a_row_without_a_time_does_not_count(arrive):
    arrive(None)
    assert counted() == {}


def test_where_nothing_is_new_nothing_is_asked(stream, now, django_assert_num_queries):
    with django_assert_num_queries(0):
        count(stream, [], now, is_steady=True)


def test_rows_are_counted_by_the_day_of_their_arrival(arrive, now, time_machine):
    arrive(10 * SECOND)
    time_machine.shift(DAY)
    arrive(-DAY + 10 * SECOND)
    arrive(-DAY + 10 * SECOND)
    assert list(LatenessCount.objects.order_by("day").values_list("day", "count")) == [
        (now.date(), 1),
        (now.date() + DAY, 2),
    ]


def test_cloudflares_clock_tells_how_late_a_row_came(arrive):
    arrive(HOUR + 100 * SECOND, clock_offset=-HOUR)
    [seconds] = counted()
    assert 100 <= seconds <= 111


def test_updates_are_counted_on_their_own_stream(make_stream, now):
    scim = make_stream(Log.SCIM_UPDATES, "p1")
    record = records.ScimUpdate.from_json({"logged_at": f"{now - MINUTE:%Y-%m-%dT%H:%M:%SZ}"})
    count(scim, [record], now, is_steady=True)
    assert LatenessCount.objects.get().stream == scim


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_that_count_at_once_lose_nothing(stream, now):
    rows = [
        records.AccessRequest.from_json({"created_at": f"{now - seconds * SECOND:%Y-%m-%dT%H:%M:%SZ}"})
        for seconds in range(1, 400)
    ]

    def work(rows):
        with transaction.atomic():
            count(stream, rows, now, is_steady=True)

    at_once(*(partial(work, part) for part in (rows, rows[::-1], rows, rows[::-1])))
    assert sum(counted().values()) == 4 * len(rows)


# Reading again


TODAY = datetime(2026, 11, 19, tzinfo=UTC)


def asked():
    return [(Span(range.since, range.until), range.again, range.asked_by) for range in AskedRange.objects.all()]


def test_the_last_two_days_are_read_again(stream, cover, now):
    cover(stream, now - 30 * DAY, now - HOUR)
    reread(now)
    assert asked() == [(Span(TODAY - 2 * DAY, TODAY), True, "")]


def test_only_what_is_settled_of_it_is_read_again(stream, cover, now):
    cover(stream, TODAY - 5 * DAY, TODAY - 1.75 * DAY)
    cover(stream, TODAY - 1.5 * DAY, TODAY - 1.25 * DAY, is_settled=False)
    cover(stream, TODAY - 1.25 * DAY, TODAY)
    reread(now)
    assert [span for span, *_ in asked()] == [
        Span(TODAY - 2 * DAY, TODAY - 1.75 * DAY),
        Span(TODAY - 1.25 * DAY, TODAY),
    ]


def test_what_is_not_read_yet_or_not_read_any_more_is_not_asked_for(stream, make_stream, cover, now):
    gone = make_stream(Log.SCIM_UPDATES, "p1", is_active=False)
    cover(gone, TODAY - 5 * DAY, TODAY)
    cover(stream, TODAY, now)
    reread(now)
    assert asked() == []


def test_rereading_twice_asks_for_no_other_time(stream, cover, now):
    cover(stream, now - 30 * DAY, now - HOUR)
    for _ in range(2):
        reread(now)
    assert {span for span, *_ in asked()} == {Span(TODAY - 2 * DAY, TODAY)}
