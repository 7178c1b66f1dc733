"""Pages of changes by keyset: those before or after one, so that a page far down costs no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from dashboard.lists.paging import MISPLACED
from logsync.insight.policy_changes.change import Origin, PolicyChange
from logsync.insight.policy_changes.load import Sources
from logsync.words import rfc3339

Place = tuple[datetime, str, int]
_PLACE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)\.(snapshot|entry|gone)\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes, newest first; `older` and `newer` are the places that lead to the neighbours, blank without any.

    `problem` is a sentence if the place in the address could not be read; you then get the first page.
    """

    rows: list[PolicyChange]
    older: str = ""
    newer: str = ""
    problem: str = ""


def read_page(sources: Sources, after: str, before: str, size: int) -> ChangePage:
    """The page after, or before, a place."""
    if not (after or before):
        return _page(sources.read(size + 1), size)
    place = _read_place(after or before)
    if place is None:
        first = _page(sources.read(size + 1), size)
        return ChangePage(first.rows, first.older, problem=MISPLACED)
    if after:
        page = _page(sources.beyond(place, older=True).read(size + 1), size)
        return ChangePage(page.rows, page.older, newer=_place_of(page.rows[:1]))
    found = sources.beyond(place, older=False).read(size + 1, oldest_first=True)
    shown = found[:size][::-1]
    return ChangePage(shown, older=_place_of(shown[-1:]), newer=_place_of(shown[:1]) if len(found) > size else "")


def _page(found: list[PolicyChange], size: int) -> ChangePage:
    shown = found[:size]
    return ChangePage(shown, older=_place_of(shown[-1:]) if len(found) > size else "")


def _place_of(changes: list[PolicyChange]) -> str:
    if not changes:
        return ""
    at, origin, number = changes[0].place
    return f"{rfc3339(at)}.{origin}.{number}"


def _read_place(text: str) -> Place | None:
    match = _PLACE.fullmatch(text)
    try:
        at = parse_datetime(match[1]) if match else None
    except ValueError:
        return None
    return (at, Origin(match[2]), int(match[3])) if match and at else None
