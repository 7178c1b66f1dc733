"""A page says which time it is about, or what is wrong with the time that it was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.page.timerange import EARLIEST, LATEST, RANGES, TimeRange, parse_moment
from tests.conftest import NOW

ZONES = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-14 * 60, 14 * 60))
TWO = datetime(2026, 11, 19, 14, tzinfo=UTC)


def read(query: str) -> TimeRange:
    return TimeRange.read(QueryDict(query), NOW)


def test_range_defaults_to_24_hours():
    assert (read("").since, read("").until) == (NOW - timedelta(hours=24), None)
    assert read("").is_default
    assert read("range=&since=&until=").is_default


@pytest.mark.parametrize(("name", "length"), [(name, length) for name, (length, _) in RANGES.items() if length])
def test_named_range_ends_now(name, length):
    range = read(f"range={name}")
    assert (range.since, range.until, range.length) == (NOW - length, None, length)


def test_all_time_has_no_start():
    assert (read("range=all").since, read("range=all").length) == (None, None)


def test_named_ranges_are_stable():
    assert list(RANGES) == ["15m", "1h", "24h", "7d", "30d", "90d", "all"]


def test_explicit_times_override_named_range():
    range = read("range=7d&since=2026-11-19T13:00:00Z&until=2026-11-19T14:00:00Z")
    assert (range.since, range.until, range.name) == (TWO - timedelta(hours=1), TWO, "")
    assert range.length == timedelta(hours=1)


def test_range_may_be_open_ended():
    assert (read("since=2026-11-19T14:00:00Z").until, read("until=2026-11-19T14:00:00Z").since) == (None, None)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=1h", "last hour"),
        ("range=all", "all time"),
        ("since=2026-11-09T06:00:00Z", "since 9 Nov 2026 06:00 UTC"),
        ("until=2026-11-09", "until 9 Nov 2026 00:00 UTC"),
        ("since=2026-11-09&until=2026-11-10T01:00:00%2B01:00", "9 Nov 2026 00:00 to 10 Nov 2026 00:00 UTC"),
    ],
)
def test_a_range_is_said_in_words(query, words):
    assert read(query).words == words


def test_neighbouring_ranges_adjoin():
    range = read("since=2026-11-19T10:00:00Z&until=2026-11-19T12:00:00Z")
    assert range.earlier == (TWO - timedelta(hours=6), TWO - timedelta(hours=4))
    assert range.later == (TWO - timedelta(hours=2), TWO)
    assert read("range=1h").earlier == (NOW - timedelta(hours=2), NOW - timedelta(hours=1))


def test_next_range_never_exceeds_now():
    assert read("since=2026-11-19T10:00:00Z&until=2026-11-19T14:00:00Z").later == (TWO, NOW)
    assert read("range=1h").later is None
    assert read("since=2026-11-19&until=2026-11-21").later is None


@pytest.mark.parametrize("query", ["range=all", "until=2026-11-19", "since=0001-01-01", "since=2026-11-20"])
def test_unbounded_range_has_no_previous(query):
    assert read(query).earlier is None


@pytest.mark.parametrize("name", ["5y", "24H", "24h ", "-1h", "<script>", "\0"])
def test_unknown_range_falls_back_to_default(name):
    query = QueryDict(mutable=True)
    query["range"] = name
    range = TimeRange.read(query, NOW)
    assert (range.is_default, range.problem) == (
        True,
        f"There is no range “{name}”; choose one of 15m, 1h, 24h, 7d, 30d, 90d, all, or give since and until.",
    )


@pytest.mark.parametrize("end", ["since", "until"])
@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30", "14:00", "1763560000", "2026-11-19T25:00Z"])
def test_invalid_time_falls_back_to_default(end, text):
    range = read(f"{end}={text}")
    assert range.is_default
    assert range.problem == f"{end}={text} is not a time; write it as 2026-11-19T14:00:00Z."


@pytest.mark.parametrize("until", ["2026-11-19T13:59:59Z", "2026-11-19T14:00:00Z"])
def test_empty_range_falls_back_to_default(until):
    range = read(f"since=2026-11-19T14:00:00Z&until={until}")
    assert (range.is_default, range.problem) == (True, "The range ends before it begins; swap since and until.")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-19T14:00:00Z",
        "2026-11-19t14:00:00z",
        "2026-11-19T14:00:00.000000000Z",
        "2026-11-19T14:00:00+00:00",
        "2026-11-19T14:00:00 00:00",  # the plus sign of an address arrives as a blank
        "2026-11-19T15:30:00 01:30",
        "2026-11-19T09:00:00-05:00",
        "2026-11-19T14:00:00",
        "2026-11-19T14:00",
        "2026-11-19 14:00:00",
        " 2026-11-19T14:00:00Z ",
    ],
)
def test_several_time_formats_are_accepted(text):
    assert parse_moment(text) == TWO


def test_date_means_midnight_utc():
    assert parse_moment("2026-11-19") == datetime(2026, 11, 19, tzinfo=UTC)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=ZONES))
def test_rfc_3339_survives_lost_plus(moment):
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(moment.isoformat().replace("+", " ")) == moment


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[Z+-].{0,6}"))
def test_invalid_times_never_raise(text):
    moment = parse_moment(text)
    assert moment is None or (moment.tzinfo is UTC and EARLIEST <= moment <= LATEST)


@pytest.mark.parametrize(
    ("text", "taken_as"),
    [
        ("0001-01-01", EARLIEST),
        ("0001-01-01T00:00:00+14:00", EARLIEST),
        ("1969-12-31T23:59:59Z", EARLIEST),
        ("2200-01-01T00:00:01Z", LATEST),
        ("9999-12-31", LATEST),
        ("9999-12-31T23:59:59-14:00", LATEST),
    ],
)
def test_moment_beyond_limits_is_clamped(text, taken_as):
    assert parse_moment(text) == taken_as


@pytest.mark.parametrize("since", ["2026-11-20", "2031-01-01", "9999-12-31"])
def test_range_in_future_has_no_neighbours(since):
    range = read(f"since={since}")
    assert (range.length, range.earlier, range.later) == (timedelta(), None, None)
    assert range.span.since < range.span.until


def test_previous_range_ends_at_start():
    assert read("range=7d").earlier == (NOW - timedelta(days=14), NOW - timedelta(days=7))
    assert read("range=all").earlier is None
    assert read("since=0001-01-02").earlier is None


def test_next_range_ends_by_now():
    assert read("range=7d").later is None
    assert read("since=2026-11-18&until=2026-11-19").later == (datetime(2026, 11, 19, tzinfo=UTC), NOW)
    assert read("since=2026-11-16&until=2026-11-17").later == (
        datetime(2026, 11, 17, tzinfo=UTC),
        datetime(2026, 11, 18, tzinfo=UTC),
    )
