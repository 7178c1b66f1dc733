"""A list as one person knows it: laid out as they chose, with their views, and with what is new to them marked."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict

from dashboard.desk.menus import layout_in_force, layout_menu, views_menu
from dashboard.desk.models import LastLook, Layout
from dashboard.desk.pages import table_of
from dashboard.desk.person import person_of
from dashboard.ui.filters import EventFilterSet
from dashboard.ui.layout import filled_in, is_only_layout
from dashboard.ui.lists import EventListView
from dashboard.ui.paging import count_up_to_cap, count_words
from dashboard.ui.viewer import Viewer


class DeskListView(EventListView):
    """What the address says wins. Where it says nothing, the layout that the person had remembered applies.

    A layout is remembered only on request ("Show and remember" in the Columns menu), so that whoever opens somebody
    else's link and changes a column of it keeps their own. "Show once" puts the choice into the address instead.
    """

    @property
    def page_name(self) -> str:
        """The name of the address, such as "logins:list"."""
        match = self.request.resolver_match
        return match.view_name if match else ""

    @cached_property
    def remembered(self) -> Layout | None:
        """How this person has the list laid out."""
        return Layout.objects.filter(user=person_of(self.request), page=self.page_name).first()

    def layout(self, query: QueryDict) -> QueryDict:
        return filled_in(query, self.remembered.parameters) if self.remembered else query

    def context(self, request: HttpRequest, filterset: EventFilterSet, problems: list[str]) -> dict[str, Any]:
        context = super().context(request, filterset, problems)
        is_default = is_only_layout(request.GET) and not problems
        since = self._new_since(filterset.range.now, is_look=is_default)
        context["table"].new_since = since
        layout, is_remembered = self.layout(request.GET), self.remembered is not None
        menu = layout_menu(self.table_class, self.page_name, layout, filterset.address, is_remembered=is_remembered)
        news = _news(filterset, since, context["viewer"]) if is_default and since else None
        return context | {"layout_menu": menu, "new_to_me": news}

    def surroundings(self, filterset: EventFilterSet) -> dict[str, Any]:
        address = filterset.address
        table = table_of(self.page_name)
        parts = layout_in_force(table, self.layout(self.request.GET)) if table else {}
        menu = views_menu(person_of(self.request), self.page_name, address, address.here(**parts))
        return super().surroundings(filterset) | {"views_menu": menu}

    def _new_since(self, now: datetime, *, is_look: bool) -> datetime | None:
        """Since when rows are new to this person. A part of a page that asks for itself is no look."""
        user = person_of(self.request)
        if is_look and self.request.method == "GET" and not self.request.htmx:  # type: ignore[attr-defined]
            return LastLook.note(user, self.page_name, now)
        return LastLook.new_since(user, self.page_name)


def _news(filterset: EventFilterSet, since: datetime, viewer: Viewer) -> dict[str, Any]:
    """How many rows of the list are new, and the address of exactly these."""
    count = count_up_to_cap(filterset.rows().filter(arrived_at__gte=since))
    return {
        "count": count,
        "words": count_words(count),
        "since": since,
        "is_another_day": viewer.local(since).date() != viewer.local(filterset.range.now).date(),
        "href": filterset.address.replacing(arrived_since=f"{since:%Y-%m-%dT%H:%M:%SZ}"),
    }
