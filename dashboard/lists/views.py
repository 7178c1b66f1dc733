"""A list of events and its export: a room declares what, this says how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View

from dashboard.charts.chart import Chart
from dashboard.charts.counts import Kind
from dashboard.lists.csv import csv_response
from dashboard.lists.empty import Empty, why_empty
from dashboard.lists.event import event_named
from dashboard.lists.facets import FacetField, facets_of
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.histogram import histogram_of
from dashboard.lists.layout import density_of, layout_problems, page_size_of
from dashboard.lists.paging import COUNT_CAP, Page, count_up_to_cap, count_words, ordered, read_page
from dashboard.lists.tables import EventTable
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import RANGES, TimeRange, parse_moment
from dashboard.page.viewer import Viewer
from logsync.models import Log, Stream
from logsync.words import rfc3339

# The value of `head` that puts the coverage above an export's field names.
COVERAGE = "coverage"


class EventList:
    """What a room says about its list.

    `log` names the streams whose coverage the list depends on, `list_name` and `csv_name` its addresses. `kinds` are
    what may become of an event, failures first, for the chart over the list; `facets` stand beside it.
    `detail_of` makes what `detail_template` shows of one event.
    """

    model: ClassVar[type[Model]]
    filterset_class: ClassVar[type[EventFilterSet]]
    table_class: ClassVar[type[EventTable]]
    log: ClassVar[Log]
    kinds: ClassVar[Sequence[Kind]] = ()
    facets: ClassVar[Sequence[FacetField]] = ()
    title: ClassVar[str]
    noun: ClassVar[str]
    list_name: ClassVar[str]
    csv_name: ClassVar[str]
    detail_template: ClassVar[str]
    detail_of: Callable[[Any], Any]

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        range = TimeRange.read(request.GET, timezone.now())
        rows: QuerySet[Any] = self.model._default_manager.select_related("account")
        return self.filterset_class(request.GET, request=request, range=range, queryset=rows)

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        head = request.GET.get("head", COVERAGE)
        wrong = [] if head == COVERAGE else [f"head={head} is not known here; the only head is {COVERAGE}."]
        return [*filterset.problems, *self.table_class.problems(request.GET), *layout_problems(request.GET), *wrong]

    def streams(self, filterset: EventFilterSet) -> Iterable[Stream]:
        """The streams that the list is made of, under the filters that choose among streams."""
        streams = Stream.objects.filter(log=self.log).expected().with_ranges()
        asked = filterset.form.cleaned_data
        if accounts := asked.get("account"):
            streams = streams.filter(account__account_id__in=accounts)
        if idps := asked.get("idp_id"):
            streams = streams.filter(idp_id__in=idps)
        excluded = filterset.excluded
        return streams.exclude(account__account_id__in=excluded.get("account", ())).exclude(
            idp_id__in=excluded.get("idp_id", ())
        )


class EventListView(EventList, View):
    """A page of the list; with `arrived_after`, only a line that says how many rows are new since then."""

    template_name: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        if arrived_after := parse_moment(request.GET.get("arrived_after", "")):
            return self._news(request, filterset, arrived_after)
        context = self.context(request, filterset, problems) | controls(filterset) | self.surroundings(filterset)
        return render(request, self.template_name, context, status=400 if problems else 200)

    def layout(self, query: QueryDict) -> QueryDict:
        """What says how the list is laid out: the address."""
        return query

    def surroundings(self, filterset: EventFilterSet) -> dict[str, Any]:
        """What stands around a list, beyond its own controls."""
        return {}

    def context(self, request: HttpRequest, filterset: EventFilterSet, problems: list[str]) -> dict[str, Any]:
        layout = self.layout(request.GET)
        viewer = Viewer.of(request)
        line = line_for(self.streams(filterset), filterset.range, viewer)
        rows = self.model._default_manager.none() if problems else filterset.rows()
        page = self._page(request, rows, layout)
        # A list that fits its first page has been counted by reading it.
        is_whole = not (page.after or page.before or request.GET.get("after") or request.GET.get("before"))
        count = len(page.rows) if is_whole else count_up_to_cap(rows)
        return {
            "filterset": filterset,
            "problems": [*problems, page.problem] if page.problem else problems,
            "table": self.table_class(page.rows, query=layout, viewer=viewer, address=filterset.query_string),
            "density": density_of(layout),
            "page": page,
            "line": line,
            "facets": facets_of(filterset, self.facets) if self.facets and not problems else None,
            "chart": None if problems else self._chart(filterset, line, viewer, count),
            "count": count,
            "count_words": count_words(count),
            "title": self.title,
            "lead": "" if problems else self._lead(filterset, count),
            "export_href": "" if problems else self._export_href(filterset),
            "headed_export_href": "" if problems else self._export_href(filterset, head=COVERAGE),
            "poll_href": "" if problems or page.before else self._poll_href(filterset),
            "older_href": page.after and filterset.query_string.replacing(after=page.after),
            "newer_href": page.before and filterset.query_string.replacing(before=page.before),
            "detail_template": self.detail_template,
            "viewer": viewer,
            "empty": None if page.rows or problems else self._empty(filterset, line, request),
            "noun": self.noun,
            "open": self._open(request),
        }

    def _export_href(self, filterset: EventFilterSet, head: str | None = None) -> str:
        return reverse(self.csv_name) + filterset.query_string.replacing(head=head)

    def _page(self, request: HttpRequest, rows: QuerySet[Any], layout: QueryDict) -> Page:
        places = (request.GET.get("after", ""), request.GET.get("before", ""))
        return read_page(rows, self.table_class.sort(layout), *places, size=page_size_of(layout))

    def _chart(self, filterset: EventFilterSet, line: CoverageLine, viewer: Viewer, count: int) -> Chart | None:
        if not self.kinds:
            return None
        are_few = count <= COUNT_CAP
        return histogram_of(filterset, line, viewer, log=self.log, kinds=self.kinds, noun=self.noun, are_few=are_few)

    def _poll_href(self, filterset: EventFilterSet) -> str:
        return filterset.query_string.replacing(arrived_after=rfc3339(filterset.range.now))

    def _lead(self, filterset: EventFilterSet, count: int) -> str:
        total = count_up_to_cap(filterset.rows_without(*filterset.form.cleaned_data))
        return f"{count_words(count)} of {count_words(total)} {self.noun}, as of {filterset.range.now:%H:%M:%S} UTC"

    def _empty(self, filterset: EventFilterSet, line: CoverageLine, request: HttpRequest) -> Empty:
        at_the_end = bool(request.GET.get("after") or request.GET.get("before"))
        return why_empty(filterset, line, self.noun, at_the_end=at_the_end)

    def _open(self, request: HttpRequest) -> Any:
        """What the row that the address opens shows below itself; None if it opens none."""
        event = event_named(self.model, request.GET.get("open", ""))
        return self.detail_of(event) if event else None

    def _news(self, request: HttpRequest, filterset: EventFilterSet, arrived_after: datetime) -> HttpResponse:
        new = count_up_to_cap(filterset.rows().filter(arrived_at__gt=arrived_after))
        context = {"new": new, "new_words": count_words(new), "href": filterset.query_string.replacing()}
        return render(request, "lists/news.html", context)


def controls(filterset: EventFilterSet) -> dict[str, Any]:
    """What the forms and links over a list carry along of its address."""
    address = filterset.query_string
    return {
        "range_links": [(name, address.replacing(range=name, since=None, until=None)) for name in RANGES],
        "earlier_href": _moved(address, filterset.range.earlier),
        "later_href": _moved(address, filterset.range.later),
        "range_hidden": address.hidden("range", "since", "until"),
        "filter_hidden": [*address.hidden(*filterset.filters), *filterset.further_values],
    }


def _moved(address: QueryString, ends: tuple[datetime, datetime] | None) -> str:
    if ends is None:
        return ""
    # To the microsecond, or rows between two ranges would be in neither.
    since, until = (rfc3339(end, "auto") for end in ends)
    return address.replacing(range=None, since=since, until=until)


class EventView(EventList, View):
    """One event on a page of its own; for htmx only the row that unfolds in a list."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        event = event_named(self.model, key)
        if event is None:
            raise Http404("There is no event of this key. It may have been deleted after KEEP_EVENTS_DAYS.")
        template = "lists/open_row.html" if request.htmx else "lists/event.html"  # type: ignore[attr-defined]
        context = {"open": self.detail_of(event), "detail_template": self.detail_template}
        context |= {"title": self.title, "list_href": reverse(self.list_name)}
        response = render(request, template, context)
        # One address has two answers; a browser that goes back must not show the row as the page.
        patch_vary_headers(response, ["HX-Request"])
        return response


class EventCsvView(EventList, View):
    """The whole list as CSV, under the page's own query string.

    Every field, or the columns that the address chooses. An address with a problem gets the sentence and no rows.
    What time the rows cover is said in the file's name (complete, partial, unknown), in the header field `Coverage`,
    and with `head=coverage` in a comment above the line of field names.
    """

    filename: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset = self.filterset(request)
        if problems := self.problems(request, filterset):
            return HttpResponse("\n".join(problems) + "\n", status=400, content_type="text/plain; charset=utf-8")
        columns = (
            self.table_class.chosen_columns(request.GET)
            if request.GET.get("columns")
            else list(self.table_class.base_columns)
        )
        rows = ordered(filterset.rows(), self.table_class.sort(request.GET))
        line = line_for(self.streams(filterset), filterset.range, Viewer())
        name = f"{self.filename}-{timezone.now():%Y%m%dT%H%M%SZ}-{line.kind}.csv"
        # It may end in what Cloudflare said of an error, on any number of lines.
        sentence = " ".join(line.sentence.split())
        comment = sentence if request.GET.get("head") == COVERAGE else ""
        response = csv_response(rows, columns, {"account": "account__account_id"}, name, comment)
        response["Coverage"] = sentence.replace("’", "'").encode("ascii", "replace").decode()
        return response
