"""The pages about SCIM problems: the list and its CSV, one problem, notes on it, and failing people without a login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View
from django.views.decorators.http import require_POST

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.lists.context import GroupedContext
from dashboard.lists.events.resource_lines import ResourceLine, lines_of
from dashboard.lists.export import ExportLinks
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import problem_href
from dashboard.page.timerange import RANGE_PARAMETERS, TimeRange
from dashboard.page.viewer import Viewer
from dashboard.saved.lists import SavedViews
from dashboard.scim.problems.detail import (
    FEW_RESOURCES,
    MOST_RESOURCES,
    ProblemDetail,
    is_known_choice,
    problem_detail,
    problem_named,
)
from dashboard.scim.problems.filters import ProblemFilter
from dashboard.scim.problems.never_logged_in import NeverLoggedIn, known_since, never_logged_in_of
from dashboard.scim.problems.notes import Act, NoteForm, write_note
from dashboard.scim.problems.segments import Ignored, Segment, count_states, ignored_of, segments_of
from dashboard.scim.problems.state_moment import StateMoment, moment_of
from dashboard.scim.problems.tables import ProblemTable
from logsync.insight.problem_queries import (
    Problems,
    count_open_resources,
    sort_by,
    unanswered_since,
    with_counts,
)
from logsync.insight.problem_resources import missing_time, never_logged_in, worst_first
from logsync.insight.trends import bars_by
from logsync.models import IdentityProvider, Log, ScimProblem, ScimProblemStatus, ScimUpdate
from logsync.scim.history.problem_lifecycle import UNANSWERED
from logsync.spans import Span
from logsync.words import counted

MOST_PEOPLE = 200


class ProblemList(GroupedList):
    """Problems that match the page's filters: what the page, its CSV and the list of people share."""

    model = ScimProblem
    filterset_class = ProblemFilter
    table_class = ProblemTable
    log = Log.SCIM_UPDATES
    title = "SCIM problems"
    word = "Problems"
    noun = "SCIM problems"
    list_name = "scim:problems"
    csv_name = "scim:problems-csv"
    filename = "scim-problems"

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = filterset.rows()
        found = sort_by(with_counts(rows, filterset.range.span, filterset.moment.past), self.sort)
        return Groups(found[:most], rows.count())

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> ProblemTable:
        query, range = self.request.GET, filterset.range
        failures = ScimUpdate.objects.filter(problem__in=[problem.pk for problem in found.rows])
        inside = failures.between(*range.span)
        return ProblemTable(
            found.rows,
            sort=self.sort,
            viewer=self.viewer,
            query_string=filterset.query_string,
            bars=bars_by(inside, "logged_at", ["problem"], range.span, now=range.now) if found.rows else {},
            providers=IdentityProvider.objects.names(),
            range=range,
            moment=filterset.moment,
            range_parameters={name: query[name] for name in RANGE_PARAMETERS if query.get(name)},
        )


class MissingTime(NamedTuple):
    """A gap in a log; the log's `name` is blank if the list is about only one."""

    span: Span
    name: str


@dataclass(frozen=True, kw_only=True)
class ProblemsContext(GroupedContext):
    """The list of problems."""

    segments: Sequence[Segment] = ()
    # How many problems are hidden because they are ignored; None if none are.
    ignored: Ignored | None = None
    # As of when states are told, as a sentence.
    as_of: str = ""
    # Gaps in the logs since open problems last failed: they may have healed then.
    missing: Sequence[MissingTime] = ()
    # How many failing users have no login on record; None if there are none or it is unknown.
    without_login: NeverLoggedIn | None = None


class ProblemListView(SavedViews, ProblemList, GroupedListView):
    """Every problem that failed in the range or is open now, those with the most failing resources first."""

    template_name = "scim/problems/list.html"
    context_class = ProblemsContext

    def lead(self, found: Groups, filterset: Any) -> str:
        return _lead(filterset.rows(), filterset)

    def further(self, found: Groups, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        counts = count_states(filterset)
        return {
            "segments": segments_of(filterset, counts),
            "ignored": ignored_of(filterset, counts),
            "as_of": filterset.moment.words,
            "missing": self._missing(filterset, line) if line else [],
            "without_login": None if filterset.moment.past else never_logged_in_of(filterset),
            "open": _open(self.request, filterset.moment),
        }

    def _missing(self, filterset: ProblemFilter, line: CoverageLine) -> list[MissingTime]:
        """Gaps in each log since its oldest open problem last failed, in order of time."""
        past = filterset.moment.past
        since, now = unanswered_since(filterset.rows(), past), past.at if past else filterset.range.now
        has_several = len(line.names) > 1
        return sorted(
            MissingTime(span, name if has_several else "")
            for stream, name in line.names.items()
            if (stream.account_id, stream.idp_id) in since
            for span in missing_time([stream], since[stream.account_id, stream.idp_id], now)
        )


class ProblemExportView(ProblemList, GroupedExportView):
    """All problems that match the filters, with their sums."""


def _lead(rows: Problems, filterset: ProblemFilter) -> str:
    moment = filterset.moment
    failing = moment.failing(count_open_resources(rows, moment.past))
    behind = rows.filter(state__in=UNANSWERED).count()
    failures = ScimUpdate.objects.filter(problem__in=rows.values("pk"))
    failures = failures.between(filterset.range.since, filterset.range.until)
    requests, unnamed = failures.count(), failures.filter(resource=None).count()
    failed = f"{counted(requests, 'failed request')}, {filterset.range.words}"
    names = "request that names" if unnamed == 1 else "requests that name"
    more = f" (+ {unnamed:,} {names} no resource)" if unnamed else ""
    return f"{failing}{more}, in {counted(behind, 'problem')}; {failed}"


def _open(request: HttpRequest, moment: StateMoment) -> ProblemDetail | None:
    """The problem to unfold in the list; None if the URL names none."""
    problem = problem_named(request.GET.get("open", ""), moment.past)
    address = _address(request, problem, moment) if problem else ""
    return problem_detail(problem, "", address, FEW_RESOURCES, moment) if problem else None


def _address(request: HttpRequest, problem: ScimProblem, moment: StateMoment) -> str:
    href = f"{problem_href(problem)}?{moment.query}" if moment.query else problem_href(problem)
    return request.build_absolute_uri(href)


@dataclass(frozen=True, kw_only=True)
class ProblemContext:
    """One problem on a page of its own, or unfolded in the list."""

    # The name of the list that the problem is in, and its address.
    title: str
    list_href: str
    open: ProblemDetail
    # A sentence for each thing in the address that could not be understood.
    problems: list[str]
    # Whether it has a page of its own.
    is_alone: bool


class ProblemView(View):
    """One problem on a page of its own; for htmx only the row that unfolds in the list."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        range = TimeRange.read(request.GET, timezone.now(), Viewer.of(request))
        moment = moment_of(range.until, range.now)
        problem = problem_named(key, moment.past)
        if problem is None:
            raise Http404("This problem doesn’t exist. Its requests may have been deleted after KEEP_EVENTS_DAYS.")
        chosen = request.GET.get("state", "")
        wrong = [] if is_known_choice(chosen) else [f"There is no state “{chosen}” here. Choose one above the list."]
        wrong += [range.problem] if range.problem else []
        most = FEW_RESOURCES if request.htmx else MOST_RESOURCES  # type: ignore[attr-defined]
        context = ProblemContext(
            open=problem_detail(problem, chosen, _address(request, problem, moment), most, moment),
            problems=wrong,
            title="SCIM problems",
            list_href=reverse("scim:problems"),
            is_alone=not request.htmx,  # type: ignore[attr-defined]
        )
        template = "lists/open_row.html" if request.htmx else "scim/problems/page.html"  # type: ignore[attr-defined]
        response = render(request, template, vars(context), status=400 if wrong else 200)
        # This URL has two answers; on "back", a browser must not show the row as the page.
        patch_vary_headers(response, ["HX-Request"])
        return response


@require_POST
def note(request: HttpRequest, key: str) -> HttpResponse:
    """Write a note on a problem, ignore it or stop ignoring it, and go back to it."""
    problem = get_object_or_404(ScimProblem, key=key)
    form = NoteForm(request.POST)
    if form.is_valid():
        act = form.cleaned_data["act"]
        with transaction.atomic():
            write_note(problem, act, form.cleaned_data["text"], request.user.get_username())
            record(request, Action.NOTE_CHANGED, problem_href(problem), act=act, error=problem.template)
        messages.success(request, _SAID[act])
    else:
        messages.error(request, f"{form.sentences} Nothing was saved.")
    return redirect(problem_href(problem))


_SAID = {
    Act.NOTE: "Note added.",
    Act.IGNORE: "Problem ignored. The list hides it, and counts it below the table.",
    Act.WATCH: "Problem no longer ignored.",
}


@dataclass(frozen=True, kw_only=True)
class NeverLoggedInContext:
    """Failing users without a login on record."""

    # A sentence for each parameter that could not be understood; if any, nobody is listed.
    problems: list[str]
    # The people listed, and how many there are in all.
    lines: list[ResourceLine]
    shown_of: int
    without_login: NeverLoggedIn | None
    # Since when logins are known; None if none are.
    since: datetime | None
    back_href: str
    export: ExportLinks | None
    noun: str = "user"
    # Each line names its problem.
    has_problems: bool = True


class WithoutLoginView(ProblemList):
    """Failing users without a login on record, with the filters of the list of problems."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset: Any = self.filterset(request)
        problems = self.problems(request, filterset)
        since = None if problems else known_since(filterset)
        people = never_logged_in(filterset.rows()) if since else ScimProblemStatus.objects.none()
        shown_of = people.count()
        context = NeverLoggedInContext(
            problems=problems,
            lines=lines_of(worst_first(people)[:MOST_PEOPLE], filterset.range.now),
            shown_of=shown_of,
            without_login=None if problems else never_logged_in_of(filterset),
            since=since,
            back_href=reverse("scim:problems") + filterset.query_string.replacing(),
            export=ExportLinks.of("scim:never-csv", filterset.query_string) if shown_of else None,
        )
        return render(request, "scim/problems/never_logged_in.html", vars(context), status=400 if problems else 200)
