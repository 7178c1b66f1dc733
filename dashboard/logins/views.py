"""The pages about logins: the list and its exports, and one event, also as JSON."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.views import View

from dashboard.audit_log.record import record_view_of
from dashboard.charts.chart import Chart
from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.events.logins import login_detail
from dashboard.lists.events.named import event_named
from dashboard.lists.events.reveal import EventRevealView
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.json import by_name, in_json, refused_in_json
from dashboard.lists.views import EventExportView, EventList
from dashboard.logins.by_app.page import app_chosen
from dashboard.logins.facets import FACETS
from dashboard.logins.filters import LoginFilter
from dashboard.logins.tables import LoginTable
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.viewer import Viewer
from dashboard.permissions.reveals import revealed, subjects_of
from dashboard.saved.lists import SavedListView
from dashboard.verdict.events import JudgedEventView
from dashboard.why.change_marks import with_changes_of_app
from dashboard.why.discretion import Discretion
from dashboard.why.why_json import why_in_json
from logsync.insight.explain.load import explained
from logsync.models import AccessRequest, Log


class LoginList(EventList):
    filterset_class: ClassVar[type[EventFilterSet]] = LoginFilter
    table_class = LoginTable
    log = Log.ACCESS_REQUESTS
    kinds = LOGIN_KINDS
    facets = FACETS
    title = "Logins"
    word = "Logins"
    noun = "logins"
    list_name = "logins:list"
    csv_name = "logins:csv"
    filename = "logins"
    detail_of = staticmethod(login_detail)


class LoginListView(LoginList, SavedListView):
    """The list of logins. Under a filter for one app, its chart has the changes of policies that touched the app."""

    def _chart(self, filterset: EventFilterSet, line: CoverageLine, viewer: Viewer, count: int) -> Chart | None:
        chart, asked = super()._chart(filterset, line, viewer, count), app_chosen(filterset)
        return with_changes_of_app(chart, self.request, *asked) if asked else chart


class LoginEventView(LoginList, JudgedEventView):
    """One login with its neighbours, under the verdict on its person."""

    event_title = "Login details"


class LoginJsonView(View):
    """One login as JSON: its fields as the list has them, and what the policies asked of it."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        if not _is_key(key):
            return refused_in_json(["This isn’t the key of a login: keys have 32 hexadecimal digits."])
        login = event_named(AccessRequest, key)
        if login is None:
            gone = "There is no login of this key. It may have been deleted after KEEP_EVENTS_DAYS."
            return refused_in_json([gone], status=404)
        if login.person:
            record_view_of(request, login.person, "JSON of an event")
        with revealed(subjects_of(login)):
            answer = {"event": _fields_of(login), "why": why_in_json(explained(login), Discretion.of(request))}
        return HttpResponse(in_json(answer) + "\n", content_type="application/json")


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(hex=text)
    except ValueError:
        return False
    return True


def _fields_of(login: AccessRequest) -> dict[str, Any]:
    """The columns of the list with their values; a time that was not given is null."""
    fields = {name: by_name(getattr(login, name)) for name in LoginTable.base_columns}
    own = {"account": login.account.account_id, "created_at": None if login.lacks_time else login.created_at}
    return fields | own


class LoginExportView(LoginList, EventExportView):
    """The list of logins as CSV or JSON."""


class LoginRevealView(EventRevealView):
    """Reveals what is masked of one login."""

    model = AccessRequest
