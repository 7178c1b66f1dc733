"""The pages about what Access is set up to do: the list, and one object."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from dashboard.lists.empty import Empty, Way
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.permissions.permission import Permission, may
from dashboard.permissions.refusals import record_refusal, refusal
from dashboard.policies.filters import ObjectFilter
from dashboard.policies.tables import ObjectTable
from logsync.coverage import coverage_of
from logsync.models import AccessObject
from logsync.spans import BEGINNING, Span

# The list


class ObjectList(GroupedList):
    """Objects under the filters."""

    model = AccessObject
    filterset_class = ObjectFilter
    table_class = ObjectTable
    log = None
    title = "Policies"
    word = "Policies"
    noun = "objects"
    has_range = False
    list_name = "policies:list"
    csv_name = "policies:csv"
    filename = "policies"

    def range(self, request: HttpRequest) -> TimeRange:
        return TimeRange.read(QueryDict("range=all"), timezone.now())

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """The list is about what was read until now."""
        now = filterset.range.now
        return CoverageLine(COMPLETE, "All that was read, as of now.", coverage_of([], Span(BEGINNING, now)))

    def groups(self, filterset: EventFilterSet, most: int | None) -> Groups:
        rows = list(filterset.rows_outside_range())
        return Groups(rows, len(rows))


class ObjectListView(ObjectList, GroupedListView):
    """The page of the list."""

    template_name = "policies/list.html"

    def empty(self, found: Groups, filterset: EventFilterSet, line: CoverageLine | None) -> Empty:
        words = "Nothing that was read matches these filters."
        return Empty("filter", "Nothing found", words, [Way("Show all applications", reverse(self.list_name))])


class ObjectExportView(ObjectList, GroupedExportView):
    """The same objects as CSV or JSON, for those who may export lists."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not may(request, Permission.EXPORT):
            record_refusal(request, Permission.EXPORT)
            raise PermissionDenied(refusal(request, Permission.EXPORT))
        return super().get(request)


# One object


@dataclass(frozen=True, kw_only=True)
class ObjectContext:
    """`policies/object.html`."""

    thing: AccessObject


class ObjectView(View):
    """One object. `account` says whose it is, where two accounts have the same id."""

    def get(self, request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
        found = AccessObject.objects.filter(kind=kind, object_id=object_id).select_related("account")
        if account := request.GET.get("account"):
            found = found.filter(account__account_id=account)
        thing = found.first()
        if thing is None:
            raise Http404("Gatehouse has never read anything of this kind and id from Cloudflare.")
        return render(request, "policies/object.html", vars(ObjectContext(thing=thing)))
