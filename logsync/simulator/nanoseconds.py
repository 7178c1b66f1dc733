"""Moments as whole nanoseconds since 1970, as Cloudflare writes up to nine fractional digits.

`datetime` stops at six, and rounded rows would be sorted wrongly.
"""

import re
from datetime import UTC, date, datetime, timedelta

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()

RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)

# How many fractional digits rows have, as often as each occurs in the real log.
DIGITS = (6, 6, 9, 6, 6, 3, 6, 5, 6, 6, 9, 6, 0, 6, 7, 6, 4, 6, 6, 8, 2, 6, 6, 1, 6)


def from_datetime(moment: datetime) -> int:
    since_epoch = moment - EPOCH
    return (since_epoch.days * 86_400 + since_epoch.seconds) * SECOND + since_epoch.microseconds * 1000


def from_timedelta(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1) * 1000


def to_datetime(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at // 1000)


def day_of(day: date) -> int:
    """Return the number of a UTC day, 0 for 1970-01-01."""
    return day.toordinal() - EPOCH_ORDINAL


def date_of(day: int) -> date:
    return date.fromordinal(day + EPOCH_ORDINAL)


def at(day: int, clock: str) -> int:
    """Return the moment of `HH:MM` or `HH:MM:SS` UTC on a day."""
    hours, minutes, seconds = ([*map(int, clock.split(":")), 0])[:3]
    return day * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND


def as_logged(moment: int) -> tuple[int, str]:
    """Return the moment as Cloudflare keeps it, and writes it: cut to 0 to 9 fractional digits."""
    digits = DIGITS[moment // 7 % len(DIGITS)]
    kept = moment - moment % 10 ** (9 - digits)
    return kept, text(kept, digits)


def text(moment: int, digits: int) -> str:
    seconds, fraction = divmod(moment, SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{whole}.{fraction:09d}"[: 20 + digits] + "Z" if digits else whole + "Z"


def parse(value: str) -> tuple[int, int]:
    """Return an RFC 3339 date-time in nanoseconds, and how many of them its last digit is worth."""
    match = RFC3339.fullmatch(value)
    if match is None:
        raise ValueError(f"not an RFC 3339 date-time: {value!r}")
    day, clock, fraction, offset = match.groups()
    whole = datetime.fromisoformat(f"{day}T{clock}{offset.upper().replace('Z', '+00:00')}")
    fraction = fraction or ""
    return from_datetime(whole) + int(fraction.ljust(9, "0")), 10 ** (9 - len(fraction))
