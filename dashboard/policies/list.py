"""The list of what Access is set up to do: its page and its exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import OPEN_SYNC, Empty, Way
from dashboard.lists.filters import ANY, EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE, PARTIAL, UNKNOWN
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.permissions.permission import Permission, may
from dashboard.permissions.refusals import record_refusal, refusal
from dashboard.policies.filters import PAGE, ObjectFilter
from dashboard.policies.findings import FindingGroup, groups_of
from dashboard.policies.readings import Readings, readings_of
from dashboard.policies.rows import Configured, rows_of
from dashboard.policies.tables import ObjectTable
from dashboard.policies.wording import PLURALS
from logsync.coverage import coverage_of
from logsync.insight.blind_spots.findings import Kind as FindingKind
from logsync.models import AccessObject, Account, Snapshot
from logsync.spans import BEGINNING, Span
from logsync.words import counted, exact_moment

Kind = AccessObject.Kind
NOTHING_READ = "Gatehouse has not read any policies yet."


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of objects, as a link that keeps the other filters."""

    word: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class ObjectsContext(GroupedContext):
    """`policies/list.html`."""

    tabs: Sequence[Tab] = ()
    groups: Sequence[FindingGroup] = ()
    readings: Readings | None = None
    # Whether every proof was made; if not, there may be further findings.
    is_complete: bool = True
    # The neighbouring pages, and which page this is of how many.
    previous_href: str = ""
    next_href: str = ""
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class ObjectGroups(Groups):
    """Objects, and how many items each list among them has."""

    items: dict[int, int]


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

    @cached_property
    def accounts(self) -> list[Account]:
        """The accounts of which something was read."""
        return list(Account.objects.filter(pk__in=AccessObject.objects.order_by().values("account").distinct()))

    @cached_property
    def readings(self) -> Readings:
        return readings_of(self.accounts or Account.objects.all())

    @cached_property
    def configured(self) -> dict[int, Configured]:
        """All accounts, as findings and uses are about all objects and not about those of a filter."""
        now = timezone.now()
        return {account.pk: Configured.of(account, now) for account in self.accounts}

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """When it was read, and whether all of it was."""
        now, oldest = filterset.range.now, self.readings.oldest
        coverage = coverage_of([], Span(BEGINNING, now))
        if oldest is None:
            return CoverageLine(UNKNOWN, NOTHING_READ, coverage)
        missing = ", ".join(dict.fromkeys(failed.part for failed in self.readings.failed))
        sentence = f"As read from Cloudflare at {exact_moment(oldest)}."
        more = f" Not read: {missing}." if missing else ""
        return CoverageLine(PARTIAL if missing else COMPLETE, f"{sentence}{more}", coverage)

    def groups(self, filterset: Any, most: int | None) -> ObjectGroups:
        rows = filterset.chosen(rows_of(filterset.rows_outside_range(), self.configured))
        lists = [row.thing.pk for row in rows if row.kind == Kind.LIST]
        return ObjectGroups(rows, len(rows), _item_counts(lists) if lists else {})

    def table(self, found: Any, filterset: Any, line: CoverageLine | None) -> ObjectTable:
        return ObjectTable(
            found.rows,
            kind=kind_of(filterset),
            has_accounts=len(self.accounts) > 1,
            items=getattr(found, "items", {}),
            viewer=self.viewer,
            query_string=filterset.query_string,
            sort=self.sort,
        )


def kind_of(filterset: EventFilterSet) -> str:
    """The one kind that the list is of; blank if it has several."""
    kinds = filterset.default_values if filterset.is_default_in_force else filterset.values_of("kind")
    return kinds[0] if len(kinds) == 1 and kinds[0] in Kind and "kind" not in filterset.excluded else ""


def _item_counts(lists: list[int]) -> dict[int, int]:
    """How many items each of these lists has, as it was last read."""
    forms = Snapshot.objects.filter(object__in=lists).order_by("first_seen_at", "id")
    contents = dict(forms.values_list("object_id", "content"))
    return {pk: len(items) for pk, content in contents.items() if isinstance(items := content.get("items"), list)}


class ObjectListView(ObjectList, GroupedListView):
    """The page of the list."""

    template_name = "policies/list.html"
    context_class = ObjectsContext
    most = 100

    def context(self, filterset: Any, problems: list[str]) -> ObjectsContext:
        context = cast(ObjectsContext, super().context(filterset, problems))
        pages = max(-(-context.count // self.most), 1)
        page = min(_page_number(self.request), pages)
        address, first = filterset.query_string, (page - 1) * self.most
        return replace(
            context,
            lines=context.table.lines[first : first + self.most],
            page=page,
            pages=pages,
            previous_href=address.replacing(page=str(page - 1) if page > 2 else None) if page > 1 else "",
            next_href=address.replacing(page=str(page + 1)) if page < pages else "",
        )

    def lead(self, found: Any, filterset: Any) -> str:
        kind = kind_of(filterset)
        nouns = (Kind(kind).label, PLURALS[Kind(kind)].lower()) if kind else ("object", "objects")
        return f"What Access asks of a login, as Gatehouse last read it: {counted(found.count, *nouns)}"

    def empty(self, found: Any, filterset: Any, line: CoverageLine | None) -> Empty:
        if not self.accounts:
            words = "They are read in the background, if the API token may. Sync says what it may."
            return Empty("circle-dashed", NOTHING_READ, words, [OPEN_SYNC])
        kind = kind_of(filterset)
        noun = PLURALS[Kind(kind)].lower() if kind else "objects"
        everything = Way("Show everything", f"{reverse(self.list_name)}?kind={ANY}")
        return Empty("filter", f"No {noun} found", "Nothing that was read matches these filters.", [everything])

    def further(self, found: Any, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        address, chosen = filterset.query_string, kind_of(filterset)
        here = reverse(self.list_name)
        hrefs = {kind.value: f"{here}?kind={ANY}&finding={kind}" for kind in FindingKind}
        rows = filterset.rows_outside_range("kind").order_by().values_list("kind").annotate(number=Count("pk"))
        counts = dict(rows)
        tabs = [
            Tab(
                word,
                counts.get(kind, 0),
                address.replacing(kind=kind.value, page=None, sort=None),
                kind == chosen,
            )
            for kind, word in PLURALS.items()
            if counts.get(kind) or kind in (Kind.APP, chosen)
        ]
        return {
            "tabs": tabs,
            "groups": groups_of(self.configured.values(), SentenceRenderer(self.viewer, timezone.now()), hrefs),
            "readings": self.readings,
            "is_complete": all(one.findings.is_complete for one in self.configured.values()),
        }


def _page_number(request: HttpRequest) -> int:
    """The page that the address asks for; the first if it asks for none that there can be."""
    asked = request.GET.get(PAGE, "")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 9 else 1


class ObjectExportView(ObjectList, GroupedExportView):
    """The same objects as CSV or JSON, for those who may export lists."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not may(request, Permission.EXPORT):
            record_refusal(request, Permission.EXPORT)
            raise PermissionDenied(refusal(request, Permission.EXPORT))
        return super().get(request)
