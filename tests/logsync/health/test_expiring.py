"""Unread time that Cloudflare deletes before long is warned of in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.health.expiring import Expiring, expiring
from logsync.spans import Span

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH = 30 * DAY


def missing(now, since, until=timedelta()):
    return [Span(now - since, now - until)]


def test_complete_stream_loses_nothing(now):
    assert expiring([], MONTH, now) is None


@pytest.mark.parametrize(
    ("retention", "age", "is_in_danger"),
    [
        # A quarter of what is kept, and three days at most.
        (DAY, 17 * HOUR, False),
        (DAY, 19 * HOUR, True),
        (8 * DAY, 5.9 * DAY, False),
        (8 * DAY, 6.1 * DAY, True),
        (MONTH, 26.9 * DAY, False),
        (MONTH, 27.1 * DAY, True),
        (180 * DAY, 176.9 * DAY, False),
        (180 * DAY, 177.1 * DAY, True),
    ],
)
def test_expiry_warning_comes_in_time(now, retention, age, is_in_danger):
    span = Span(now - age, now - age + HOUR)
    leaves_at = now - age + retention
    assert expiring([span], retention, now) == (Expiring(span, leaves_at, retention) if is_in_danger else None)


def test_oldest_readable_time_is_read_first(now):
    spans = [*missing(now, 40 * DAY, 35 * DAY), *missing(now, 29 * DAY, 28 * DAY), *missing(now, 27.5 * DAY, DAY)]
    assert expiring(spans, MONTH, now) == Expiring(spans[1], now + DAY, MONTH)


def test_time_expiring_now_is_reported(now):
    [span] = missing(now, 40 * DAY, DAY)
    assert expiring([span], MONTH, now) == Expiring(Span(now - MONTH, now - DAY), now, MONTH)


@pytest.mark.parametrize("until", [MONTH, 31 * DAY])
def test_lost_time_no_longer_expires(now, until):
    assert expiring(missing(now, 40 * DAY, until), MONTH, now) is None
