"""Every user or group of SCIM problems as CSV or JSON: of one problem, or the failing users who never logged in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views import View

from dashboard.lists.export import CSV, head_problems, streamed
from dashboard.lists.formats import exported, refused_in
from dashboard.lists.grouped_tables import CsvColumn, GroupedTable
from dashboard.lists.recorded import ListExport
from dashboard.page.coverage_line import line_for
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.scim.problems.detail import CHOICES, is_known_choice, problem_named
from dashboard.scim.problems.never_logged_in import known_since
from dashboard.scim.problems.state_moment import moment_of
from dashboard.scim.problems.views import ProblemList
from logsync.insight.past_problems import past_statuses
from logsync.insight.problem_resources import ProblemResource, never_logged_in, read_resources, worst_first
from logsync.models import Log, ScimProblem, ScimProblemStatus, Stream

# So many resources are read at once.
BATCH = 500


class ResourceTable(GroupedTable):
    """One row for each user or group of a problem, with the requests that show where it stands."""

    account = CsvColumn("status__problem__account__account_id")
    idp_id = CsvColumn("status__problem__idp_id")
    problem = CsvColumn("status__problem__key")
    error = CsvColumn("status__problem__template")
    request_method = CsvColumn("status__problem__request_method")
    resource_type = CsvColumn("status__problem__resource_type")
    resource_name = CsvColumn("name")
    state = CsvColumn("status__state")
    failed_requests = CsvColumn("status__tries")
    first_failed_at = CsvColumn("status__first_failed__logged_at")
    last_failed_at = CsvColumn("status__last_failed__logged_at")
    healed_at = CsvColumn()
    healed_by = CsvColumn()

    def value_healed_at(self, record: ProblemResource) -> datetime | None:
        return record.status.proof.logged_at if record.status.proof else None

    def value_healed_by(self, record: ProblemResource) -> str:
        """The key of the request that healed or deleted it."""
        return record.status.proof.key.hex if record.status.proof else ""


def resources_in(statuses: Iterable[ScimProblemStatus], now: datetime) -> Iterator[ProblemResource]:
    """The resources of these statuses, in the same order, some at a time."""
    statuses = iter(statuses)
    while batch := list(islice(statuses, BATCH)):
        yield from read_resources(batch, now)


class ProblemResourcesView(View):
    """Everyone and everything that one problem is about, in the `state` of the address or in any."""

    format: str = CSV

    def get(self, request: HttpRequest, key: str) -> HttpResponseBase:
        query, range = request.GET, TimeRange.read(request.GET, timezone.now())
        moment = moment_of(range.until, range.now)
        problem = problem_named(key, moment.past)
        if problem is None:
            raise Http404("There is no problem with this key. Its rows may have been deleted after KEEP_EVENTS_DAYS.")
        chosen = query.get("state", "")
        wrong = [] if is_known_choice(chosen) else [f"There is no state “{chosen}” here."]
        if problems := [*wrong, *filter(None, [range.problem]), *head_problems(query)]:
            return refused_in(self.format, problems)
        states: Sequence[str] | None = CHOICES[chosen][1] if chosen in CHOICES else None
        found: Iterable[ScimProblemStatus]
        if moment.past:
            found = [one for one in past_statuses(moment.past, problem.pk) if states is None or one.state in states]
        else:
            statuses = problem.statuses.all() if states is None else problem.statuses.filter(state__in=states)
            found = streamed(worst_first(statuses))
        streams = Stream.objects.with_ranges().filter(
            log=Log.SCIM_UPDATES, account=problem.account, idp_id=problem.idp_id
        )
        everything = TimeRange.read(QueryDict("range=all"), range.now)
        table = ResourceTable([], viewer=Viewer(), query_string=QueryString(query))
        return exported(
            self.format,
            table.csv_columns(),
            table.csv_lines(resources_in(_of(problem, found), moment.past.at if moment.past else range.now)),
            has_lines=problem.statuses.exists,
            of=ListExport(
                request=request,
                title="Resources of a SCIM problem",
                filename="scim-problem",
                page=reverse("scim:problem", args=[key]),
                range=everything,
                line=line_for(streams, everything, Viewer()),
                words=[f"Problem: {problem.template}", *([f"State: {chosen}"] if chosen else [])],
            ),
        )


def _of(problem: ScimProblem, statuses: Iterable[ScimProblemStatus]) -> Iterator[ScimProblemStatus]:
    """These statuses, each with the problem that is already read, and with its account."""
    for status in statuses:
        status.problem = problem
        yield status


class WithoutLoginExportView(ProblemList):
    """Failing users without a login on record, with the filters of the list of problems."""

    format: str = CSV

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset: Any = self.filterset(request)
        if problems := self.problems(request, filterset):
            return refused_in(self.format, problems)
        people = never_logged_in(filterset.rows()) if known_since(filterset) else ScimProblemStatus.objects.none()
        rows = streamed(worst_first(people).select_related("problem__account"))
        table = ResourceTable([], viewer=Viewer(), query_string=QueryString(request.GET))
        return exported(
            self.format,
            table.csv_columns(),
            table.csv_lines(resources_in(rows, filterset.range.now)),
            has_lines=people.exists,
            of=replace(
                self.export_of(request, filterset),
                title="Failing users without a login",
                filename="scim-users-without-login",
                page=reverse("scim:never-logged-in"),
            ),
        )
