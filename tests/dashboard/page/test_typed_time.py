"""People type times in few letters; what they mean by it is the same for everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.page.typed_time import MONTHS, read_typed
from tests.conftest import NOW


def typed(text: str, zone: str = "UTC", *, is_end: bool = False) -> str | None:
    found = read_typed(text, NOW, ZoneInfo(zone), is_end=is_end)
    return f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if found else None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-19 14:06:12"),
        ("today", "2026-11-19 00:00:00"),
        ("Yesterday", "2026-11-18 00:00:00"),
        ("yesterday 14:00", "2026-11-18 14:00:00"),
        ("yesterday, 9:05", "2026-11-18 09:05:00"),
        ("9:30", "2026-11-19 09:30:00"),
        ("09:30:15", "2026-11-19 09:30:15"),
        ("18 Nov", "2026-11-18 00:00:00"),
        ("18 november", "2026-11-18 00:00:00"),
        ("18 Nov 14:00", "2026-11-18 14:00:00"),
        ("18 Nov 2025, 14:00", "2025-11-18 14:00:00"),
        ("18. Nov. 2025", "2025-11-18 00:00:00"),
        ("Nov 18, 2025 14:00", "2025-11-18 14:00:00"),
        ("november 18", "2026-11-18 00:00:00"),
        ("2026-11-18", "2026-11-18 00:00:00"),
        ("2026-11-18 14:00:30", "2026-11-18 14:00:30"),
        ("  18 Nov 14:00 UTC ", "2026-11-18 14:00:00"),
    ],
)
def test_times_are_read_as_typed(text, moment):
    assert typed(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "24:00",
        "9:60",
        "30 Feb",
        "0 Nov",
        "18 Foo",
        "2026-13-01",
        "18 Nov 20266",
        "18/11/2026",
        "9",
        "x" * 99,
    ],
)
def test_other_texts_are_no_times(text):
    assert typed(text) is None


def test_times_are_of_the_zone():
    assert typed("18 Nov 14:00", "Europe/Berlin") == "2026-11-18 13:00:00"
    assert typed("today", "Asia/Tokyo") == "2026-11-18 15:00:00"
    assert typed("18 Nov 14:00 UTC", "Asia/Tokyo") == "2026-11-18 14:00:00"


def test_missing_year_means_the_past():
    assert typed("19 Nov") == "2026-11-19 00:00:00"
    assert typed("20 Nov") == "2025-11-20 00:00:00"
    assert typed("29 Feb") == "2024-02-29 00:00:00"


@pytest.mark.parametrize("text", ["18 Nov", "yesterday", "2026-11-18"])
def test_last_day_counts_to_its_end(text):
    assert typed(text, is_end=True) == "2026-11-19 00:00:00"
    assert typed(f"{text} 14:00", is_end=True) == "2026-11-18 14:00:00"


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)))
def test_written_times_are_read_back(moment):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_typed(f"{moment:%-d %b %Y %H:%M:%S}", NOW, UTC, is_end=False) == moment
    day = moment.replace(hour=0, minute=0, second=0)
    assert read_typed(
        f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}", NOW, UTC, is_end=True
    ) == day + timedelta(1)


@given(st.text() | st.from_regex(r"\d{1,2} [a-z]{3,9} \d{1,4}( \d{1,2}:\d\d)?"))
def test_any_text_gets_an_answer(text):
    found = read_typed(text, NOW, ZoneInfo("Europe/Berlin"), is_end=True)
    assert found is None or found.tzinfo
