"""Pages of a list by keyset: "after this row" instead of "skip so many".

A page far down costs no more than the first, and new rows shift nothing. The id breaks every tie. Text sorts by code
point, so that both databases agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, F, IntegerField, Model, Q, QuerySet, TextField, Value, When

from dashboard.lists.layout import PAGE_SIZE
from logsync.models.lookups import by_code_point

COUNT_CAP = 10_000
MISPLACED = "This address of a page was cut, or the row that it names is gone; here is the first page."


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` in order; `after` and `before` are the places of the neighbouring pages, blank if there is none.

    `problem` is a sentence if the place in the address could not be read; you then get the first page.
    """

    rows: list[Any]
    after: str = ""
    before: str = ""
    problem: str = ""


def read_page(rows: QuerySet[Any], sort: str, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """The page after, or before, a place. `sort` is a field name, with a leading "-" for descending."""
    name, descending = sort.lstrip("-"), sort.startswith("-")
    rows = rows.annotate(sort_key=_sort_key(rows.model, name))
    place = _place(rows, sort, after or before)
    if (after or before) and place is None:
        first = read_page(rows, sort, size=size)
        return Page(first.rows, first.after, problem=MISPLACED)
    backwards = bool(before) and place is not None
    direction = "-" if descending != backwards else ""
    if place is not None:
        rows = rows.filter(_beyond(place, downwards=direction == "-"))
    found = list(rows.order_by(f"{direction}sort_key", f"{direction}id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    return Page(
        found,
        after=place_of(found[-1].pk, sort) if found and (more or backwards) else "",
        before=place_of(found[0].pk, sort) if found and (more if backwards else place is not None) else "",
    )


def ordered(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """All rows in the order of the pages."""
    direction = "-" if sort.startswith("-") else ""
    keyed: QuerySet[Any] = rows.annotate(sort_key=_sort_key(rows.model, sort.lstrip("-")))
    return keyed.order_by(f"{direction}sort_key", f"{direction}id")


def ordered_after(rows: QuerySet[Any], sort: str, after: str) -> QuerySet[Any] | None:
    """The rows after a place in the order of the pages; None if there is no such place."""
    place = _place(rows, sort, after)
    if place is None:
        return None
    return ordered(rows, sort).filter(_beyond(place, downwards=sort.startswith("-")))


def place_of(row_id: int, sort: str) -> str:
    """A row's place in an address: its id, since the key is log text of any length."""
    return f"{sort}.{row_id}"


def count_up_to_cap(rows: QuerySet[Any]) -> int:
    """How many rows there are; COUNT_CAP + 1 if they are more than COUNT_CAP."""
    return rows.order_by()[: COUNT_CAP + 1].count()


def count_words(count: int) -> str:
    """A count in words: "1,234", or "10,000+" above the cap."""
    return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"


def _sort_key(model: type[Model], name: str) -> Any:
    field = model._meta.get_field(name)
    if isinstance(field, BooleanField):
        # NULL can't be compared, so unknown gets a number too.
        return Case(
            When(**{name: True}, then=Value(2)),
            When(**{name: False}, then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
    return by_code_point(name) if isinstance(field, TextField) else F(name)


def _beyond(place: tuple[Any, int], *, downwards: bool) -> Q:
    key, row_id = place
    way = "lt" if downwards else "gt"
    return Q(**{f"sort_key__{way}": key}) | Q(sort_key=key, **{f"id__{way}": row_id})


def _place(rows: QuerySet[Any], sort: str, name: str) -> tuple[Any, int] | None:
    """The sort key and id of the row at that place; None if there is none in this order."""
    match = re.fullmatch(rf"{re.escape(sort)}\.([0-9]{{1,18}})", name)
    if match is None:
        return None
    keyed = rows.model._default_manager.annotate(sort_key=_sort_key(rows.model, sort.lstrip("-")))
    row = keyed.filter(pk=int(match[1])).first()
    return (row.sort_key, row.pk) if row else None
