"""Denials of a person and an app that denied them, with the last denial: how many, and which are the newest.

There may be hundreds of thousands, and a page shows a few. So the database counts them where it can.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol, Self

from django.db.models import Count, QuerySet

from logsync.insight.app_names import AppKey
from logsync.models import PersonAtApp
from logsync.models.lookups import by_code_point

Pair = tuple[int, str, str]  # account, app_uid and person
PAIR = ("account", "app_uid", "person")


class Denials(Protocol):
    """A set of pairs, each with its last denial."""

    def __len__(self) -> int: ...

    def at(self, app: AppKey) -> Self:
        """The pairs of one app."""

    def since(self, moment: datetime) -> Self:
        """The pairs whose last denial is at this moment or later."""

    @property
    def people(self) -> int:
        """How many people; each counts once, at however many apps."""

    @property
    def apps(self) -> Counter[AppKey]:
        """How many people at each app."""

    @property
    def by_person(self) -> dict[str, list[AppKey]]:
        """The apps of each person, in their order."""

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        """The newest denials first, at most so many; ties in the order of code points."""


@dataclass(frozen=True)
class StoredDenials:
    """Denials from the stored newest times, see `logsync.derived.people`."""

    rows: QuerySet[PersonAtApp]

    def __len__(self) -> int:
        return sum(self.apps.values())

    def at(self, app: AppKey) -> StoredDenials:
        return StoredDenials(self.rows.filter(account=app[0], app_uid=app[1]))

    def since(self, moment: datetime) -> StoredDenials:
        return StoredDenials(self.rows.filter(denied_at__gte=moment))

    @cached_property
    def people(self) -> int:
        return int(self.rows.aggregate(people=Count("person", distinct=True))["people"])

    @cached_property
    def apps(self) -> Counter[AppKey]:
        counts = self.rows.order_by().values_list("account", "app_uid").annotate(n=Count("pk"))
        return Counter({row[:2]: row[2] for row in counts})

    @cached_property
    def by_person(self) -> dict[str, list[AppKey]]:
        return _by_person(self.rows.order_by().values_list(*PAIR))

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        in_order = self.rows.order_by("-denied_at", "account", by_code_point("app_uid"), by_code_point("person"))
        rows = in_order.values_list(*PAIR, "denied_at")
        return [(row[:3], row[3]) for row in rows[:most]]


@dataclass(frozen=True)
class ScannedDenials:
    """Denials found by reading the logins, with the last denial among these."""

    denied_at: dict[Pair, datetime]

    def __len__(self) -> int:
        return len(self.denied_at)

    def at(self, app: AppKey) -> ScannedDenials:
        return self._where(lambda pair, _: pair[:2] == app)

    def since(self, moment: datetime) -> ScannedDenials:
        return self._where(lambda _, at: at >= moment)

    def _where(self, holds: Callable[[Pair, datetime], bool]) -> ScannedDenials:
        return replace(self, denied_at={pair: at for pair, at in self.denied_at.items() if holds(pair, at)})

    @cached_property
    def people(self) -> int:
        return len(self.by_person)

    @cached_property
    def apps(self) -> Counter[AppKey]:
        return Counter(pair[:2] for pair in self.denied_at)

    @cached_property
    def by_person(self) -> dict[str, list[AppKey]]:
        return _by_person(self.denied_at)

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        in_order = sorted(sorted(self.denied_at.items()), key=lambda found: found[1], reverse=True)
        return in_order[:most]


def _by_person(pairs: Iterable[Pair]) -> dict[str, list[AppKey]]:
    apps: dict[str, list[AppKey]] = defaultdict(list)
    for account, app_uid, person in sorted(pairs):
        apps[person].append((account, app_uid))
    return dict(apps)
