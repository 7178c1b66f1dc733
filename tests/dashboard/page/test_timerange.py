"""A page says which time it is about, or what is wrong with the time that it was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.page.timerange import CALENDAR, EARLIEST, LATEST, RANGES, TimeRange, parse_moment
from dashboard.page.viewer import Viewer
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
        ("since=2026-11-09T06:00:00Z&until=2026-11-10T01:00:00%2B01:00", "9 Nov 2026 06:00 to 10 Nov 2026 00:00 UTC"),
        ("since=2026-11-09&until=2026-11-10T01:00:00%2B01:00", "9 Nov 2026 (UTC)"),
        ("since=2026-11-09&until=2026-11-12", "9 to 11 Nov 2026 (UTC)"),
        ("since=2026-10-31&until=2026-11-02", "31 Oct to 1 Nov 2026 (UTC)"),
        ("since=2025-12-31&until=2026-01-02", "31 Dec 2025 to 1 Jan 2026 (UTC)"),
        ("range=today", "today"),
        ("range=last-week", "last week"),
        ("range=today&zone=Europe/Berlin", "today (Berlin)"),
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
        f"There is no range “{name}”; choose one of 15m, 1h, 24h, 7d, 30d, 90d, all, today, yesterday, this-week, "
        "last-week, this-month, last-month, or give since and until.",
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


# The calendar, and a zone of its own. NOW is a Thursday.

BERLIN = Viewer(zone=ZoneInfo("Europe/Berlin"), clock="local")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("today", "2026-11-19T00:00", None),
        ("yesterday", "2026-11-18T00:00", "2026-11-19T00:00"),
        ("this-week", "2026-11-16T00:00", None),
        ("last-week", "2026-11-09T00:00", "2026-11-16T00:00"),
        ("this-month", "2026-11-01T00:00", None),
        ("last-month", "2026-10-01T00:00", "2026-11-01T00:00"),
    ],
)
def test_calendar_ranges_begin_at_midnight(name, since, until):
    range = read(f"range={name}")
    assert (range.since, range.until) == (utc(since), utc(until) if until else None)
    assert (range.name, range.calendar, range.problem) == ("", name, "")


def test_days_belong_to_the_zone():
    range = read("range=yesterday&zone=America/New_York")
    assert (range.since, range.until) == (utc("2026-11-18T05:00"), utc("2026-11-19T05:00"))


def test_day_of_clock_change_has_25_hours():
    query, now = QueryDict("range=yesterday&zone=Europe/Berlin"), datetime(2026, 10, 26, 12, tzinfo=UTC)
    range = TimeRange.read(query, now)
    assert (range.since, range.until) == (utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_one_before(month):
    now = datetime(2026, month, 28, 12, tzinfo=UTC)
    last, this = (TimeRange.read(QueryDict(f"range={name}"), now).span for name in ("last-month", "this-month"))
    assert last.until == this.since == datetime(2026, month, 1, tzinfo=UTC)
    assert last.since.day == 1
    assert last.length.days in (28, 29, 30, 31)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("today", "2026-11-18T00:00", "2026-11-19T00:00"),
        ("this-week", "2026-11-09T00:00", "2026-11-16T00:00"),
        ("last-month", "2026-09-01T00:00", "2026-10-01T00:00"),
    ],
)
def test_arrow_back_goes_whole_units(name, since, until):
    assert read(f"range={name}").neighbour(-1) == (utc(since), utc(until))


def test_arrow_on_ends_at_present_unit():
    assert read("range=yesterday").neighbour(1) == (utc("2026-11-19T00:00"), utc("2026-11-20T00:00"))
    assert read("range=today").neighbour(1) is None
    assert read("range=1h").neighbour(1) is None


def test_comparison_is_with_equal_length():
    today = read("range=today")
    assert today.earlier is not None
    assert today.earlier.length == today.length


def test_typed_ends_are_of_the_zone():
    range = read("since=18 Nov 14:00&until=19 Nov 2026 09:30&zone=Europe/Berlin")
    assert (range.since, range.until) == (utc("2026-11-18T13:00"), utc("2026-11-19T08:30"))


def test_typed_day_counts_to_its_end():
    range = read("since=2026-11-17&until=18 Nov&zone=UTC")
    assert (range.since, range.until) == (utc("2026-11-17T00:00"), utc("2026-11-19T00:00"))
    assert read("since=18 Nov 2026&until=18 Nov 2026&zone=UTC").words == "18 Nov 2026 (UTC)"


def test_exact_ends_ignore_the_zone():
    range = read("since=2026-11-18T14:00:00Z&until=2026-11-18T16:00:00%2B01:00&zone=Asia/Tokyo")
    assert (range.since, range.until) == (utc("2026-11-18T14:00"), utc("2026-11-18T15:00"))


def test_words_are_on_the_viewers_clock():
    range = TimeRange.read(QueryDict("since=2026-11-18T14:00:00Z&until=2026-11-18T15:00:00Z"), NOW, BERLIN)
    assert range.words == "18 Nov 2026 15:00 to 18 Nov 2026 16:00 Berlin"
    days = TimeRange.read(QueryDict("since=17 Nov&until=18 Nov&zone=Europe/Berlin"), NOW, BERLIN)
    assert days.words == "17 to 18 Nov 2026 (Berlin)"
    assert TimeRange.read(QueryDict("range=today&zone=Europe/Berlin"), NOW, BERLIN).words == "today"
    assert TimeRange.read(QueryDict("range=today"), NOW, BERLIN).words == "today (UTC)"


@pytest.mark.parametrize("zone", ["Nowhere", "../etc/passwd", "x" * 99, "\0"])
def test_unknown_zone_falls_back_to_default(zone):
    query = QueryDict(mutable=True)
    query.update({"zone": zone, "range": "today"})
    range = TimeRange.read(query, NOW)
    assert range.is_default
    assert range.problem == f"There is no time zone “{zone}”; write it as Europe/Berlin."


def test_untyped_time_says_both_forms():
    range = read("since=soon&zone=UTC")
    assert range.problem == "since=soon is not a time; write it as 19 Nov 2026 14:00 or 2026-11-19T14:00:00Z."


@given(
    st.sampled_from(sorted(CALENDAR)),
    st.datetimes(EARLIEST.replace(year=1971, tzinfo=None), LATEST.replace(tzinfo=None)),
)
def test_calendar_range_holds_its_time(name, moment):
    now = moment.replace(tzinfo=UTC)
    range = TimeRange.read(QueryDict(f"range={name}&zone=Pacific/Auckland"), now)
    assert range.since is not None
    assert range.since <= now
    assert range.until is None or range.since < range.until <= now
