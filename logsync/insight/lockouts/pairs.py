"""People and applications, each pair with the last denial of that person there: counted, and the newest of them told.

There may be hundreds of thousands, of which a page shows a few: what can be is counted by the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol, Self

from django.db.models import Count, QuerySet

from logsync.models import PersonAtApp
from logsync.models.lookups import by_code_point

AppKey = tuple[int, str]  # account and app_uid
Pair = tuple[int, str, str]  # account, app_uid and person
PAIR = ("account", "app_uid", "person")


class Pairs(Protocol):
    """Pairs with their last denial."""

    def __len__(self) -> int: ...

    def at(self, app: AppKey) -> Self:
        """Those of one application."""

    def since(self, moment: datetime) -> Self:
        """Those whose last denial is not before a moment."""

    @property
    def people(self) -> int:
        """How many people they are, each once however many applications."""

    @property
    def apps(self) -> Counter[AppKey]:
        """How many people there are at each application."""

    @property
    def persons(self) -> Counter[str]:
        """At how many applications each person is."""

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        """The newest denials first, at most so many; at equal times in the order of code points."""


@dataclass(frozen=True)
class StoredDenials:
    """Pairs by the newest times that are kept, see `logsync.derived.people`."""

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
    def persons(self) -> Counter[str]:
        return Counter(dict(self.rows.order_by().values_list("person").annotate(n=Count("pk"))))

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        in_order = self.rows.order_by("-denied_at", "account", by_code_point("app_uid"), by_code_point("person"))
        rows = in_order.values_list(*PAIR, "denied_at")
        return [(row[:3], row[3]) for row in rows[:most]]


@dataclass(frozen=True)
class ScannedDenials:
    """Pairs that were read from the log, with their last denial in it."""

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
        return len(self.persons)

    @cached_property
    def apps(self) -> Counter[AppKey]:
        return Counter(pair[:2] for pair in self.denied_at)

    @cached_property
    def persons(self) -> Counter[str]:
        return Counter(person for *_, person in self.denied_at)

    def newest(self, most: int | None = None) -> list[tuple[Pair, datetime]]:
        in_order = sorted(sorted(self.denied_at.items()), key=lambda found: found[1], reverse=True)
        return in_order[:most]
