"""Pages of the audit log by keyset: the entries before or after one, so that a page far down costs no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from dashboard.audit_log.models import AuditEntry

GONE = "This address of a page was cut, or the entry that it names is gone; here is the first page."


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first; `older` and `newer` are the numbers that lead to the neighbours, blank without any."""

    rows: list[AuditEntry]
    older: str = ""
    newer: str = ""
    problem: str = ""


def read_page(rows: Any, query: QueryDict, size: int) -> AuditPage:
    """The page that the address asks for: after or before the entry of a number."""
    after, before = query.get("after", ""), query.get("before", "")
    if not (after or before):
        return _page(rows.newest_first(), size)
    place = entry_named(after or before)
    if place is None:
        first = _page(rows.newest_first(), size)
        return AuditPage(first.rows, first.older, problem=GONE)
    if after:
        # The first condition alone is one of an index.
        older = rows.filter(at__lte=place.at).exclude(Q(at=place.at, number__gte=place.number))
        return _page(older.newest_first(), size, newer=True)
    newer = rows.filter(at__gte=place.at).exclude(Q(at=place.at, number__lte=place.number))
    found = list(newer.order_by("at", "number")[: size + 1])
    kept = found[size - 1 :: -1] if len(found) > size else found[::-1]
    return AuditPage(kept, older=_number(kept[-1:]), newer=_number(kept[:1]) if len(found) > size else "")


def _page(rows: Any, size: int, *, newer: bool = False) -> AuditPage:
    found = list(rows[: size + 1])
    shown = found[:size]
    return AuditPage(
        shown,
        older=_number(shown[-1:]) if len(found) > size else "",
        newer=_number(shown[:1]) if newer else "",
    )


def _number(entries: list[AuditEntry]) -> str:
    return str(entries[0].number) if entries else ""


def entry_named(number: str) -> AuditEntry | None:
    """The entry of a number in an address; None if there is none."""
    return AuditEntry.objects.filter(number=int(number)).first() if re.fullmatch("[0-9]{1,18}", number) else None
