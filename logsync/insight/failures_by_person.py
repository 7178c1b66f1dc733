"""Failed logins added up by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logsync.insight.lockouts.outcomes import Outcomes
from logsync.models.attempts import moment, select_from_attempts


@dataclass(frozen=True, slots=True)
class DeniedPerson:
    """Somebody who was denied in so many `attempts`, in so many `rows`, at `apps` applications.

    They are still locked out of `out` of these.
    """

    person: str
    attempts: int
    rows: int
    apps: int
    first: datetime
    last: datetime
    out: int


def failures_by_person(denied: Any, outcomes: Outcomes) -> list[DeniedPerson]:
    """Everybody with a row among these denials, the newest denial first. `outcomes` says who is still locked out."""
    sums = select_from_attempts(
        denied,
        ["person"],
        # The same app_uid in two accounts is two apps.
        '"person", COUNT(*), SUM("rows"), COUNT(DISTINCT "account" || \' \' || "app_uid"), MIN("first"), MAX("last")',
        'GROUP BY "person" ORDER BY MAX("last") DESC, MAX("newest") DESC',
    )
    out = outcomes.locked_out.persons
    return [
        DeniedPerson(person, attempts, int(rows), apps, moment(first), moment(last), out[person])
        for person, attempts, rows, apps, first, last in sums
    ]
