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


def test_where_nothing_is_missing_nothing_can_be_lost(now):
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
def test_the_warning_comes_in_time_and_not_otherwise(now, retention, age, is_in_danger):
    span = Span(now - age, now - age + HOUR)
    leaves_at = now - age + retention
    assert expiring([span], retention, now) == (Expiring(span, leaves_at, retention) if is_in_danger else None)


def test_the_oldest_that_can_still_be_read_goes_first(now):
    spans = [*missing(now, 40 * DAY, 35 * DAY), *missing(now, 29 * DAY, 28 * DAY), *missing(now, 27.5 * DAY, DAY)]
    assert expiring(spans, MONTH, now) == Expiring(spans[1], now + DAY, MONTH)


def test_what_is_leaving_now_leaves_now(now):
    [span] = missing(now, 40 * DAY, DAY)
    assert expiring([span], MONTH, now) == Expiring(Span(now - MONTH, now - DAY), now, MONTH)


@pytest.mark.parametrize("until", [MONTH, 31 * DAY])
def test_what_has_left_already_is_no_expiring(now, until):
    assert expiring(missing(now, 40 * DAY, until), MONTH, now) is None
