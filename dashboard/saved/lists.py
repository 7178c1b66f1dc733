"""A list as one person knows it: laid out as they chose, with their views, and with what is new to them marked."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict

from dashboard.lists.filters import EventFilterSet
from dashboard.lists.layout import filled_in, is_only_layout
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.lists.views import EventListView
from dashboard.page.viewer import Viewer
from dashboard.saved.list_pages import page_of, table_of
from dashboard.saved.menus import layout_in_force, layout_menu, views_menu
from dashboard.saved.models import LastLook, Layout, signed_in_user
from logsync.words import rfc3339


class SavedListView(EventListView):
    """What the address says wins. Where it says nothing, the layout that the person had remembered applies.

    A layout is remembered only on request ("Show and remember" in the Columns menu), so that whoever opens somebody
    else's link and changes a column of it keeps their own. "Show once" puts the choice into the address instead.
    """

    @cached_property
    def remembered(self) -> Layout | None:
        """How this person has the list laid out."""
        return Layout.objects.filter(user=signed_in_user(self.request), page=page_of(self.request)).first()

    def layout(self, query: QueryDict) -> QueryDict:
        return filled_in(query, self.remembered.parameters) if self.remembered else query

    def context(self, request: HttpRequest, filterset: EventFilterSet, problems: list[str]) -> dict[str, Any]:
        context = super().context(request, filterset, problems)
        is_default = is_only_layout(request.GET) and not problems
        since = self._new_since(filterset.range.now, is_look=is_default)
        context["table"].new_since = since
        news = _news(filterset, since, context["viewer"]) if is_default and since else None
        layout = self.layout(request.GET)
        menu = layout_menu(
            self.table_class, request, layout, filterset.query_string, is_remembered=bool(self.remembered)
        )
        return context | {"layout_menu": menu, "new_to_me": news}

    def surroundings(self, filterset: EventFilterSet) -> dict[str, Any]:
        address, table = filterset.query_string, table_of(page_of(self.request))
        parts = layout_in_force(table, self.layout(self.request.GET)) if table else {}
        menu = views_menu(self.request, address, address.here(**parts))
        return super().surroundings(filterset) | {"views_menu": menu}

    def _new_since(self, now: datetime, *, is_look: bool) -> datetime | None:
        """Since when rows are new to this person. A part of a page that asks for itself is no look."""
        user = signed_in_user(self.request)
        if is_look and self.request.method == "GET" and not self.request.htmx:  # type: ignore[attr-defined]
            return LastLook.note(user, page_of(self.request), now)
        return LastLook.new_since(user, page_of(self.request))


def _news(filterset: EventFilterSet, since: datetime, viewer: Viewer) -> dict[str, Any]:
    """How many rows of the list are new, and the address of exactly these."""
    count = count_up_to_cap(filterset.rows().filter(arrived_at__gte=since))
    return {
        "count": count,
        "words": count_words(count),
        "since": since,
        "is_another_day": viewer.local(since).date() != viewer.local(filterset.range.now).date(),
        "href": filterset.query_string.replacing(arrived_since=rfc3339(since, "seconds")),
    }
