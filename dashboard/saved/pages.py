"""The pages whose views and layouts can be saved: the lists that have a word of their own."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import QueryDict
from django.urls import NoReverseMatch, resolve, reverse

from dashboard.lists.filters import refusals_of
from dashboard.lists.tables import EventTable
from dashboard.lists.views import EventList, FilteredList
from dashboard.saved.models import SavedView


def list_at(page: str) -> type[FilteredList] | None:
    """The list with that name of its address, such as "logins:list"; None if it can't be saved."""
    try:
        view = getattr(resolve(reverse(page)).func, "view_class", None)
    except NoReverseMatch:
        return None
    if isinstance(view, type) and issubclass(view, FilteredList) and view.word and view.list_name == page:
        return view
    return None


def table_at(page: str) -> type[EventTable] | None:
    """The table of a page; None if it isn't a list of events."""
    found = list_at(page)
    return found.table_class if found and issubclass(found, EventList) else None


def names_of(pages: Iterable[str]) -> dict[str, str]:
    """What those of these pages that can be saved are called in the navigation."""
    found = {page: list_at(page) for page in pages}
    return {page: view.word for page, view in found.items() if view}


def is_refused(view: SavedView) -> bool:
    """Whether a view looks for what the user may not look for."""
    listed = list_at(view.page)
    return listed is not None and bool(refusals_of(listed.filterset_class.base_filters, QueryDict(view.query)))
