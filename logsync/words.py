"""Counts, durations, moments and equal names in writing: the one place that says how each is written. No Django."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

_SECOND, _MINUTE, _HOUR, _DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 person", "1,204 people". `many` is needed where adding an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def counted_attempts(attempts: int, rows: int, one: str = "attempt") -> str:
    """A number of attempts, with the number of rows where that differs: "12 attempts (360 rows)"."""
    words = counted(attempts, one)
    return words if attempts == rows else f"{words} ({counted(rows, 'row')})"


# What someone did at an app, and what that is called, for the actions of the login log that are no login.
_OTHER_ACTIONS = {
    "logout": ("logged out of", "Log-out"),
    "log_out": ("logged out of", "Log-out"),
    "register": ("registered at", "Registration"),
}


def words_for_action(action: str) -> str:
    """What someone did at an app, where it was no login: "logged out of". An unknown action is quoted."""
    known = _OTHER_ACTIONS.get(action.lower())
    return known[0] if known else f"did “{action}” at"


def action_name(action: str) -> str:
    """What an action that is no login is called: "Log-out". An unknown one keeps its own name."""
    known = _OTHER_ACTIONS.get(action.lower())
    return known[1] if known else action


# The codes that Cloudflare writes in place of a country.
NO_COUNTRIES = {"T1": "Tor", "XX": "Unknown country"}


def country_name(code: str) -> str:
    """What to call the country of a login: its code, but "Tor" for T1."""
    return NO_COUNTRIES.get(code.upper(), code)


# Punctuation of our own sentences, and what stands for it where only ASCII is allowed.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "·": "-", "→": "->"})


def in_ascii(text: str) -> str:
    """A sentence for a header of HTTP: plain quotes, letters without their accents, and "?" for what has no letter."""
    parts = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return letters.encode("ascii", "replace").decode()


def told_apart(named: Mapping[Key, Sequence[str]]) -> dict[Key, str]:
    """A name for each thing that no other has: "Okta", but "Azure AD (Meridian)" where two are called Azure AD.

    Each comes with its name, and then with what may tell it from others of that name, the most telling first. As much
    of it is put into brackets as all things of that name need. The case of letters tells nothing apart.
    """
    alike: dict[str, list[Key]] = {}
    for key, (name, *_) in named.items():
        alike.setdefault(name.casefold(), []).append(key)
    names: dict[Key, str] = {}
    for keys in alike.values():
        details = _telling_details([named[key][1:] for key in keys]) if len(keys) > 1 else [""] * len(keys)
        for key, detail in zip(keys, details, strict=True):
            names[key] = f"{named[key][0]} ({detail})" if detail else named[key][0]
    return names


def _telling_details(details: Sequence[Sequence[str]]) -> list[str]:
    """The first details of each that are not the same for all, until all are different."""
    chosen: list[list[str]] = [[] for _ in details]
    for column in zip(*details, strict=True):
        if len(set(column)) > 1:
            for parts, part in zip(chosen, column, strict=True):
                parts.append(part)
        if len({tuple(parts) for parts in chosen}) == len(chosen):
            break
    return [", ".join(filter(None, parts)) for parts in chosen]


def duration(length: timedelta) -> str:
    """A duration in the largest unit of which it has two, to the nearest: "90 s", "100 min", "3 h", "2 days".

    Less than two of a unit is said in the next smaller one: 100 minutes are not "2 h".
    """
    for unit, name in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if length >= 2 * unit:
            return f"{round(length / unit)} {name}"
    return f"{max(length, timedelta()) // _SECOND} s"


_SPOKEN = {"days": "days", "h": "hours", "min": "minutes", "s": "seconds"}


def spoken_duration(length: timedelta) -> str:
    """The same in whole words, for a sentence: "90 seconds", "100 minutes", "3 hours", "1 second"."""
    number, unit = duration(length).split()
    return f"{number} {_SPOKEN[unit][:-1] if number == '1' else _SPOKEN[unit]}"


def every(pause: timedelta) -> str:
    """How often something happens that has this pause: "every 40 minutes", "every hour", "every 2 days"."""
    for unit, name, whole, larger in (
        (_DAY, "day", 0, ""),
        (_HOUR, "hour", 24, "day"),
        (_MINUTE, "minute", 60, "hour"),
        (_SECOND, "second", 60, "minute"),
    ):
        number = round(pause / unit)
        if number >= 2:
            return f"every {larger}" if number == whole else f"every {number} {name}s"
    return "every second"


def long_duration(length: timedelta) -> str:
    """A duration in its two largest units: "38 s", "2 h 57 min", "3 days 4 h"."""
    seconds = max(length, timedelta()) // _SECOND
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or "0 s"


def day_words(local: datetime) -> str:
    """The day of a moment on the clock of its own zone: "19 Nov", and "19 Nov 2025" in another year than this one."""
    year = "" if local.year == datetime.now(local.tzinfo).year else " %Y"
    return f"{local:%-d %b{year}}"


def exact_moment(at: datetime, timespec: str = "seconds") -> str:
    """A moment for people of any time zone: "19 Nov 2026 14:06:12 UTC"; without seconds if `timespec` is "minutes"."""
    seconds = ":%S" if timespec == "seconds" else ""
    return f"{at.astimezone(UTC):%-d %b %Y %H:%M{seconds}} UTC"


def exact_span(since: datetime, until: datetime, timespec: str = "seconds") -> str:
    """The same of a span, its zone once: "19 Nov 2026 14:06:12 to 19 Nov 2026 14:06:15 UTC"."""
    return f"{exact_moment(since, timespec).removesuffix(' UTC')} to {exact_moment(until, timespec)}"


def rfc3339(moment: datetime, timespec: str = "microseconds") -> str:
    """A moment in UTC by RFC 3339, to the microsecond: "2026-11-19T14:06:12.123456Z".

    `timespec` is that of `datetime.isoformat`: "seconds" cuts the fraction off, "auto" leaves out one that is zero.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
