"""Cloudflare's clock decides what time it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.cloudflare.clock import CloudflareClock
from logsync.cloudflare.errors import CloudflareError
from tests.logsync.cloudflare.answers import client_of, failure, success

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock(now):
    return CloudflareClock()


def test_before_any_answer_this_machine_counts(clock, now):
    assert (clock.offset, clock.now()) == (timedelta(), now)


@pytest.mark.parametrize("difference", [4 * SECOND, -4 * SECOND, timedelta(hours=5), timedelta(days=-900)])
def test_clock_skew_is_followed(clock, now, difference):
    clock.note_cloudflare_time(now + difference)
    assert (clock.offset, clock.now()) == (difference, now + difference)


@pytest.mark.parametrize("difference", [0 * SECOND, 3 * SECOND, -3 * SECOND])
def test_latency_and_rounding_are_not_skew(clock, now, difference):
    clock.note_cloudflare_time(now + difference)
    assert (clock.offset, clock.now()) == (timedelta(), now)


def test_latest_response_sets_clock(clock, now):
    for difference in (5 * SECOND, -7 * SECOND):
        clock.note_cloudflare_time(now + difference)
    assert clock.offset == -7 * SECOND
    clock.note_cloudflare_time(now)
    assert clock.offset == timedelta()


def test_clock_advances_between_responses(clock, now, time_machine):
    clock.note_cloudflare_time(now + 60 * SECOND)
    time_machine.shift(5)
    assert clock.now() == now + 65 * SECOND


@pytest.mark.parametrize("answer", [success([]), failure(403, 10000)])
def test_every_answer_sets_the_clock(now, answer):
    answer.headers["Date"] = "Thu, 19 Nov 2026 14:16:12 GMT"
    client = client_of(lambda _: answer)
    try:
        client.accounts()
    except CloudflareError:
        assert answer.status_code == 403
    assert client.for_account("another").clock.now() == now + timedelta(minutes=10)
