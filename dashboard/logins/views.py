"""The pages about logins: the list and its CSV, and one event."""

from __future__ import annotations

from typing import ClassVar

from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.events.logins import login_detail
from dashboard.lists.events.reveal import EventRevealView
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.views import EventExportView, EventList
from dashboard.logins.facets import FACETS
from dashboard.logins.filters import LoginFilter
from dashboard.logins.tables import LoginTable
from dashboard.saved.lists import SavedListView
from dashboard.verdict.events import JudgedEventView
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
    """The list of logins."""


class LoginEventView(LoginList, JudgedEventView):
    """One login with its neighbours, under the verdict on its person."""

    event_title = "Login details"


class LoginExportView(LoginList, EventExportView):
    """The list of logins as CSV or JSON."""


class LoginRevealView(EventRevealView):
    """Reveals what is masked of one login."""

    model = AccessRequest
