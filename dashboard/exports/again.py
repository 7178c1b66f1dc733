"""What an export would hold if it were run again over the same time."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from dashboard.exported.models import Export, State
from dashboard.lists.views import EventExportView
from dashboard.page.query_string import PLACE, QueryString
from dashboard.page.timerange import RANGE_PARAMETERS
from logsync.models import Installation
from logsync.words import counted, rfc3339

# Longer exports are not counted again: reading them would take as long as exporting them.
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Again:
    """The address that exports the same time again, the page that shows the same rows, and what changed since."""

    href: str
    page_href: str
    # Blank where nobody asked.
    words: str = ""


def again_of(export: Export) -> Again:
    """The addresses, without counting anything."""
    query = fixed_query(export)
    page = export.page + QueryString(query).replacing(head=None) if export.page else ""
    return Again(export.path + QueryString(query).replacing(), page)


def fixed_query(export: Export) -> QueryDict:
    """The query of an export, with its range at the moments that it had then, and from its first row on."""
    query = QueryDict(export.query, mutable=True)
    if export.since is None and export.until is None and _event_list(export) is None:
        # The list is about all time, or about none.
        return query
    for name in (*RANGE_PARAMETERS, *PLACE):
        query.pop(name, None)
    if export.since:
        query["since"] = rfc3339(export.since, "auto")
    query["until"] = rfc3339(export.until or export.as_of, "auto")
    return query


def changes_since(export: Export, request: HttpRequest) -> str:
    """How many rows arrived since and how many are gone, as far as that can be told."""
    listed = _event_list(export)
    if listed is None:
        return "This list is worked out anew each time, so nobody can count what arrived since. Run it and compare."
    asking = copy(request)
    asking.GET = fixed_query(export)  # type: ignore[assignment]
    filterset = listed().filterset(asking)
    if filterset.problems:
        return f"Its filters can’t be read any more: {' '.join(filterset.problems)}"
    rows = filterset.rows().order_by()
    arrived = _count(rows.filter(arrived_at__gt=export.started_at))
    later = f"{counted(arrived, 'row')} of this time arrived later"
    if arrived > MOST_COUNTED:
        return f"More than {MOST_COUNTED:,} rows of this time arrived later."
    if export.state_now != State.COMPLETE:
        return f"{later}. The export did not reach its end, so nobody can say how many rows it would have had."
    if export.has_more or "after" in QueryDict(export.query):
        return f"{later}. The export has only a part of the list, so that the rest can’t be compared."
    if export.rows > MOST_COUNTED:
        return f"{later}. More than {MOST_COUNTED:,} rows are not counted again; run it and compare."
    return _compared(export, _count(rows), arrived)


def _compared(export: Export, now: int, arrived: int) -> str:
    """What became of the rows of an export that has all of them. Rows go when they are old, or a person is erased."""
    more, gone = now - export.rows, export.rows + arrived - now
    if not more:
        total = "As many rows as then"
    else:
        total = f"{counted(abs(more), 'row')} {'more' if more > 0 else 'fewer'} than then"
    parts = [f"{arrived:,} arrived later"] if arrived else []
    if gone > 0:
        before = Installation.get().forgotten_before
        is_old = before is not None and (export.since is None or export.since < before)
        parts.append(f"{gone:,} {'were deleted by retention' if is_old else 'no longer match these filters'}")
    if gone < 0:
        parts.append(f"{-gone:,} match these filters only now")
    return f"{total}: {', '.join(parts)}." if parts else f"{total}; none arrived later."


def _count(rows: Any) -> int:
    """How many rows there are; MOST_COUNTED + 1 if there are more."""
    return int(rows[: MOST_COUNTED + 1].count())


def _event_list(export: Export) -> type[EventExportView] | None:
    """The list of events that was exported; None if it was a list of something else, or is no more."""
    try:
        view = getattr(resolve(export.path).func, "view_class", None)
    except Resolver404:
        return None
    return view if isinstance(view, type) and issubclass(view, EventExportView) else None
