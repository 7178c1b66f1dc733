"""The list of exports, one export, its manifest, and what it would hold now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View

from dashboard.exported.manifest import manifest_of
from dashboard.exported.models import Export
from dashboard.exports.again import Again, again_of, changes_since
from dashboard.exports.filters import ExportFilter, exports_open_to
from dashboard.exports.tables import ExportTable
from dashboard.exports.words import coverage_badge, range_words, state_badge, state_words
from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import Empty, Way
from dashboard.lists.export import ExportLinks
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.paging import Page, count_up_to_cap, count_words, read_page
from dashboard.page import cells
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE
from dashboard.page.timerange import TimeRange, read_range
from dashboard.page.viewer import Viewer
from dashboard.permissions.permission import Permission, may
from logsync.coverage import coverage_of
from logsync.spans import BEGINNING, Span

DEFAULT_RANGE = "30d"
NEWEST_FIRST = "-id"


@dataclass(frozen=True, kw_only=True)
class ExportsContext(GroupedContext):
    """`exports/list.html`."""

    # The neighbouring pages; blank where there is none.
    older_href: str = ""
    newer_href: str = ""


@dataclass(frozen=True, slots=True)
class ExportDetail:
    """What `exports/detail.html` shows under the name `open`."""

    export: Export
    viewer: Viewer
    again: Again
    template: ClassVar[str] = "exports/detail.html"

    @classmethod
    def of(cls, export: Export, request: HttpRequest, words: str = "") -> ExportDetail:
        return cls(export, Viewer.of(request), replace(again_of(export), words=words))

    @property
    def key(self) -> str:
        return self.export.key

    @property
    def state(self) -> str:
        return state_badge(self.export, state_words(self.export))

    @property
    def sha256(self) -> str:
        return cells.identifier(self.export.sha256, "the SHA-256")

    @property
    def coverage(self) -> str:
        return coverage_badge(self.export)

    @property
    def range_words(self) -> str:
        return range_words(self.export, self.viewer)


@dataclass(frozen=True, kw_only=True)
class ExportContext:
    """`exports/export.html`."""

    open: ExportDetail
    is_alone: bool


class ExportList(GroupedList):
    """Exports under the filters, the newest first."""

    model = Export
    filterset_class = ExportFilter
    table_class = ExportTable
    log = None
    title = "Exports"
    noun = "exports"
    list_name = "exports:list"
    csv_name = "exports:csv"
    filename = "exports"
    most = 100

    def range(self, request: HttpRequest) -> TimeRange:
        return read_range(request, DEFAULT_RANGE)

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        rows = exports_open_to(request).with_state(timezone.now())
        return ExportFilter(request.GET, request=request, range=self.range(request), queryset=rows)

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        range = filterset.range
        until = range.until or range.now
        covered = coverage_of([], Span(min(range.since or BEGINNING, until), until))
        return CoverageLine(COMPLETE, "Every export is recorded before its first byte is sent.", covered)

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = filterset.rows()
        return Groups(rows.order_by(NEWEST_FIRST), count_up_to_cap(rows))


class ExportListView(ExportList, GroupedListView):
    """The page of the list."""

    template_name = "exports/list.html"
    context_class = ExportsContext
    page = Page([])

    def context(self, filterset: Any, problems: list[str]) -> ExportsContext:
        context = cast(ExportsContext, super().context(filterset, problems))
        misplaced = [self.page.problem] if self.page.problem else []
        return replace(context, problems=[*problems, *misplaced], count_words=count_words(context.count))

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows, query = filterset.rows(), self.request.GET
        self.page = read_page(rows, NEWEST_FIRST, query.get("after", ""), query.get("before", ""), self.most)
        return Groups(self.page.rows, count_up_to_cap(rows))

    def lead(self, found: Groups, filterset: Any) -> str:
        whose = "everyone’s" if may(self.request, Permission.VIEW_AUDIT) else "your own"
        return f"{count_words(found.count)} {'export' if found.count == 1 else 'exports'}, {whose}, newest first"

    def _exports(self, found: Groups, filterset: Any) -> ExportLinks:
        links = ExportLinks.of(self.csv_name, filterset.query_string)
        return links.counting(found.count, count_words(found.count))

    def further(self, found: Groups, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        address, page = filterset.query_string, self.page
        opened = export_named(self.request, self.request.GET.get("open", ""))
        return {
            "older_href": page.after and address.replacing(after=page.after),
            "newer_href": page.before and address.replacing(before=page.before),
            "open": ExportDetail.of(opened, self.request) if opened else None,
        }

    def empty(self, found: Groups, filterset: Any, line: CoverageLine | None) -> Empty:
        everything = Way("Show all time", filterset.query_string.replacing(range="all", since=None, until=None))
        if filterset.in_force:
            ways = [Way("Remove all filters", reverse(self.list_name)), everything]
            return Empty("filter", "No exports match", "No export of this range matches these filters.", ways)
        return Empty("download", "No exports in this range", "Nobody exported a list that you may see.", [everything])


class ExportExportView(ExportList, GroupedExportView):
    """All exports under the filters, as CSV or JSON; it is an export itself, and so in its own list."""


class ExportView(View):
    """One export; for htmx only the row that unfolds in the list."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        export = _found(request, number)
        is_alone = not request.htmx  # type: ignore[attr-defined]
        context = ExportContext(open=ExportDetail.of(export, request), is_alone=is_alone)
        template = "exports/export.html" if is_alone else "lists/open_row.html"
        response = render(request, template, vars(context))
        patch_vary_headers(response, ["HX-Request"])
        return response


class AgainView(View):
    """One export, with what arrived since."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        export = _found(request, number)
        words = changes_since(export, request)
        context = ExportContext(open=ExportDetail.of(export, request, words), is_alone=True)
        return render(request, "exports/export.html", vars(context))


class ManifestView(View):
    """All that is known of an export, to be kept beside its file."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        export = _found(request, number)
        # PostgreSQL keeps the names within the coverage in an order of its own.
        params = {"indent": 2, "ensure_ascii": False, "sort_keys": True}
        response = JsonResponse(manifest_of(export), json_dumps_params=params)
        response["Content-Disposition"] = f'inline; filename="export-{export.pk}-manifest.json"'
        return response


def export_named(request: HttpRequest, key: str) -> Export | None:
    """The export of a number in an address; None if there is none, or it is not for this user."""
    is_number = key.isascii() and key.isdigit() and len(key) <= 18
    return exports_open_to(request).filter(pk=int(key)).first() if is_number else None


def _found(request: HttpRequest, number: int) -> Export:
    export = export_named(request, str(number))
    if export is None:
        raise Http404("There is no export of this number that you may see. It may be older than KEEP_AUDIT_DAYS.")
    return export
