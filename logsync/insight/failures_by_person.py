"""Failed logins added up by person, and by app for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logsync.insight.app_names import AppKey
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.models.attempts import moment, select_from_attempts


@dataclass(frozen=True, slots=True)
class DeniedPerson:
    """Somebody who was denied in so many `attempts`, in so many `rows`.

    `apps` are the apps that denied them, most attempts first. They are still locked out of some of these, and never had
    access to others; they have got into the rest since.
    """

    person: str
    attempts: int
    rows: int
    apps: Sequence[AppKey]
    first: datetime
    last: datetime
    locked_out_of: Sequence[AppKey] = ()
    never_had_access_to: Sequence[AppKey] = ()

    @property
    def app_count(self) -> int:
        return len(self.apps)

    @property
    def out_count(self) -> int:
        """How many apps they can't get into now."""
        return len(self.locked_out_of) + len(self.never_had_access_to)


def failures_by_person(denied: Any, outcomes: Outcomes) -> list[DeniedPerson]:
    """Everybody with a row among these denials, the newest denial first. `outcomes` says what became of them."""
    sums = select_from_attempts(
        denied,
        ["person", "account", "app_uid"],
        '"person", "account", "app_uid", COUNT(*), SUM("rows"), MIN("first"), MAX("last")',
        'GROUP BY "person", "account", "app_uid" ORDER BY MAX("last") DESC, MAX("newest") DESC',
    )
    at_apps: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for person, *values in sums:
        at_apps[person].append(tuple(values))
    locked_out, never_had_access = outcomes.locked_out.by_person, outcomes.never_had_access.by_person
    return [
        _denied_person(person, values, locked_out.get(person, ()), never_had_access.get(person, ()))
        for person, values in at_apps.items()
    ]


def _denied_person(
    person: str, at_apps: Sequence[tuple[Any, ...]], locked_out: Sequence[AppKey], never_had_access: Sequence[AppKey]
) -> DeniedPerson:
    """`at_apps` has account, app_uid, attempts, rows, the first and the last moment for each app."""
    _, _, attempts, rows, firsts, lasts = zip(*at_apps, strict=True)
    most_first = sorted(at_apps, key=lambda values: (-values[2], values[:2]))
    return DeniedPerson(
        person=person,
        attempts=sum(attempts),
        rows=sum(map(int, rows)),
        apps=[values[:2] for values in most_first],
        first=moment(min(firsts)),
        last=moment(max(lasts)),
        locked_out_of=locked_out,
        never_had_access_to=never_had_access,
    )
