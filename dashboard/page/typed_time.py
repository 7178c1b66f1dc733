"""Times as people type them: "19 Nov 14:00", "yesterday", "9:30". Each is of the time zone that it is read in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.dateparse import parse_date

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
LONGEST = 64
# "14:00", "9:30:15", behind a day or alone.
TIME = re.compile(r"(?:^|[ ,]+)(\d{1,2}):(\d\d)(?::(\d\d))?$")
DAY_FIRST = re.compile(r"(\d{1,2})\.? +([a-z]{3,9})\.?,?(?: +(\d{4}))?")
MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? +(\d{1,2})(?:,? +(\d{4}))?")


def read_typed(text: str, now: datetime, zone: tzinfo, *, is_end: bool) -> datetime | None:
    """The moment that a text means, in the zone that it was typed in; None if it is not a time.

    A day alone means its beginning, or its end where it ends a range. A day without a year is the last such day.
    """
    text = text.strip().lower() if len(text) <= LONGEST else ""
    if text.endswith(" utc"):
        text, zone = text.removesuffix(" utc"), UTC
    here = now.astimezone(zone)
    if text == "now":
        return now
    clock = TIME.search(text)
    at = _time(clock) if clock else None
    if clock and at is None:
        return None
    day = _day(text[: clock.start()] if clock else text, here.date(), is_time_given=clock is not None)
    try:
        if day is None:
            return None
        if at is not None:
            return datetime.combine(day, at, zone)
        return datetime.combine(day + timedelta(days=1) if is_end else day, time.min, zone)
    except OverflowError:
        return None


def _time(found: re.Match[str]) -> time | None:
    hour, minute, second = (int(part or 0) for part in found.groups())
    # Midnight at the end of a day is the beginning of the next, and not written 24:00 here.
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _day(text: str, today: date, *, is_time_given: bool) -> date | None:
    named = {"today": today, "yesterday": today - timedelta(days=1)} | ({"": today} if is_time_given else {})
    if text in named:
        return named[text]
    try:
        if found := DAY_FIRST.fullmatch(text):
            return _dated(found[3], found[2], found[1], today)
        if found := MONTH_FIRST.fullmatch(text):
            return _dated(found[3], found[1], found[2], today)
        return parse_date(text)
    except ValueError:
        return None


def _dated(year: str | None, month: str, day: str, today: date) -> date | None:
    number = next((place for place, name in enumerate(MONTHS, start=1) if name.startswith(month)), 0)
    if not number:
        return None
    if year:
        return date(int(year), number, int(day))
    # In eight years there is a 29 February.
    for years_ago in range(9):
        try:
            found = date(today.year - years_ago, number, int(day))
        except ValueError:
            continue
        if found <= today:
            return found
    return None
