"""What Cloudflare's headers say about the token's limit and the time, and the gate that decides when to call.

Sources: "Rate limits" in Cloudflare's API fundamentals for `Ratelimit` and `Ratelimit-Policy`, which are seen with and
without quotes; RFC 9110, 6.6.1 for `Date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

# RFC 9110, 5.6.7: the form that is sent today, and the two that a recipient must still read.
_DATE_FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
# So few digits that every number is finite.
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_AROUND_A_WORD = ' \t"'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a token has left: `remaining` calls; the count starts again in `resets_in` seconds.

    The policy behind it is `limit` calls in `window` seconds; None if Cloudflare did not say.
    """

    remaining: int
    resets_in: float
    limit: int | None
    window: float | None


def allowance_of(headers: Mapping[str, str]) -> Allowance | None:
    """Read `Ratelimit` and `Ratelimit-Policy`; None if they say nothing useful. Never raises.

    Of several limits, the one that is used up first counts; its policy is the one with the same name, else the first.
    """
    limits = [
        (said["r"], said["t"], name) for name, said in _items(headers.get("Ratelimit", "")) if {"r", "t"} <= said.keys()
    ]
    if not limits:
        return None
    remaining, resets_in, name = min(limits, key=lambda limit: (limit[0], -limit[1]))
    policies = list(_items(headers.get("Ratelimit-Policy", "")))
    policy = next((said for named, said in policies if named == name), policies[0][1] if policies else {})
    return Allowance(int(remaining), resets_in, int(policy["q"]) if "q" in policy else None, policy.get("w"))


def _items(header: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Each limit of a header: its name, and its parameters that are numbers."""
    for item in header.split(","):
        name, *parameters = item.split(";")
        yield name.strip(_AROUND_A_WORD), dict(_numbers(parameters))


def _numbers(parameters: list[str]) -> Iterator[tuple[str, float]]:
    for parameter in parameters:
        name, _, value = (part.strip(_AROUND_A_WORD) for part in parameter.partition("="))
        if _NUMBER.fullmatch(value):
            yield name.lower(), float(value)


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    """The `Date` at which Cloudflare sent the answer, in UTC, to the second; None if it cannot be read."""
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(headers.get("Date", "").strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


class Gate(Protocol):
    """Decides when Cloudflare may be called, for everything that shares a token."""

    def before_call(self) -> None:
        """Raises PausedError while the token has to wait."""

    def after_call(self, allowance: Allowance | None) -> None:
        """Cloudflare answered: what is left to the token; None if it did not say."""

    def block(self, seconds: float) -> None:
        """Cloudflare refuses every call of this token for this long."""


class OpenGate:
    """Lets every call through."""

    def before_call(self) -> None:
        """Never raises."""

    def after_call(self, allowance: Allowance | None) -> None:
        """Keeps nothing."""

    def block(self, seconds: float) -> None:
        """Keeps nothing."""
