"""How counts, durations and moments are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from logsync.spans import BEGINNING
from logsync.words import (
    counted,
    country_name,
    day_words,
    duration,
    every,
    exact_moment,
    exact_span,
    in_ascii,
    long_duration,
    rfc3339,
    told_apart,
)


@pytest.mark.parametrize(
    ("named", "names"),
    [
        ([], []),
        ([("Okta", "One", "1"), ("Azure AD", "One", "2")], ["Okta", "Azure AD"]),
        ([("Azure AD", "One", "1"), ("Azure AD", "Two", "2")], ["Azure AD (One)", "Azure AD (Two)"]),
        ([("Azure AD", "One", "1"), ("azure ad", "One", "2")], ["Azure AD (1)", "azure ad (2)"]),
        ([("A", "One", "1"), ("A", "One", "2"), ("A", "Two", "3")], ["A (One, 1)", "A (One, 2)", "A (Two, 3)"]),
        ([("A", "", "1"), ("A", "Two", "2")], ["A", "A (Two)"]),
    ],
)
def test_equal_names_are_told_apart(named, names):
    assert list(told_apart(dict(enumerate(named))).values()) == names


def test_year_is_named_unless_this_one(now):
    assert day_words(now) == "19 Nov"
    assert day_words(now.replace(year=2025)) == "19 Nov 2025"
    # On a clock of its own zone this year has begun already.
    assert day_words(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "31 Dec"


def test_moments_for_any_zone_are_exact():
    at = datetime(2026, 11, 19, 15, 6, 12, tzinfo=timezone(timedelta(hours=1)))
    assert exact_moment(at) == "19 Nov 2026 14:06:12 UTC"
    assert exact_moment(at, "minutes") == "19 Nov 2026 14:06 UTC"
    assert exact_span(at, at + timedelta(minutes=1), "minutes") == "19 Nov 2026 14:06 to 19 Nov 2026 14:07 UTC"


def test_headers_keep_quotes_and_letters():
    assert in_ascii("Zürich’s “old” log… – 日") == 'Zurich\'s "old" log... - ?'


@pytest.mark.parametrize(
    ("code", "name"), [("NL", "NL"), ("T1", "Tor"), ("t1", "Tor"), ("XX", "Unknown country"), ("", "")]
)
def test_only_codes_without_country_change(code, name):
    assert country_name(code) == name


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1204, "1,204 rows"), (-1, "-1 rows")]
)
def test_numbers_stand_with_their_noun(number, words):
    assert counted(number, "row") == words


@pytest.mark.parametrize(("number", "words"), [(1, "1 person"), (2, "2 people"), (12345, "12,345 people")])
def test_irregular_plurals_are_used(number, words):
    assert counted(number, "person", "people") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "every second"),
        (20, "every 20 seconds"),
        (60, "every minute"),
        (40 * 60 + 7, "every 40 minutes"),
        (3599, "every hour"),
        (3600, "every hour"),
        (5400, "every 2 hours"),
        (5100, "every 85 minutes"),
        (86_000, "every day"),
        (2 * 86_400, "every 2 days"),
    ],
)
def test_pauses_are_said_as_rhythms(seconds, words):
    assert every(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (89.9, "89 s"),
        (90, "90 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (100 * 60, "100 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (3 * 3600 - 60, "3 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
        (30 * 86400, "30 days"),
    ],
)
def test_durations_have_two_of_their_unit(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("minutes", [1, 3, 29, 59, 61, 100, 119, 150, 2000, 2879, 3600, 100000])
def test_durations_are_never_far_off(minutes):
    units = {"s": 1, "min": 60, "h": 3600, "days": 86400}
    number, unit = duration(timedelta(minutes=minutes)).split()
    assert int(number) * units[unit] == pytest.approx(minutes * 60, rel=0.2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (38, "38 s"),
        (60, "1 min"),
        (100, "1 min 40 s"),
        (2 * 3600 + 57 * 60 + 30, "2 h 57 min"),
        (86400, "1 day"),
        (3 * 86400 + 4 * 3600 + 59, "3 days 4 h"),
        (3 * 86400 + 59 * 60, "3 days"),
    ],
)
def test_long_durations_have_two_units(seconds, words):
    assert long_duration(timedelta(seconds=seconds)) == words


MOMENT = datetime(2026, 11, 19, 14, 6, 12, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "timespec", "text"),
    [
        (MOMENT, "microseconds", "2026-11-19T14:06:12.123456Z"),
        (MOMENT.replace(microsecond=0), "microseconds", "2026-11-19T14:06:12.000000Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))), "microseconds", "2026-11-19T14:06:12.123456Z"),
        (MOMENT, "seconds", "2026-11-19T14:06:12Z"),
        (MOMENT, "auto", "2026-11-19T14:06:12.123456Z"),
        (MOMENT.replace(microsecond=0), "auto", "2026-11-19T14:06:12Z"),
        (BEGINNING, "seconds", "0001-01-01T00:00:00Z"),
    ],
)
def test_moments_are_written_in_utc(moment, timespec, text):
    assert rfc3339(moment, timespec) == text


@pytest.mark.parametrize("timespec", ["microseconds", "auto"])
def test_a_written_moment_reads_back(timespec):
    assert datetime.fromisoformat(rfc3339(MOMENT, timespec)) == MOMENT
