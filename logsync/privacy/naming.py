"""Find an e-mail address in any text, and put another in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from logsync.models.people import LONGEST_ADDRESS

# RFC 2606 keeps this domain free, so it is nobody's; as an address it leaves JSON and sentences as they are.
ERASED = "erased", "erased.invalid"
# The sign as it is, in addresses of pages, and in JSON.
SIGNS = ("@", "%40", "\\u0040")
# What a name before the sign may have (RFC 5322 3.2.3, with the dot), apart from letters and digits.
PART_OF_NAME = "._%+-"
SELDOM_IN_NAME = "!#$&'*/=?^`{|}~"
# No name of an address has so many of these that more beginnings are worth a look.
MOST_BEGINNINGS = 8
# After a backslash these stand for a character of their own, and not for a letter.
ESCAPED = "nrtbf"


def without_addresses(text: str, is_erased: Callable[[str], bool]) -> str:
    """The text with another address in place of those of whom this is true; it is asked with each address found.

    The time is linear: no more is looked at around a sign than an address can be long.
    """
    parts, done = [], 0
    for start, end, sign, address in addresses_in(text):
        if start >= done and is_erased(address):
            parts += [text[done:start], sign.join(ERASED)]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def without_addresses_in(value: Any, is_erased: Callable[[str], bool]) -> Any:
    """The same for every string and key in a decoded JSON value."""
    if isinstance(value, str):
        return without_addresses(value, is_erased)
    if isinstance(value, list):
        return [without_addresses_in(part, is_erased) for part in value]
    if isinstance(value, dict):
        return {
            without_addresses(name, is_erased): without_addresses_in(part, is_erased) for name, part in value.items()
        }
    return value


def names_address(text: str, address: str) -> bool:
    """Whether the text names this address, in any case."""
    return any(found == address for *_, found in addresses_in(text))


def spellings(address: str) -> set[str]:
    """What a text has that names this address, if it ignores case."""
    return {address.replace("@", sign) for sign in SIGNS} | {json.dumps(address)[1:-1]}


def addresses_in(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The start, the end, the sign and the words in lower case of whatever may be an address, in order.

    A name may begin in several places: `'ada@x.example'` is an address in quotes, or one whose name begins with a
    quote. The longest comes first.
    """
    lower = text.lower()
    if len(lower) != len(text):
        # A few letters have two in lower case.
        lower = "".join(one if len(one.lower()) != 1 else one.lower() for one in text)
    begin = 0
    for at, sign in _signs_in(lower):
        end = _end_of_domain(lower, at + len(sign))
        for start in _starts_of_name(lower, begin, at):
            yield start, end, sign, f"{lower[start:at]}@{lower[at + len(sign) : end]}"
        # No name goes back beyond another sign, so that nothing is looked at twice.
        begin = at + len(sign)


def _signs_in(text: str) -> Iterator[tuple[int, str]]:
    found = []
    for sign in SIGNS:
        at = text.find(sign)
        while at >= 0:
            found.append((at, sign))
            at = text.find(sign, at + len(sign))
    return iter(sorted(found))


def _end_of_domain(text: str, begin: int) -> int:
    end = begin
    last = min(len(text), begin + LONGEST_ADDRESS)
    while end < last and (text[end].isalnum() or text[end] in "-."):
        end += 1
    # A dot at the end is the sentence's.
    while end > begin and text[end - 1] in "-.":
        end -= 1
    return end


def _starts_of_name(text: str, begin: int, sign: int) -> list[int]:
    """Where a name before a sign may begin, but not before `begin`; the first place first."""
    starts: list[int] = []
    start = sign
    first = max(begin, sign - LONGEST_ADDRESS)
    while start > first and len(starts) < MOST_BEGINNINGS:
        before = text[start - 1]
        if start < sign and before in ESCAPED and start > 1 and text[start - 2] == "\\":
            starts.append(start)
        if not (before.isalnum() or before in PART_OF_NAME):
            if start < sign:
                starts.append(start)
            if before not in SELDOM_IN_NAME:
                return starts[::-1]
        start -= 1
    return sorted({start, *starts}) if start < sign else []
