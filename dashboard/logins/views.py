"""The pages about logins: the list and its CSV, failed logins by app, and one event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.http import HttpRequest

from dashboard.desk.lists import DeskListView
from dashboard.logins.by_app import App, apps_with_failures
from dashboard.logins.filters import FailedLoginFilter, LoginFilter
from dashboard.logins.tables import AppTable, LoginTable
from dashboard.ui.coverage import is_known, line_for
from dashboard.ui.emptiness import why_empty
from dashboard.ui.event import raw_record
from dashboard.ui.filters import EventFilterSet
from dashboard.ui.lists import EventCsvView, EventList, EventView
from dashboard.ui.tables import sort_problems
from dashboard.ui.viewer import Viewer
from logsync.cloudflare import records
from logsync.coverage import Span, coverage_of
from logsync.models import AccessRequest, Log, ScimUpdate

NEIGHBOURHOOD = timedelta(minutes=30)
MOST_NEIGHBOURS = 20


def login_detail(login: AccessRequest) -> dict[str, Any]:
    """One login, its fields, and what the same person did around it, from both logs."""
    return {
        "key": login.key.hex,
        "event": login,
        "fields": [(name, getattr(login, name)) for name in _FIELDS],
        "raw": raw_record(login, _FIELDS),
        "neighbours": _neighbours(login),
    }


_FIELDS = [name for name in records.AccessRequest.__slots__ if name not in ("extra", "identity")]


def _neighbours(login: AccessRequest) -> list[dict[str, Any]]:
    """Logins of the person and SCIM updates about them, half an hour either side, newest first."""
    if not login.person:
        return []
    around = (login.created_at - NEIGHBOURHOOD, login.created_at + NEIGHBOURHOOD)
    logins = AccessRequest.objects.between(*around).filter(account=login.account, person=login.person)
    updates = ScimUpdate.objects.between(*around).filter(account=login.account, person=login.person)
    others = logins.exclude(pk=login.pk)[:MOST_NEIGHBOURS]
    found: list[dict[str, Any]] = [{"at": login.created_at, "login": login, "is_here": True}]
    found += [{"at": row.created_at, "login": row} for row in others]
    found += [{"at": row.logged_at, "update": row} for row in updates[:MOST_NEIGHBOURS]]
    return sorted(found, key=lambda row: row["at"], reverse=True)


class LoginList(EventList):
    model = AccessRequest
    filterset_class: ClassVar[type[EventFilterSet]] = LoginFilter
    table_class = LoginTable
    log = Log.ACCESS_REQUESTS
    title = "Logins"
    noun = "logins"
    list_name = "logins:list"
    csv_name = "logins:csv"
    detail_template = "logins/detail.html"
    detail_of = staticmethod(login_detail)


class LoginListView(LoginList, DeskListView):
    template_name = "logins/list.html"


class LoginEventView(LoginList, EventView):
    """One login with its neighbours."""


class LoginCsvView(LoginList, EventCsvView):
    filename = "logins"


class AppListView(LoginListView):
    """Failed logins by app, under the same filters as the list."""

    filterset_class = FailedLoginFilter
    template_name = "logins/by_app.html"

    def context(self, request: HttpRequest, filterset: Any, problems: list[str]) -> dict[str, Any]:
        viewer = Viewer.of(request)
        line = line_for(self.streams(filterset), filterset.range, viewer)
        before = filterset.range.earlier
        is_before_known = before is not None and is_known(coverage_of(self.streams(filterset), Span(*before)))
        apps = [] if problems else apps_with_failures(filterset, is_before_known=is_before_known)
        return {
            "filterset": filterset,
            "problems": problems,
            "table": AppTable(apps, sort=request.GET.get("sort", ""), viewer=viewer, address=filterset.address),
            "line": line,
            "title": "Failed logins by app",
            "lead": "" if problems else _lead(apps),
            "empty": None if apps or problems else why_empty(filterset, line, "failed logins", at_the_end=False),
        }

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        return [*filterset.problems, *sort_problems(AppTable, request.GET)]


def _lead(apps: list[App]) -> str:
    denied, locked_out = sum(app.denied for app in apps), sum(app.locked_out for app in apps)
    return f"{denied:,} denials at {len(apps):,} apps; {locked_out:,} times somebody is still locked out of one"
