"""One look at a world: opens its pages, and keeps what is untrue on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.dashboard.reading import records_of
from tests.worlds.reading import Reading, reading_of
from tests.worlds.truth import Truth
from tests.worlds.world import World

LENGTHS = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a range, None where it is open, and an account, blank for all."""

    since: datetime | None
    until: datetime | None
    account_id: str = ""


@dataclass
class Look:
    """`untrue` are the claims that do not hold, each with its kind and page; `claims` is how many were checked."""

    world: World
    browser: Client
    random: Random
    truth: Truth = field(init=False)
    claims: int = 0
    untrue: list[tuple[str, str]] = field(default_factory=list)
    _answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.truth = Truth(self.world)

    def claim(self, kind: str, holds: bool, path: str, words: str) -> None:
        """Count a claim of a page, and keep it if it does not hold."""
        self.claims += 1
        if not holds:
            self.untrue.append((kind, f"{path} {words}"))

    def page(self, path: str) -> Reading:
        """A page, read once."""
        if path not in self._answers:
            self._answers[path] = reading_of(self.browser.get(path))
        reading: Reading = self._answers[path]
        return reading

    def export(self, path: str) -> tuple[list[dict[str, str]], Any]:
        """The rows of an export, and its header fields."""
        if path not in self._answers:
            response = self.browser.get(path)
            assert response.status_code == 200, f"{path} answered {response.status_code}"
            self._answers[path] = records_of(response), response.headers
        found: tuple[list[dict[str, str]], Any] = self._answers[path]
        return found

    def asked(self, path: str) -> Asked:
        """The range and the account that an address asks for; without any, the last 24 hours of all."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        account_id = query.get("account", "")
        if "since" in query or "until" in query:
            since, until = (
                datetime.fromisoformat(query[name]) if name in query else None for name in ("since", "until")
            )
            return Asked(since, until, account_id)
        length = LENGTHS.get(query.get("range", "24h"))
        return Asked(self.world.now - length if length else None, None, account_id)

    def some(self, items: Iterable[Any], most: int) -> list[Any]:
        """At most so many of these, at random."""
        items = list(items)
        return items if len(items) <= most else self.random.sample(items, most)
