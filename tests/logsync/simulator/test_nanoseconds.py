from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.simulator import nanoseconds


@pytest.mark.parametrize(
    ("written", "at", "precision"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000_000, 1_000_000_000),
        ("1970-01-01T00:00:00.5Z", 500_000_000, 100_000_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456_789, 1),
        ("1970-01-01t01:00:00.12345+01:00", 123_450_000, 10_000),
        ("1969-12-31T23:59:59z", -1_000_000_000, 1_000_000_000),
    ],
)
def test_time_is_parsed_to_last_digit(written: str, at: int, precision: int) -> None:
    assert nanoseconds.parse(written) == (at, precision)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2026-11-19",
        "2026-11-19T14:06:12",
        "2026-13-19T14:06:12Z",
        "2026-11-19 14:06:12Z",
        "1763",
    ],
)
def test_invalid_rfc_3339_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        nanoseconds.parse(written)


@given(st.integers(0, 4_000_000_000_000_000_000), st.integers(0, 9))
def test_formatted_time_parses_back_exactly(at: int, digits: int) -> None:
    kept = at - at % 10 ** (9 - digits)
    assert nanoseconds.parse(nanoseconds.text(kept, digits)) == (kept, 10 ** (9 - digits))


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_logged_time_is_within_its_second(at: int) -> None:
    kept, text = nanoseconds.as_logged(at)
    assert nanoseconds.parse(text)[0] == kept
    assert at // nanoseconds.SECOND * nanoseconds.SECOND <= kept <= at


def test_days_and_datetimes_count_from_1970() -> None:
    day = datetime(2026, 11, 19, 9, 12, 30, tzinfo=UTC)
    number = nanoseconds.day_of(day.date())
    assert nanoseconds.date_of(number) == day.date()
    assert nanoseconds.at(number, "09:12:30") == nanoseconds.from_datetime(day)
    assert nanoseconds.to_datetime(nanoseconds.at(number, "09:12")) == day - timedelta(seconds=30)
