"""Lists of groups (failed logins by app, people, SCIM problems): one table class makes the page and its CSV.

A new one needs four things: a function of `logsync.insight` that finds the groups, a `GroupedTable`, a view that names
both (with a `GroupedExportView` for its CSV and JSON), and an address.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View

from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import Empty, why_empty
from dashboard.lists.export import CSV, ExportLinks, head_problems, naming_ignored, streamed
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.formats import exported, refused_in
from dashboard.lists.grouped_tables import GroupedTable
from dashboard.lists.tables import sort_in_force, sort_problems
from dashboard.lists.views import FilteredList, box_problems, controls, record_people
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.viewer import Viewer


@dataclass(frozen=True)
class Groups:
    """The groups to list, and how many there are in all."""

    rows: list[Any] | QuerySet[Any]
    count: int


class GroupedList(FilteredList, View, ABC):
    """What a room declares about a list of groups, for its page and its CSV.

    The page shows at most `most` groups; the CSV has all. `csv_name` is blank if there is no CSV.
    """

    table_class: ClassVar[type[GroupedTable]]
    most: ClassVar[int] = 200
    # Whether the list is about a range of time; if not, it has no coverage line.
    has_range: ClassVar[bool] = True

    @abstractmethod
    def groups(self, filterset: Any, most: int | None) -> Groups:
        """The groups under these filters. It may read no more than `most`, but must count all."""

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        return [
            *filterset.problems,
            *box_problems(filterset),
            *sort_problems(self.table_class, request.GET),
            *head_problems(request.GET),
        ]

    @property
    def sort(self) -> str:
        """The column that the list is sorted by, with a leading "-" for descending."""
        return sort_in_force(self.table_class, self.request.GET)

    @property
    def viewer(self) -> Viewer:
        return Viewer.of(self.request)

    def table(self, found: Any, filterset: Any, line: CoverageLine | None) -> GroupedTable:
        return self.table_class(found.rows, viewer=self.viewer, query_string=filterset.query_string, sort=self.sort)


class GroupedListView(GroupedList):
    """The page of a list of groups."""

    template_name: ClassVar[str] = "lists/grouped_list.html"
    context_class: ClassVar[type[GroupedContext]] = GroupedContext

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        if not problems:
            record_people(request)
        context = self.context(filterset, problems)
        return render(request, self.template_name, vars(context), status=400 if problems else 200)

    def context(self, filterset: Any, problems: list[str]) -> GroupedContext:
        line = self.line(filterset, self.viewer) if self.has_range else None
        found = Groups([], 0) if problems else self.groups(filterset, self.most)
        table = self.table(found, filterset, line)
        return self.context_class(
            filterset=filterset,
            problems=problems,
            line=line,
            title=self.title,
            noun=self.noun,
            lead="" if problems else self.lead(found, filterset),
            table=table,
            lines=table.lines[: self.most],
            count=found.count,
            count_words=f"{found.count:,}",
            most=self.most,
            more=max(found.count - self.most, 0),
            empty=None if problems or found.count else self.empty(found, filterset, line),
            export=self._exports(found, filterset) if self.csv_name and found.count else None,
            menus=self.menus(self.request, filterset),
            **controls(filterset),
            **({} if problems else self.further(found, filterset, line)),
        )

    def _exports(self, found: Any, filterset: Any) -> ExportLinks:
        return ExportLinks.of(self.csv_name, filterset.query_string).counting(found.count, f"{found.count:,}")

    def lead(self, found: Any, filterset: Any) -> str:
        """The sentence under the title."""
        return f"{found.count:,} {self.noun}"

    def empty(self, found: Any, filterset: Any, line: CoverageLine | None) -> Empty:
        """Why there are no groups."""
        assert line is not None, "A list without a range says why it is empty by itself."
        return why_empty(filterset, line, self.noun, at_the_end=False, has_groups=True)

    def further(self, found: Any, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        """The values for fields that only the page's own context class has."""
        return {}


class GroupedExportView(GroupedList):
    """Every group of the page's address, as CSV or as JSON."""

    format: str = CSV

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset = self.filterset(request)
        if problems := self.problems(request, filterset):
            return refused_in(self.format, problems)
        return naming_ignored(self._export(request, filterset), filterset.ignored)

    def _export(self, request: HttpRequest, filterset: Any) -> HttpResponseBase:
        of = self.export_of(request, filterset)
        found = self.groups(filterset, None)
        is_query = isinstance(found.rows, QuerySet)
        table = self.table(Groups([], 0) if is_query else found, filterset, of.line)
        groups = streamed(found.rows) if isinstance(found.rows, QuerySet) else (row.record for row in table.rows)
        return exported(
            self.format,
            self.table_class.csv_columns(),
            table.csv_lines(groups),
            has_lines=lambda: found.count > 0,
            of=of,
        )
