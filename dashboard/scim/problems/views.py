"""The pages about SCIM problems: the list and its CSV, one problem, notes on it, and failing people without a login."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View
from django.views.decorators.http import require_POST

from dashboard.lists.csv import csv_response
from dashboard.lists.empty import why_empty
from dashboard.lists.events.resource_lines import lines_of
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.tables import sort_problems
from dashboard.lists.views import EventList, controls
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.links import problem_href
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.saved.menus import views_menu
from dashboard.scim.problems.detail import (
    FEW_RESOURCES,
    MOST_RESOURCES,
    ProblemDetail,
    is_known_choice,
    problem_detail,
    problem_named,
)
from dashboard.scim.problems.filters import ProblemFilter
from dashboard.scim.problems.never_logged_in import known_since, never_logged_in_of
from dashboard.scim.problems.notes import Act, NoteForm, write_note
from dashboard.scim.problems.segments import count_states, ignored_of, segments_of
from dashboard.scim.problems.tables import DEFAULT_SORT, ProblemTable
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
from logsync.spans import Span, merge
from logsync.words import counted

MOST_PROBLEMS = 200
MOST_PEOPLE = 200
CSV_COLUMNS = (
    "key",
    "account",
    "idp_id",
    "request_method",
    "resource_type",
    "template",
    "state",
    "is_ignored",
    "open_resources",
    "healed_resources",
    "requests",
    "unnamed_requests",
    "first_seen",
    "last_seen",
)


class ProblemList(EventList):
    """What both the page and the export of problems are made of."""

    log = Log.SCIM_UPDATES
    noun = "SCIM problems"

    def filterset(self, request: HttpRequest) -> ProblemFilter:
        range = TimeRange.read(request.GET, timezone.now())
        problems = ScimProblem.objects.select_related("account")
        return ProblemFilter(request.GET, request=request, range=range, queryset=problems)

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        return [*filterset.problems, *sort_problems(ProblemTable, request.GET)]

    def sums(self, request: HttpRequest, filterset: ProblemFilter) -> Problems:
        """The problems of the address with their sums, in its order."""
        return sort_by(with_counts(filterset.rows(), filterset.range.span), _sort(request))


def _sort(request: HttpRequest) -> str:
    return request.GET.get("sort") or DEFAULT_SORT


class ProblemListView(ProblemList, View):
    """Every problem that failed in the range or is open now, those that keep most resources failing first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        line = line_for(self.streams(filterset), filterset.range, Viewer.of(request))
        context = controls(filterset) | {
            "filterset": filterset,
            "problems": problems,
            "line": line,
            "title": "SCIM problems",
            "noun": self.noun,
            "detail_template": "scim/problems/detail.html",
            "views_menu": views_menu(request, filterset.query_string),
        }
        if not problems:
            context |= self._found(request, filterset, line)
        return render(request, "scim/problems/list.html", context, status=400 if problems else 200)

    def _found(self, request: HttpRequest, filterset: ProblemFilter, line: CoverageLine) -> dict[str, Any]:
        rows = filterset.rows()
        shown = list(self.sums(request, filterset)[:MOST_PROBLEMS])
        count = rows.count()
        counts = count_states(filterset)
        return {
            "table": self._table(request, filterset, shown),
            "count": count,
            "count_words": f"{count:,}",
            "most": MOST_PROBLEMS,
            "lead": _lead(rows, filterset),
            "segments": segments_of(filterset, counts),
            "ignored": ignored_of(filterset, counts),
            "missing": self._missing(filterset, rows),
            "without_login": never_logged_in_of(filterset),
            "export_href": reverse("scim:problems-csv") + filterset.query_string.replacing(),
            "empty": None if shown else why_empty(filterset, line, self.noun, at_the_end=False),
            "open": _open(request),
        }

    def _table(self, request: HttpRequest, filterset: ProblemFilter, shown: Sequence[ScimProblem]) -> ProblemTable:
        failures = ScimUpdate.objects.filter(problem__in=[problem.pk for problem in shown])
        inside = failures.between(filterset.range.since, filterset.range.until)
        return ProblemTable(
            shown,
            sort=_sort(request),
            viewer=Viewer.of(request),
            address=filterset.query_string,
            bars=bars_by(inside, "logged_at", ["problem"], filterset.range.span, now=filterset.range.now),
            providers={(idp.account_id, idp.idp_id): str(idp) for idp in IdentityProvider.objects.all()},
            range=filterset.range,
            range_asked={name: request.GET[name] for name in ("range", "since", "until") if request.GET.get(name)},
        )

    def _missing(self, filterset: ProblemFilter, rows: Problems) -> list[Span]:
        """What is not known of the time since the oldest of what is open failed last, in the log that it is from."""
        since, now = unanswered_since(rows), filterset.range.now
        streams = [stream for stream in self.streams(filterset) if (stream.account_id, stream.idp_id) in since]
        spans = (missing_time([stream], since[stream.account_id, stream.idp_id], now) for stream in streams)
        return merge(span for found in spans for span in found)


def _lead(rows: Problems, filterset: ProblemFilter) -> str:
    resources = count_open_resources(rows)
    behind = rows.filter(state__in=UNANSWERED).count()
    failures = ScimUpdate.objects.filter(problem__in=rows.values("pk"))
    failures = failures.between(filterset.range.since, filterset.range.until)
    requests, unnamed = failures.count(), failures.filter(resource=None).count()
    are = "resource is" if resources == 1 else "resources are"
    errors = "error" if behind == 1 else "errors"
    failed = f"{counted(requests, 'failed request')}, {filterset.range.words}"
    names = "request that names" if unnamed == 1 else "requests that name"
    more = f" (+ {unnamed:,} {names} no resource)" if unnamed else ""
    return f"{resources:,} {are} failing now{more}, behind {behind:,} {errors}; {failed}"


def _open(request: HttpRequest) -> ProblemDetail | None:
    """What the row that the address opens shows below itself; None if it opens none."""
    problem = problem_named(request.GET.get("open", ""))
    return problem_detail(problem, "", _address(request, problem), FEW_RESOURCES) if problem else None


def _address(request: HttpRequest, problem: ScimProblem) -> str:
    return request.build_absolute_uri(problem_href(problem))


class ProblemCsvView(ProblemList, View):
    """All problems of the page's address, with their sums."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset = self.filterset(request)
        if problems := self.problems(request, filterset):
            return HttpResponse("\n".join(problems) + "\n", status=400, content_type="text/plain; charset=utf-8")
        line = line_for(self.streams(filterset), filterset.range, Viewer())
        name = f"scim-problems-{timezone.now():%Y%m%dT%H%M%SZ}-{line.kind}.csv"
        sentence = " ".join(line.sentence.split())
        comment = sentence if request.GET.get("head") else ""
        rows = self.sums(request, filterset)
        response = csv_response(rows, CSV_COLUMNS, {"account": "account__account_id"}, name, comment)
        response["Coverage"] = sentence.replace("’", "'").encode("ascii", "replace").decode()
        return response


class ProblemView(View):
    """One problem on a page of its own; for htmx only the row that unfolds in the list."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        problem = problem_named(key)
        if problem is None:
            raise Http404("There is no problem of this key. Its rows may have been deleted after KEEP_EVENTS_DAYS.")
        asked = request.GET.get("state", "")
        wrong = [] if is_known_choice(asked) else [f"There is no state “{asked}” here."]
        most = FEW_RESOURCES if request.htmx else MOST_RESOURCES  # type: ignore[attr-defined]
        context = {
            "open": problem_detail(problem, asked, _address(request, problem), most),
            "problems": wrong,
            "detail_template": "scim/problems/detail.html",
            "title": "SCIM problems",
            "list_href": reverse("scim:problems"),
            "is_alone": not request.htmx,  # type: ignore[attr-defined]
        }
        template = "lists/open_row.html" if request.htmx else "scim/problems/page.html"  # type: ignore[attr-defined]
        response = render(request, template, context, status=400 if wrong else 200)
        # One address has two answers; a browser that goes back must not show the row as the page.
        patch_vary_headers(response, ["HX-Request"])
        return response


@require_POST
def note(request: HttpRequest, key: str) -> HttpResponse:
    """Write a note on a problem, ignore it or watch it again, and go back to it."""
    problem = get_object_or_404(ScimProblem, key=key)
    form = NoteForm(request.POST)
    if form.is_valid():
        write_note(problem, form.cleaned_data["act"], form.cleaned_data["text"], request.user.get_username())
        messages.success(request, _SAID[form.cleaned_data["act"]])
    else:
        messages.error(request, f"{form.sentences} Nothing was written.")
    return redirect(problem_href(problem))


_SAID = {
    Act.NOTE: "The note is kept.",
    Act.IGNORE: "This problem is ignored now: the list leaves it out, and counts it at its foot.",
    Act.WATCH: "This problem is watched again.",
}


class WithoutLoginView(ProblemList, View):
    """Failing users of whom no login is on record, under the filters of the list of problems."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        since = None if problems else known_since(filterset)
        people = never_logged_in(filterset.rows()) if since else ScimProblemStatus.objects.none()
        context = {
            "problems": problems,
            "lines": lines_of(worst_first(people)[:MOST_PEOPLE], filterset.range.now),
            "shown_of": people.count(),
            "without_login": None if problems else never_logged_in_of(filterset),
            "since": since,
            "back_href": reverse("scim:problems") + filterset.query_string.replacing(),
            "noun": "user",
            "has_problems": True,
        }
        return render(request, "scim/problems/never_logged_in.html", context, status=400 if problems else 200)
