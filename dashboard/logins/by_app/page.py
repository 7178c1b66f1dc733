"""What an app's page shows beside its summary: the people it denied, and a chart of its logins."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict

from dashboard.charts.chart import Chart
from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.filters import ANY, EventFilterSet
from dashboard.lists.histogram import histogram_of
from dashboard.logins.by_app.lockouts import LockoutRow, lockouts_of
from dashboard.logins.filters import LoginFilter
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import BLANK
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.insight.failures_by_app import FailuresByApp
from logsync.models import AccessObject, Account, Log

MOST_NAMES = 50
MOST_PEOPLE = 100


def chosen_app(query: QueryDict) -> tuple[Account, str] | None:
    """The one app that the filters of an address choose; None if they choose none or several."""
    accounts, ids = _values(query, "account"), _values(query, "app_uid")
    if _values(query, BLANK):
        ids = [*ids, ""]
    if len(accounts) != 1 or len(ids) != 1:
        return None
    account = Account.objects.filter(account_id=accounts[0]).first()
    return (account, ids[0]) if account else None


def app_chosen(filterset: EventFilterSet) -> tuple[Account, str] | None:
    """The one app that the filters of a list of logins leave, also if they don't name its account."""
    ids = filterset.values_of("app_uid")
    if len(ids) != 1 or filterset.values_of("account"):
        return chosen_app(filterset.data)
    app = AccessObject.objects.filter(kind=AccessObject.Kind.APP, object_id=ids[0]).select_related("account").first()
    return (app.account, ids[0]) if app else None


def _values(query: QueryDict, name: str) -> list[str]:
    return [value.strip() for value in query.getlist(name) if value.strip()]


def people_of(failures: FailuresByApp, query_string: QueryString) -> tuple[list[LockoutRow], int]:
    """The people it denied in the range, newest denial first and at most MOST_PEOPLE, and how many there are."""
    found = lockouts_of(failures, query_string, most=MOST_PEOPLE)
    rows = sorted([*found.out, *found.never_in, *found.got_in], key=lambda row: row.run.last_denied, reverse=True)
    return rows[:MOST_PEOPLE], found.out_count + found.never_in_count + found.got_in_count


def chart_of_app(request: HttpRequest, filterset: Any, line: CoverageLine, viewer: Viewer) -> Chart | None:
    """People's attempts over the range, whatever their result."""
    query = request.GET.copy()
    query["allowed"] = ANY
    logins = LoginFilter(query, request=request, range=filterset.range, queryset=filterset.queryset)
    # The bars link to this page, which has no filter on the result.
    logins.query_string = filterset.query_string
    if logins.problems:
        return None
    return histogram_of(
        logins, line, viewer, log=Log.ACCESS_REQUESTS, kinds=LOGIN_KINDS, noun="attempts", of_attempts=True
    )
