"""What changed most between two spans of equal length: denials by app, by person, failed updates by problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Abs

from logsync.spans import BEGINNING, Span


@dataclass(frozen=True, slots=True)
class Change:
    """How many rows have these values in a span, and how many had them before; None if that is not compared."""

    key: tuple[Any, ...]
    now: int
    before: int | None


def most_changed(
    rows: QuerySet[Any], time_field: str, keys: Sequence[str], span: Span, before: Span | None, most: int
) -> list[Change]:
    """The values of these fields whose number of rows changed most; ties: most rows, then newest row.

    `rows` are rows of any time, `before` is the span that ends where `span` begins. Without it nothing is compared, and
    the values with most rows come first.
    """
    inside = Q(pk__isnull=False) if span.since == BEGINNING else Q(**{f"{time_field}__gte": span.since})
    both: Any = rows
    counted = (
        both.between(before.since if before else span.since, span.until)
        .order_by()
        .values_list(*keys)
        .annotate(now=Count("pk", filter=inside), earlier=Count("pk", filter=~inside), newest=Max("pk"))
        .annotate(change=Abs(F("now") - F("earlier")))
        .order_by("-change", "-now", "-newest")[:most]
    )
    return [Change(tuple(key), now, earlier if before else None) for *key, now, earlier, _, _ in counted]
