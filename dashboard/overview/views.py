"""The overview: what is failing now, against the time before, and how fresh the data is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard.charts.chart import Chart
from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.histogram import histogram_of
from dashboard.lists.views import controls
from dashboard.overview import changes
from dashboard.overview.figures import LOCKED_OUT, Figures, tiles_of
from dashboard.overview.filters import OverviewFilter
from dashboard.overview.freshness import freshness, in_order
from dashboard.overview.headline import worst
from dashboard.overview.locked_out import lines_of
from dashboard.overview.open_problems import count_open, open_problems
from dashboard.overview.scope import Scope
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from logsync.health.stream_state import states_of
from logsync.models import AccessRequest, Account, Log, Stream

MOST_LOCKED_OUT = 8


def overview(request: HttpRequest) -> HttpResponse:
    """What is wrong in the range of the address, the worst first; with no answer to an address that is not read."""
    range = TimeRange.read(request.GET, timezone.now())
    filterset = OverviewFilter(request.GET, request=request, range=range, queryset=AccessRequest.objects.order_by())
    problems = filterset.problems
    context = {"filterset": filterset, "problems": problems, "has_accounts": Account.objects.count() > 1}
    context |= controls(filterset)
    if not problems:
        context |= _answer(filterset, Viewer.of(request))
    return render(request, "overview/overview.html", context, status=400 if problems else 200)


def _answer(filterset: OverviewFilter, viewer: Viewer) -> dict[str, Any]:
    streams = filterset.narrowed(Stream.objects.expected().with_ranges(), "account")
    scope = Scope(filterset, viewer, list(streams))
    figures = Figures(scope)
    states = in_order(states_of(scope.streams, scope.range.now))
    out = figures.outcomes.still_locked_out(most=MOST_LOCKED_OUT)
    problems = open_problems(figures)
    line = scope.lines[Log.ACCESS_REQUESTS]
    return {
        "say": worst(figures, states, problems, out),
        "tiles": tiles_of(figures),
        "line": line,
        "chart": _chart(filterset, line, viewer),
        "apps": changes.apps(scope),
        "is_compared": scope.is_before_known(Log.ACCESS_REQUESTS),
        "known_parts": changes.known_parts(scope),
        "out": lines_of(scope, out),
        "locked_out_query": filterset.query_string.replacing(outcome=LOCKED_OUT),
        "more_out": max(len(figures.outcomes.locked_out) - len(out), 0),
        "open_problems": problems,
        "more_problems": max(count_open(figures) - len(problems), 0),
        "updates_line": scope.lines[Log.SCIM_UPDATES],
        "changes": changes.tables(scope),
        "fresh": freshness(states),
        "more_streams": max(len(states) - len(freshness(states)), 0),
    }


def _chart(filterset: OverviewFilter, line: CoverageLine, viewer: Viewer) -> Chart | None:
    """Logins over time; where none was denied, no mark of denials is explained: without trouble a page has no red."""
    chart = histogram_of(filterset, line, viewer, log=Log.ACCESS_REQUESTS, kinds=LOGIN_KINDS, noun="logins")
    if chart is None or any(part.css == LOGIN_KINDS[0].css for bar in chart.bars for part in bar.parts):
        return chart
    return replace(chart, legend=[item for item in chart.legend if item.css != LOGIN_KINDS[0].css])
