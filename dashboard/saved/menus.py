"""The menus over a list: its saved views, and its layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import QueryDict

from dashboard.lists.layout import DENSITIES, PAGE_SIZES, density_of, page_size_of
from dashboard.lists.tables import EventTable, can_sort_by
from dashboard.page.query_string import QueryString
from dashboard.saved.models import SavedView
from dashboard.saved.pages import is_refused

MOST_SHOWN = 50


@dataclass(frozen=True)
class ViewsMenu:
    """The views of a page that a person may open, each with whether it is the present one.

    `query` is what would be saved, and `words` say what that is. `copy_href` is an address that looks the same for
    everyone.
    """

    page: str
    query: str
    words: str
    own: list[tuple[SavedView, bool]]
    shared: list[tuple[SavedView, bool]]
    copy_href: str
    template: str = "saved/views_menu.html"


def views_menu(user: User, page: str, address: QueryString, words: str, copy_href: str = "") -> ViewsMenu:
    """The menu of a user's views of a page, at this address of the page."""
    views = SavedView.objects.open_to(user).filter(page=page).order_by("-pk")
    own, shared = views.filter(owner=user), views.exclude(owner=user)
    here = _asked(address)

    def marked(some: Iterable[SavedView]) -> list[tuple[SavedView, bool]]:
        return [(view, _asked(view.query_string) == here) for view in by_name(some)]

    query = address.replacing().removeprefix("?")
    # A view that looks for what the user may not look for would only be refused.
    own_marked = marked(own[:MOST_SHOWN])
    shared_marked = marked(view for view in shared[:MOST_SHOWN] if not is_refused(view))
    return ViewsMenu(page, query, words, own_marked, shared_marked, copy_href or address.here())


def by_name(views: Iterable[SavedView]) -> list[SavedView]:
    """Views in alphabetical order; each database has an order of its own."""
    return sorted(views, key=lambda view: (view.name.casefold(), view.pk))


def _asked(address: QueryString) -> list[tuple[str, str]]:
    """What an address asks for, sorted by parameter; the order of one parameter's values may matter."""
    return sorted(address.hidden(), key=lambda pair: pair[0])


@dataclass(frozen=True)
class LayoutMenu:
    """All ways to lay a list out, each with whether it is the present one.

    `columns` are the visible ones in their order, then the others: each by its field and by the head of its column.
    """

    page: str
    query: str
    columns: list[tuple[str, str, bool]]
    sorts: list[tuple[str, str, bool]]
    densities: list[tuple[str, bool]]
    page_sizes: list[tuple[int, bool]]
    is_remembered: bool
    template: str = "saved/columns_menu.html"


def layout_menu(
    table: type[EventTable], page: str, layout: QueryDict, address: QueryString, *, is_remembered: bool
) -> LayoutMenu:
    """The menu of a list that the query `layout` lays out, at this address of the list."""
    shown, sort = table.chosen_columns(layout), table.sort(layout)
    hidden = [name for name in table.base_columns if name not in shown]
    return LayoutMenu(
        page,
        address.replacing().removeprefix("?"),
        [(name, str(table.base_columns[name].verbose_name), name in shown) for name in (*shown, *hidden)],
        [(value, words, value == sort) for value, words in _sorts(table)],
        [(density, density == density_of(layout)) for density in DENSITIES],
        [(size, size == page_size_of(layout)) for size in PAGE_SIZES],
        is_remembered,
    )


def _sorts(table: type[EventTable]) -> list[tuple[str, str]]:
    """All orders of a table, in words."""
    names = [name for name, column in table.base_columns.items() if can_sort_by(column)]
    ways = [(name, table.base_columns[name].verbose_name) for name in names]
    return [pair for name, words in ways for pair in _both_ways(name, words)]


def _both_ways(name: str, words: str) -> list[tuple[str, str]]:
    if name.endswith("_at"):
        return [(f"-{name}", f"{words}, newest first"), (name, f"{words}, oldest first")]
    return [(name, f"{words}, ascending"), (f"-{name}", f"{words}, descending")]


def order_words(table: type[EventTable], sort: str) -> str:
    """An order in words: "Time, newest first"; blank if the table has no such order."""
    return dict(_sorts(table)).get(sort, "")


def layout_in_force(table: type[EventTable], layout: QueryDict) -> dict[str, str]:
    """The whole layout as parameters of an address, including defaults."""
    return {
        "columns": ",".join(table.chosen_columns(layout)),
        "sort": table.sort(layout),
        "density": density_of(layout),
        "per_page": str(page_size_of(layout)),
    }
