"""What changed most between two spans of equal length: denials by app, by person, failed updates by problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When
from django.db.models.functions import Abs

from logsync.models.attempts import select_from_attempts
from logsync.spans import BEGINNING, Span


@dataclass(frozen=True, slots=True)
class Change:
    """How many rows or attempts have these values in a span, and how many had them before; None if not compared.

    `rows` and `rows_before` are in how many rows these are; None where the numbers are rows themselves.
    """

    key: tuple[Any, ...]
    now: int
    before: int | None
    rows: int | None = None
    rows_before: int | None = None


def most_changed(
    rows: QuerySet[Any], time_field: str, keys: Sequence[str], span: Span, before: Span | None, most: int
) -> list[Change]:
    """The values of these fields whose number of rows changed most; ties: most rows, then newest row.

    `rows` are rows of any time, `before` is the span that ends where `span` begins. Without it nothing is compared, and
    the values with most rows come first.
    """
    inside, both = _inside(time_field, span), cast(Any, rows)
    counted = (
        both.between(before.since if before else span.since, span.until)
        .order_by()
        .values_list(*keys)
        .annotate(now=Count("pk", filter=inside), earlier=Count("pk", filter=~inside), newest=Max("pk"))
        .annotate(change=Abs(F("now") - F("earlier")))
        .order_by("-change", "-now", "-newest")[:most]
    )
    return [Change(tuple(key), now, earlier if before else None) for *key, now, earlier, _, _ in counted]


def most_changed_attempts(
    logins: QuerySet[Any], keys: Sequence[str], span: Span, before: Span | None, most: int
) -> list[Change]:
    """As `most_changed`, but the numbers are attempts of people."""
    both: Any = logins
    is_now = Case(When(_inside("created_at", span), then=Value(1)), default=Value(0), output_field=IntegerField())
    both = both.between(before.since if before else span.since, span.until).annotate(is_now=is_now)
    names = ", ".join(f'"{name}"' for name in keys)
    now, earlier = 'SUM("is_now")', 'SUM(1 - "is_now")'
    rows = 'SUM("is_now" * "rows"), SUM((1 - "is_now") * "rows")'
    order = f'ABS({now} - {earlier}) DESC, {now} DESC, MAX("newest") DESC'
    found = select_from_attempts(
        both, [*keys, "is_now"], f"{names}, {now}, {earlier}, {rows}", f"GROUP BY {names} ORDER BY {order} LIMIT {most}"
    )
    return [
        Change(tuple(key), *((now, earlier, rows, rows_before) if before else (now, None, rows, None)))
        for *key, now, earlier, rows, rows_before in ((*row[:-4], *map(int, row[-4:])) for row in found)
    ]


def _inside(time_field: str, span: Span) -> Q:
    return Q(pk__isnull=False) if span.since == BEGINNING else Q(**{f"{time_field}__gte": span.since})
