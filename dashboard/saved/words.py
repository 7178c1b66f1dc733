"""What a saved view shows, in the words of the chips over its list: "Last 7 days · Result: denied · App: Payroll"."""

from __future__ import annotations

from copy import copy

from django.http import HttpRequest, QueryDict

from dashboard.lists.filters import EventFilterSet
from dashboard.lists.layout import DENSITY, density_of
from dashboard.lists.views import FilteredList
from dashboard.lists.words import filter_words
from dashboard.saved.menus import order_words
from dashboard.saved.models import SavedView
from dashboard.saved.pages import list_at, table_at

# A view may ask for any number of values; more than so many parts nobody reads.
MOST_PARTS = 8


class ViewWords:
    """Words for the views that one request lists. The words of a page's fields are read once for all its views."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.filtersets: dict[str, EventFilterSet] = {}

    def of(self, view: SavedView) -> str:
        """What a view shows; blank if its page is no more."""
        listed = list_at(view.page)
        if listed is None:
            return ""
        query = QueryDict(view.query)
        parts = [*self._filters(listed, view.page, query), *_layout(view.page, query)]
        left = len(parts) - MOST_PARTS
        return " · ".join(parts[:MOST_PARTS]) + (f" · and {left} more" if left > 0 else "")

    def _filters(self, listed: type[FilteredList], page: str, query: QueryDict) -> list[str]:
        request = copy(self.request)
        request.GET = query  # type: ignore[assignment]
        if page not in self.filtersets:
            self.filtersets[page] = listed().filterset(request)
        return words_of(self.filtersets[page].at(query, listed().range(request)))


def words_of(filterset: EventFilterSet) -> list[str]:
    """What an address asks for: its range, and each filter with its value."""
    words = filterset.range.words
    return [words[0].upper() + words[1:], *filter_words(filterset)]


def _layout(page: str, query: QueryDict) -> list[str]:
    """How an address lays its list out, where it does."""
    table = table_at(page)
    if table is None:
        return []
    parts = [f"sorted by {order_words(table, table.sort(query))}"] if query.get("sort") else []
    if query.get("columns"):
        parts.append(f"{len(table.chosen_columns(query))} columns")
    return parts + ([density_of(query)] if density_of(query) != DENSITY else [])
