"""Where a thing can lead: places, and the addresses of lists and pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.page.timerange import RANGES
from logsync.datasets import DATASETS
from logsync.derived.mentions import EXTRA, display_names, mention_of, texts_in
from logsync.models import AccessRequest, Log, Mention, ScimUpdate

# More candidates of one kind are a list, not a place.
MOST_CANDIDATES = 8
# A person's page shows so much time, unless its address says otherwise.
PERSON_RANGE = timedelta(days=7)
# So many events of one instant are looked at for the one that has a text.
MOST_AT_ONCE = 1_000


# Rooms by where their addresses begin.
ICONS = {"/people/": "user", "/logins/": "login-2", "/scim/": "replace"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something leads, and what is there: "Login of 19 Nov", "Person", "App Grafana".

    `is_exact` if what was typed is the whole name of it, and not only a part.
    """

    href: str
    words: str
    is_exact: bool = False

    @property
    def icon(self) -> str:
        """The icon of the room that it is in."""
        return next((icon for path, icon in ICONS.items() if self.href.startswith(path)), "arrow-right")


def list_href(name: str, **filters: str | Iterable[str]) -> str:
    """The address of a list under these filters."""
    query = QueryDict(mutable=True)
    for field, values in filters.items():
        query.setlist(field, [values] if isinstance(values, str) else list(values))
    return f"{reverse(name)}?{query.urlencode()}"


def logins(**filters: str | Iterable[str]) -> str:
    """The address of all logins with these values, of any time and result."""
    return list_href("logins:list", **filters, allowed="any", range="all")


def updates(**filters: str | Iterable[str]) -> str:
    """The address of all SCIM updates with these values, of any time and status."""
    return list_href("scim:list", **filters, status="any", range="all")


def person(address: str, seen_at: datetime | None = None, **filters: str) -> str:
    """The address of a person's page, with a range that reaches back to when they were last seen."""
    query = QueryDict(mutable=True)
    query.update(filters)
    ago = timezone.now() - seen_at if seen_at else PERSON_RANGE
    if ago > PERSON_RANGE:
        query["range"] = next(name for name, (length, _) in RANGES.items() if length is None or length > ago)
    href = reverse("people:person", args=[address])
    return f"{href}?{query.urlencode()}" if query else href


def first(rows: QuerySet[Any, Any]) -> Any:
    """Any of the rows, unsorted, as the model's order may have no index; None if there is none."""
    return next(iter(rows.order_by()[:1]), None)


def event_of(mention: Mention) -> AccessRequest | ScimUpdate | None:
    """The newest event with a text."""
    dataset = DATASETS[Log(mention.log)]
    at_that_time = dataset.model._default_manager.filter(
        account=mention.account_id, **{dataset.time_field: mention.seen_at}
    )
    rows = at_that_time.order_by()[:MOST_AT_ONCE]
    return next((row for row in rows if mention.value in _texts_of(row, mention.field)), None)


def _texts_of(row: Any, field: str) -> set[str]:
    if field == EXTRA:
        return set(map(mention_of, texts_in(row.extra)))
    if field == "display_name":
        return set(map(mention_of, display_names(row.request_body)))
    return {mention_of(getattr(row, field))}
