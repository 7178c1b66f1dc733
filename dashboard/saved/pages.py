"""The pages that views and layouts are kept of: every list that has a word for itself."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import NoReverseMatch, resolve, reverse

from dashboard.lists.tables import EventTable
from dashboard.lists.views import EventList, FilteredList


def list_at(page: str) -> type[FilteredList] | None:
    """The list at the address of that name, such as "logins:list"; None if nothing is kept of that page."""
    try:
        view = getattr(resolve(reverse(page)).func, "view_class", None)
    except NoReverseMatch:
        return None
    if isinstance(view, type) and issubclass(view, FilteredList) and view.word and view.list_name == page:
        return view
    return None


def table_at(page: str) -> type[EventTable] | None:
    """The table of events that a page shows; None if it is no list of events."""
    found = list_at(page)
    return found.table_class if found and issubclass(found, EventList) else None


def words_of(pages: Iterable[str]) -> dict[str, str]:
    """The words for those of these pages that something is kept of."""
    found = {page: list_at(page) for page in pages}
    return {page: view.word for page, view in found.items() if view}
