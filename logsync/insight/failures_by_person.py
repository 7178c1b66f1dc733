"""Failed logins added up by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, TextField, Value
from django.db.models.functions import Coalesce

from logsync.insight.lockouts.outcomes import Outcomes


@dataclass(frozen=True, slots=True)
class DeniedPerson:
    """Somebody who was denied: `rows` times at `apps` applications, and still locked out of `out` of them."""

    person: str
    rows: int
    apps: int
    first: datetime
    last: datetime
    out: int


def failures_by_person(denied: Any, outcomes: Outcomes) -> list[DeniedPerson]:
    """Everybody with a row among these denials, the newest denial first. `outcomes` says who is still locked out."""
    sums = (
        denied.logins_of_people()
        .order_by()
        # By a value of its own: SQLite would walk the whole index on people to have them in order.
        .annotate(who=Coalesce("person", Value(""), output_field=TextField()))
        .values_list("who")
        .annotate(
            rows=Count("pk"),
            apps=Count("app_uid", distinct=True),
            first=Min("created_at"),
            last=Max("created_at"),
            newest=Max("pk"),
        )
        .order_by("-last", "-newest")
    )
    out = outcomes.locked_out.persons
    return [DeniedPerson(person, rows, apps, first, last, out[person]) for person, rows, apps, first, last, _ in sums]
