"""What one application's own page shows beside its summary: how it is called, its names, its people, its chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min
from django.http import HttpRequest, QueryDict

from dashboard.charts.chart import Chart
from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.filters import ANY
from dashboard.lists.histogram import histogram_of
from dashboard.logins.by_app.lockouts import LockoutRow, lockouts_of
from dashboard.logins.filters import LoginFilter
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import BLANK
from dashboard.page.viewer import Viewer
from logsync.insight.failures_by_app import NAMELESS, FailuresByApp
from logsync.models import AccessRequest, Account, Application, Log

MOST_NAMES = 50
MOST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class Name:
    """What logins of the range call an application; `words` are blank where they left it out."""

    words: str
    rows: int
    first: datetime
    last: datetime


def asked_app(query: QueryDict) -> tuple[Account, str] | None:
    """The one application that an address asks for by its filters; None if it asks for none, or for several."""
    accounts, ids = _values(query, "account"), _values(query, "app_uid")
    if _values(query, BLANK):
        ids = [*ids, ""]
    if len(accounts) != 1 or len(ids) != 1:
        return None
    account = Account.objects.filter(account_id=accounts[0]).first()
    return (account, ids[0]) if account else None


def _values(query: QueryDict, name: str) -> list[str]:
    return [value.strip() for value in query.getlist(name) if value.strip()]


def name_of(account: Account, app_uid: str) -> str:
    """What Cloudflare calls the application now, else what its newest login called it."""
    named = Application.objects.filter(account=account, app_uid=app_uid).exclude(name="").first()
    if named:
        return named.name
    newest = AccessRequest.objects.filter(account=account, app_uid=app_uid).first()
    return (newest and (newest.app_name or newest.app_domain)) or app_uid or NAMELESS


def names_of(failures: FailuresByApp) -> list[Name]:
    """Every name that logins of the range call it, the newest first; an old name may be another application's now."""
    names = failures.logins.values_list("app_name").annotate(Count("id"), Min("created_at"), Max("created_at"))
    return [Name(*row) for row in names.order_by("-created_at__max", "app_name")[:MOST_NAMES]]


def people_of(failures: FailuresByApp) -> tuple[list[LockoutRow], int]:
    """The people whom it denied in the range, the newest denial first, and how many they are."""
    found = lockouts_of(failures.outcomes, failures.filterset.query_string, most=MOST_PEOPLE)
    rows = sorted([*found.out, *found.got_in], key=lambda row: row.run.last_denied, reverse=True)
    return rows[:MOST_PEOPLE], found.out_count + found.got_in_count


def chart_of_app(request: HttpRequest, filterset: Any, line: CoverageLine, viewer: Viewer) -> Chart | None:
    """Its logins over the range, whatever became of them."""
    query = request.GET.copy()
    query["allowed"] = ANY
    logins = LoginFilter(query, request=request, range=filterset.range, queryset=filterset.queryset)
    # A bar narrows this page, which knows no filter on the result.
    logins.query_string = filterset.query_string
    if logins.problems:
        return None
    return histogram_of(logins, line, viewer, log=Log.ACCESS_REQUESTS, kinds=LOGIN_KINDS, noun="logins")
