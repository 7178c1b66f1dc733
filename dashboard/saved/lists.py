"""A list as one person sees it: in their own layout, with their saved views, and with new rows marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.http import HttpRequest, QueryDict

from dashboard.lists.context import EventsContext, Menu
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.layout import filled_in, is_only_layout
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.lists.views import EventListView, FilteredList
from dashboard.page.viewer import Viewer
from dashboard.saved.menus import layout_in_force, layout_menu, views_menu
from dashboard.saved.models import LastLook, Layout, signed_in_user
from dashboard.saved.words import words_of
from logsync.words import rfc3339


class SavedViews(FilteredList):
    """A list with the menu of its saved views."""

    def menus(self, request: HttpRequest, filterset: EventFilterSet) -> list[Menu]:
        menu = views_menu(signed_in_user(request), self.list_name, filterset.query_string, _words(filterset))
        return [*super().menus(request, filterset), menu]


class SavedListView(EventListView):
    """A list in a person's own layout; what the address says comes first.

    A layout is saved only on request ("Save layout" in the Columns menu), so that you keep your own when you open
    somebody else's link and change a column. "Apply once" puts the choice into the address instead.
    """

    @cached_property
    def remembered(self) -> Layout | None:
        """The layout that this person saved."""
        return Layout.objects.filter(user=signed_in_user(self.request), page=self.list_name).first()

    def layout(self, query: QueryDict) -> QueryDict:
        return filled_in(query, self.remembered.parameters) if self.remembered else query

    def context(self, request: HttpRequest, filterset: EventFilterSet, problems: list[str]) -> EventsContext:
        context = super().context(request, filterset, problems)
        is_default = is_only_layout(request.GET) and not problems
        since = self._new_since(filterset.range.now, is_look=is_default)
        context.table.new_since = since
        if not is_default or since is None:
            return context
        return replace(context, new_to_me=_news(filterset, since, Viewer.of(request)))

    def menus(self, request: HttpRequest, filterset: EventFilterSet) -> list[Menu]:
        layout, address, table = self.layout(request.GET), filterset.query_string, self.table_class
        copy_href = address.here(**layout_in_force(table, layout))
        is_remembered = bool(self.remembered)
        return [
            *super().menus(request, filterset),
            views_menu(signed_in_user(request), self.list_name, address, _words(filterset), copy_href),
            layout_menu(table, self.list_name, layout, address, is_remembered=is_remembered),
        ]

    def _new_since(self, now: datetime, *, is_look: bool) -> datetime | None:
        """Since when rows are new to this person. A request for part of a page is not a look."""
        user = signed_in_user(self.request)
        if is_look and self.request.method == "GET" and not self.request.htmx:  # type: ignore[attr-defined]
            return LastLook.note(user, self.list_name, now)
        return LastLook.new_since(user, self.list_name)


@dataclass(frozen=True)
class NewToMe:
    """How many rows of the list are new since the last look, and the address that lists them."""

    count: int
    words: str
    since: datetime
    is_another_day: bool
    href: str
    template: str = "saved/new_to_me.html"


def _news(filterset: EventFilterSet, since: datetime, viewer: Viewer) -> NewToMe:
    count = count_up_to_cap(filterset.rows().filter(arrived_at__gte=since))
    return NewToMe(
        count=count,
        words=count_words(count),
        since=since,
        is_another_day=viewer.local(since).date() != viewer.local(filterset.range.now).date(),
        href=filterset.query_string.replacing(arrived_since=rfc3339(since, "seconds")),
    )


def _words(filterset: EventFilterSet) -> str:
    return " · ".join(words_of(filterset))
