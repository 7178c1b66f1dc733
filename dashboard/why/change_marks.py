"""Changes of policies as marks on charts of logins, for those who may see policies; other people’s charts have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from dashboard.charts.chart import Chart, LegendItem
from dashboard.charts.marks import Moment, marks_of
from dashboard.page.links import can_filter_by, change_href
from dashboard.page.viewer import Viewer
from dashboard.permissions.permission import Permission, may
from logsync.insight.policy_changes.change import KINDS, PolicyChange
from logsync.insight.policy_changes.load import LATEST_READING, changes_in, changes_touching
from logsync.models import Account
from logsync.spans import Span
from logsync.words import counted, rfc3339

# The list shows what was seen in a span, which may be a little later than when it happened.
MARGIN = timedelta(hours=2)


def with_changes(chart: Chart | None, request: HttpRequest, accounts: Iterable[Account]) -> Chart | None:
    """The chart with every change of these accounts in its time."""
    if chart is None or not may(request, Permission.VIEW_POLICIES):
        return chart
    found = changes_in([account.pk for account in accounts], _seen(chart))
    return _marked(chart, found, Viewer.of(request), {})


def with_changes_of_app(chart: Chart | None, request: HttpRequest, account: Account, app_uid: str) -> Chart | None:
    """The chart with the changes in its time that touched one application."""
    if chart is None or not may(request, Permission.VIEW_POLICIES):
        return chart
    found = changes_touching(account.pk, app_uid, _seen(chart))
    filters = {"app_uid": app_uid} if can_filter_by(app_uid) else {}
    return _marked(chart, found, Viewer.of(request), {"account": account.account_id} | filters)


def change_words(change: PolicyChange) -> str:
    """What changed in a few words: "rule group Engineers changed"."""
    what = KINDS.get(change.kind, "")
    return f"{what} {change.name or change.object_id} changed".strip()


def _seen(chart: Chart) -> Span:
    """When a change in the time of a chart may have been seen: some while later."""
    return Span(chart.whole.since, chart.whole.until + LATEST_READING)


def _marked(chart: Chart, changes: Iterable[PolicyChange], viewer: Viewer, filters: dict[str, str]) -> Chart:
    moments = [
        Moment(change.moment, change_words(change), change_href(change.number, change.origin)) for change in changes
    ]

    def between(span: Span) -> str:
        ends = {"since": rfc3339(span.since, "seconds"), "until": rfc3339(span.until + MARGIN, "seconds")}
        return f"{reverse('changes:list')}?{urlencode(filters | ends)}"

    marks = marks_of(moments, chart.whole, viewer, between)
    if not marks:
        return chart
    item = LegendItem("m-accent", counted(sum(mark.count for mark in marks), "policy change"))
    return replace(chart, marks=marks, legend=[*chart.legend, item])
