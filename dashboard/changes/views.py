"""The list of changes, its exports, and the page of one change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from dashboard.changes.filters import ChangeFilter
from dashboard.changes.page import ChangeContext, context_of
from dashboard.changes.paging import ChangePage, read_page
from dashboard.changes.rows import ChangeRow, rows_of
from dashboard.changes.tables import ChangeTable
from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import Empty, Way
from dashboard.lists.export import ExportLinks
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.paging import COUNT_CAP, count_words
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE, PARTIAL, UNKNOWN
from dashboard.page.timerange import TimeRange, read_range
from dashboard.page.viewer import Viewer
from dashboard.page.wording import moment
from dashboard.permissions.permission import Permission, may
from dashboard.permissions.refusals import record_refusal, refusal
from logsync.coverage import coverage_of
from logsync.insight.policy_changes.change import Origin, PolicyChange
from logsync.insight.policy_changes.load import change_named
from logsync.models import AccessObject, Reading, Snapshot
from logsync.spans import BEGINNING, Span

DEFAULT_RANGE = "30d"
# So many are read at once, with their contents.
CHUNK = 50


@dataclass(frozen=True, kw_only=True)
class ChangesContext(GroupedContext):
    """`changes/list.html`."""

    # The neighbouring pages; blank where there is none.
    older_href: str = ""
    newer_href: str = ""


class ChangeList(GroupedList):
    """Changes under the filters, the newest first."""

    model = Snapshot
    filterset_class = ChangeFilter
    table_class = ChangeTable
    log = None
    title = "Changes"
    word = "Changes"
    noun = "changes"
    list_name = "changes:list"
    csv_name = "changes:csv"
    filename = "changes"
    most = CHUNK

    def range(self, request: HttpRequest) -> TimeRange:
        return read_range(request, DEFAULT_RANGE)

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        return ChangeFilter(request.GET, request=request, range=self.range(request), queryset=Snapshot.objects.none())

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """Since when the configuration is read, and up to when."""
        range = filterset.range
        until = min(range.until or range.now, range.now)
        covered = coverage_of([], Span(min(range.since or BEGINNING, until), until))
        first = AccessObject.objects.aggregate(first=Min("first_seen_at"))["first"]
        readings = list(Reading.objects.all())
        read = [reading.read_at for reading in readings if reading.part != Reading.Part.AUDIT_LOG]
        has_log = any(reading.read_at for reading in readings if reading.part == Reading.Part.AUDIT_LOG)
        last = min((at for at in read if at), default=None)
        if first is None or last is None:
            words = "Gatehouse has not read what Access is set up to do yet, so it knows of no change."
            return CoverageLine(UNKNOWN, words, covered)
        since, last_words = moment(first, viewer), moment(last, viewer)
        words = f"Read since {since}, last {last_words}; what changed between two readings is seen at the later one."
        words += " What came before is from Cloudflare’s audit log." if has_log else ""
        is_whole = (range.since or BEGINNING) >= first and not any(read_at is None for read_at in read)
        return CoverageLine(COMPLETE if is_whole else PARTIAL, words, covered)

    def groups(self, filterset: Any, most: int | None) -> Groups:
        """Every change; they are read a chunk at a time as they are sent."""
        sources = filterset.sources()
        return Groups([*self._all(sources)], sources.count(COUNT_CAP))

    def _all(self, sources: Any) -> Iterator[ChangeRow]:
        changes: list[PolicyChange] = sources.read(CHUNK)
        while changes:
            yield from rows_of(changes)
            changes = sources.beyond(changes[-1].place, older=True).read(CHUNK)


class ChangeListView(ChangeList, GroupedListView):
    """The page of the list."""

    template_name = "changes/list.html"
    context_class = ChangesContext
    page = ChangePage([])

    def context(self, filterset: Any, problems: list[str]) -> ChangesContext:
        context = cast(ChangesContext, super().context(filterset, problems))
        misplaced = [self.page.problem] if self.page.problem else []
        return replace(context, problems=[*problems, *misplaced], count_words=count_words(context.count))

    def groups(self, filterset: Any, most: int | None) -> Groups:
        query, sources = self.request.GET, filterset.sources()
        self.page = read_page(sources, query.get("after", ""), query.get("before", ""), self.most)
        return Groups(rows_of(self.page.rows), sources.count(COUNT_CAP))

    def lead(self, found: Groups, filterset: Any) -> str:
        return (
            f"{count_words(found.count)} change{'' if found.count == 1 else 's'} of what Access asks for, newest first"
        )

    def _exports(self, found: Groups, filterset: Any) -> ExportLinks:
        links = ExportLinks.of(self.csv_name, filterset.query_string)
        return links.counting(found.count, count_words(found.count))

    def further(self, found: Groups, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        address, page = filterset.query_string, self.page
        return {
            "older_href": page.older and address.replacing(after=page.older),
            "newer_href": page.newer and address.replacing(before=page.newer),
        }

    def empty(self, found: Groups, filterset: Any, line: CoverageLine | None) -> Empty:
        everything = Way("Show all time", filterset.query_string.replacing(range="all", since=None, until=None))
        if filterset.in_force:
            ways = [Way("Remove all filters", reverse(self.list_name)), everything]
            return Empty("filter", "No changes match", "No change of this range matches these filters.", ways)
        if line and line.kind == UNKNOWN:
            return Empty(
                "circle-dashed", "Nothing was read yet", line.sentence, [Way("Open sync", reverse("sync:page"))]
            )
        words = "Whatever was read in this range is as it was before."
        return Empty("circle-check", "Nothing changed in this range", words, [everything])


class ChangeExportView(ChangeList, GroupedExportView):
    """All changes under the filters as CSV or JSON, for those who may export lists."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not may(request, Permission.EXPORT):
            record_refusal(request, Permission.EXPORT)
            raise PermissionDenied(refusal(request, Permission.EXPORT))
        return super().get(request)


class ChangeView(View):
    """One change: before and after, who and when, and what happened to logins around it."""

    origin = Origin.SNAPSHOT.value

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        change = change_named(Origin(self.origin), number) if number < 2**63 else None
        if change is None:
            raise Http404("There is no change of this number. It may have been deleted with the events of its time.")
        context: ChangeContext = context_of(change, Viewer.of(request), timezone.now())
        return render(request, "changes/change.html", vars(context))
