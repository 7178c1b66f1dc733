"""A person's logins, grouped and counted by the database: an account that monitors an app may have a million rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count, Max, Min, Q

from logsync.insight.identity.person import Person
from logsync.spans import Span


@dataclass(frozen=True, slots=True)
class LoginGroup:
    """A person's logins with the same app, result, connection and country, all with a time or all without.

    `rows`, `first` and `last` are of all that are stored, `in_range` counts those in a span.
    """

    account_id: int
    app_uid: str
    allowed: bool | None
    connection: str
    country: str
    lacks_time: bool
    rows: int
    in_range: int
    first: datetime
    last: datetime


def group_logins(person: Person, span: Span) -> list[LoginGroup]:
    """All stored logins of a person in groups, and how many of each are in the span."""
    alike = person.logins().values_list("account", "app_uid", "allowed", "connection", "country", "lacks_time")
    inside = Q(created_at__gte=span.since, created_at__lt=span.until)
    counts = alike.annotate(
        rows=Count("id"), in_range=Count("id", filter=inside), first=Min("created_at"), last=Max("created_at")
    )
    return [LoginGroup(*row) for row in counts]


def count_by(groups: Iterable[LoginGroup], field: Literal["connection", "country"]) -> Counter[str]:
    """How many login rows have each connection, or each country; "" where the log has none."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[getattr(group, field)] += group.rows
    return counts
