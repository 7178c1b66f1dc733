"""The overview: what is failing now, compared with the span before, and how fresh the data is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard.charts.chart import Chart
from dashboard.charts.kinds import LOGIN_KINDS
from dashboard.lists.histogram import histogram_of
from dashboard.lists.views import accounts_of, controls
from dashboard.overview import changes
from dashboard.overview.alarm import Alarm, alarm_of
from dashboard.overview.changes import AppTable, Table
from dashboard.overview.figures import Figures, Tile, tiles_of
from dashboard.overview.filters import OverviewFilter
from dashboard.overview.freshness import Freshness, freshness, worst_first
from dashboard.overview.headline import headline_of
from dashboard.overview.no_access import MOST_SHOWN, NoAccessCard, lost_access, never_had_access
from dashboard.overview.open_problems import OpenProblems, open_problems
from dashboard.overview.scope import Scope
from dashboard.overview.sentences import Headline, others_words
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import NO_PEOPLE
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.why.change_marks import with_changes
from logsync.health.stream_state import states_of
from logsync.models import AccessRequest, Account, Log, Stream


def overview(request: HttpRequest) -> HttpResponse:
    """What is wrong in the range, worst first; only the problems if the address can't be read."""
    range = TimeRange.read(request.GET, timezone.now(), Viewer.of(request))
    filterset = OverviewFilter(request.GET, request=request, range=range, queryset=AccessRequest.objects.order_by())
    problems = filterset.problems
    context: dict[str, Any] = {
        "filterset": filterset,
        "problems": problems,
        "has_accounts": Account.objects.count() > 1,
    }
    context |= controls(filterset)
    if not problems:
        context["overview"] = _overview_of(filterset, Viewer.of(request))
    return render(request, "overview/overview.html", context, status=400 if problems else 200)


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows below its filters."""

    # Whether the range has ended; if not, the page refreshes itself.
    is_past: bool
    headline: Headline
    # None if nobody was let in after being deprovisioned, as far as is known.
    alarm: Alarm | None
    tiles: list[Tile]
    line: CoverageLine
    chart: Chart | None
    apps: AppTable
    lost_access: NoAccessCard
    never_had_access: NoAccessCard
    problems: OpenProblems
    freshness: Freshness
    changes: list[Table]
    # Denied rows of services, and of people whom no row names; they are in no other number.
    others: int
    others_words: str
    others_href: str


def _overview_of(filterset: OverviewFilter, viewer: Viewer) -> Overview:
    streams = filterset.narrowed(Stream.objects.expected().with_ranges(), "account")
    scope = Scope(filterset, viewer, list(streams))
    figures = Figures(scope)
    states = worst_first(states_of(scope.streams, scope.range.now))
    locked_out = figures.outcomes.still_locked_out(most=MOST_SHOWN)
    problems = open_problems(figures)
    line = scope.lines[Log.ACCESS_REQUESTS]
    return Overview(
        is_past=scope.is_past,
        headline=headline_of(figures, states, problems.rows, locked_out),
        alarm=alarm_of(scope),
        tiles=tiles_of(figures),
        line=line,
        chart=with_changes(_chart(filterset, line, viewer), filterset.request, accounts_of(filterset)),
        apps=changes.apps(scope),
        lost_access=lost_access(figures, locked_out),
        never_had_access=never_had_access(figures),
        problems=problems,
        freshness=freshness(states, viewer),
        changes=changes.tables(scope),
        others=figures.denials.others,
        others_words=others_words(figures.denials.others),
        others_href=scope.href("logins:list", identity=list(NO_PEOPLE)),
    )


def _chart(filterset: OverviewFilter, line: CoverageLine, viewer: Viewer) -> Chart | None:
    """People's attempts over time. Without denials their legend goes, too: a page without trouble has no red."""
    chart = histogram_of(
        filterset, line, viewer, log=Log.ACCESS_REQUESTS, kinds=LOGIN_KINDS, noun="attempts", of_attempts=True
    )
    if chart is None or any(part.css == LOGIN_KINDS[0].css for bar in chart.bars for part in bar.parts):
        return chart
    return replace(chart, legend=[item for item in chart.legend if item.css != LOGIN_KINDS[0].css])
