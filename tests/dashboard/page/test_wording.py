"""How pages write moments and spans of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.page.viewer import Viewer
from dashboard.page.wording import (
    ago,
    exact_moment,
    long_span,
    moment,
    recent_moment,
    short_moment,
    span_words,
    time_of_day,
)
from logsync.spans import Span
from tests.conftest import NOW

AMSTERDAM = Viewer(zone=ZoneInfo("Europe/Amsterdam"), clock="local")
UTC_FIRST = Viewer(zone=ZoneInfo("Europe/Amsterdam"))
AT = datetime(2026, 11, 18, 23, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("viewer", "written"),
    [
        (UTC_FIRST, ["18 Nov 2026 23:30 UTC", "18 Nov 23:30", "18 Nov 23:30 UTC", "23:30:07 UTC"]),
        (AMSTERDAM, ["19 Nov 2026 00:30 Amsterdam", "19 Nov 00:30", "00:30 Amsterdam", "00:30:07 Amsterdam"]),
    ],
)
def test_moments_are_on_the_first_clock(viewer, written):
    assert [
        moment(AT, viewer),
        short_moment(AT, viewer),
        recent_moment(AT, NOW, viewer),
        time_of_day(AT, viewer),
    ] == written


def test_other_years_are_named(now):
    last_year = AT.replace(year=2025)
    assert short_moment(last_year, UTC_FIRST) == "18 Nov 2025 23:30"
    assert recent_moment(last_year, NOW, AMSTERDAM) == "19 Nov 2025 00:30 Amsterdam"
    assert span_words(Span(last_year, AT)) == "18 Nov 2025 23:30 to 18 Nov 23:30"


@pytest.mark.parametrize(
    ("zone", "since", "until", "words"),
    [
        ("Europe/Berlin", "2026-10-25 00:45", "2026-10-25 01:00", "25 Oct 02:45 (UTC+2) to 02:00 (UTC+1)"),
        ("Europe/Berlin", "2026-03-29 00:45", "2026-03-29 01:15", "29 Mar 01:45 (UTC+1) to 03:15 (UTC+2)"),
        ("America/St_Johns", "2026-11-01 04:00", "2026-11-01 05:00", "1 Nov 01:30 (UTC-2:30) to 01:30 (UTC-3:30)"),
        ("Europe/Berlin", "2026-10-01 00:00", "2026-11-01 00:00", "1 Oct 02:00 to 1 Nov 01:00"),
    ],
)
def test_changed_clocks_are_said(zone, since, until, words, now):
    span = Span(*(datetime.fromisoformat(end).replace(tzinfo=UTC) for end in (since, until)))
    assert span_words(span, Viewer(zone=ZoneInfo(zone), clock="local")) == words


def test_tickets_have_exact_moments():
    assert exact_moment(AT) == "18 Nov 2026 23:30:07 UTC"


def test_long_spans_have_their_years():
    assert long_span(Span(AT, NOW)) == "18 Nov 2026 23:30 to 19 Nov 2026 14:06 UTC"


def test_spans_are_on_the_first_clock():
    assert span_words(Span(AT, NOW), AMSTERDAM) == "19 Nov 00:30 to 15:06"


@pytest.mark.parametrize(("seconds", "words"), [(-5, "0 s ago"), (90, "90 s ago"), (6000, "100 min ago")])
def test_an_age_is_a_duration(seconds, words):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-11-13 21:15", "2026-11-13 22:40", "13 Nov 21:15 to 22:40"),
        ("2026-11-03 00:00", "2026-11-04 00:00", "3 Nov 00:00 to 4 Nov 00:00"),
        ("2026-11-13 23:59", "2026-11-14 00:01", "13 Nov 23:59 to 14 Nov 00:01"),
        ("2026-11-13 21:15:07", "2026-11-13 21:16:07", "13 Nov 21:15 to 21:16"),
        ("2026-11-13 21:15:07", "2026-11-13 21:16:06", "13 Nov 21:15:07 to 21:16:06"),
        ("2026-11-13 23:59:59", "2026-11-14 00:00:00", "13 Nov 23:59:59 to 14 Nov 00:00:00"),
        ("2026-11-13 00:00", "2026-12-13 00:00", "13 Nov 00:00 to 13 Dec 00:00"),
    ],
)
def test_span_is_worded_briefly(since, until, words):
    assert span_words(Span(*(datetime.fromisoformat(end).replace(tzinfo=UTC) for end in (since, until)))) == words
