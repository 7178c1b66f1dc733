"""The audit log: a list of entries, its exports, and one entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views import View

from dashboard.audit.detail import EntryDetail
from dashboard.audit.filters import AuditFilter
from dashboard.audit.paging import AuditPage, entry_named, read_page
from dashboard.audit.tables import AuditTable
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import Empty, Way
from dashboard.lists.export import ExportLinks
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE, PARTIAL
from dashboard.page.viewer import Viewer
from logsync.coverage import coverage_of
from logsync.spans import BEGINNING, Span
from logsync.words import exact_moment


@dataclass(frozen=True, kw_only=True)
class AuditContext(GroupedContext):
    """`audit/list.html`."""

    # The neighbouring pages; blank where there is none.
    older_href: str = ""
    newer_href: str = ""
    # The newest entry of the whole log.
    head: AuditHead | None = None


@dataclass(frozen=True, kw_only=True)
class EntryContext:
    """`audit/entry.html`."""

    open: EntryDetail
    is_alone: bool
    # The neighbouring entries; blank where there is none.
    previous_href: str = ""
    next_href: str = ""


class AuditList(GroupedList):
    """Entries under the filters, the newest first."""

    model = AuditEntry
    filterset_class = AuditFilter
    table_class = AuditTable
    log = None
    title = "Audit log"
    word = "Audit log"
    noun = "audit entries"
    list_name = "audit:list"
    csv_name = "audit:csv"
    filename = "audit"
    most = 100

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        return AuditFilter(request.GET, request=request, range=self.range(request), queryset=AuditEntry.objects.all())

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """The log is complete from its oldest kept entry on."""
        range = filterset.range
        first = AuditEntry.objects.order_by("number").first()
        begun = first is not None and first.number == 1
        since, until = range.since or (first.at if first else BEGINNING), range.until or range.now
        covered = coverage_of([], Span(min(since, until), until))
        if first is None or begun or since >= first.at:
            days = f"{settings.KEEP_AUDIT.days:,}"
            return CoverageLine(COMPLETE, f"All entries of this range are kept (KEEP_AUDIT_DAYS: {days}).", covered)
        words = (
            f"Entries from before {exact_moment(viewer.local(first.at), 'minutes')} were deleted after "
            f"{settings.KEEP_AUDIT.days:,} days (KEEP_AUDIT_DAYS)."
        )
        return CoverageLine(PARTIAL, words, covered)

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = filterset.rows()
        return Groups(rows.newest_first(), count_up_to_cap(rows))


class AuditView(AuditList, GroupedListView):
    """The page of the list."""

    template_name = "audit/list.html"
    context_class = AuditContext
    page = AuditPage([])

    def context(self, filterset: Any, problems: list[str]) -> AuditContext:
        context = cast(AuditContext, super().context(filterset, problems))
        misplaced = [self.page.problem] if self.page.problem else []
        return replace(context, problems=[*problems, *misplaced], count_words=count_words(context.count))

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = filterset.rows()
        self.page = read_page(rows, self.request.GET, self.most)
        return Groups(self.page.rows, count_up_to_cap(rows))

    def lead(self, found: Groups, filterset: Any) -> str:
        return f"{count_words(found.count)} {'entry' if found.count == 1 else 'entries'}, newest first"

    def _exports(self, found: Groups, filterset: Any) -> ExportLinks:
        links = ExportLinks.of(self.csv_name, filterset.query_string)
        return links.counting(found.count, count_words(found.count))

    def further(self, found: Groups, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        address, opened = filterset.query_string, entry_named(self.request.GET.get("open", ""))
        return {
            "older_href": self.page.older and address.replacing(after=self.page.older),
            "newer_href": self.page.newer and address.replacing(before=self.page.newer),
            "head": AuditHead.objects.first(),
            "open": EntryDetail.of(opened) if opened else None,
        }

    def empty(self, found: Groups, filterset: Any, line: CoverageLine | None) -> Empty:
        everything = Way("Show all time", filterset.query_string.replacing(range="all", since=None, until=None))
        if filterset.in_force:
            ways = [Way("Remove all filters", reverse(self.list_name)), everything]
            return Empty("filter", "No entries match", "No audit entry of this range matches these filters.", ways)
        return Empty("circle-check", "No entries in this range", "Nobody did anything that is recorded.", [everything])


class AuditExportView(AuditList, GroupedExportView):
    """All entries under the filters, as CSV or JSON."""


class EntryView(View):
    """One entry; for htmx only the row that unfolds in the list."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        entry = entry_named(str(number))
        if entry is None:
            raise Http404("There is no audit entry of this number. It may have been deleted after KEEP_AUDIT_DAYS.")
        near = {one.number: one for one in AuditEntry.objects.filter(number__in=(number - 1, number + 1))}
        context = EntryContext(
            open=EntryDetail.of(entry),
            is_alone=not request.htmx,  # type: ignore[attr-defined]
            previous_href=near[number - 1].get_absolute_url() if number - 1 in near else "",
            next_href=near[number + 1].get_absolute_url() if number + 1 in near else "",
        )
        template = "lists/open_row.html" if request.htmx else "audit/entry.html"  # type: ignore[attr-defined]
        response = render(request, template, vars(context))
        patch_vary_headers(response, ["HX-Request"])
        return response
