"""The pages that something can be kept of: those that the navigation leads to, under its words."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import resolve, reverse

from dashboard.lists.tables import EventTable
from dashboard.lists.views import EventListView
from dashboard.navigation import ROOMS


def page_words() -> dict[str, str]:
    """Each page's name with its word."""
    return {name: word for name, _, word, *_ in ROOMS}


def page_of(request: HttpRequest) -> str:
    """The name of the address that was asked for, such as "logins:list"."""
    match = request.resolver_match
    return match.view_name if match else ""


def table_of(page: str) -> type[EventTable] | None:
    """The table of events that a page shows; None if it is no list of events."""
    view = getattr(resolve(reverse(page)).func, "view_class", None) if page in page_words() else None
    if isinstance(view, type) and issubclass(view, EventListView) and view.list_name == page:
        return view.table_class
    return None
