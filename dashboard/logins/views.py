"""The pages about logins: the list and its CSV, and one event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.event import raw_record
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.views import EventCsvView, EventList, EventView
from dashboard.logins.facets import FACETS
from dashboard.logins.filters import LoginFilter
from dashboard.logins.tables import LoginTable
from dashboard.saved.lists import SavedListView
from logsync.cloudflare import records
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
    kinds = LOGIN_KINDS
    facets = FACETS
    title = "Logins"
    noun = "logins"
    list_name = "logins:list"
    csv_name = "logins:csv"
    detail_template = "logins/detail.html"
    detail_of = staticmethod(login_detail)


class LoginListView(LoginList, SavedListView):
    template_name = "logins/list.html"


class LoginEventView(LoginList, EventView):
    """One login with its neighbours."""


class LoginCsvView(LoginList, EventCsvView):
    filename = "logins"
