"""Lists of events and their CSVs: the rooms declare what is listed, this module does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import F, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View

from dashboard.audit_log.record import record_view_of
from dashboard.charts.chart import Chart
from dashboard.charts.counts import Kind
from dashboard.lists.context import (
    Controls,
    Detail,
    EventContext,
    EventDetail,
    EventsContext,
    FacetContext,
    Menu,
    NewsContext,
)
from dashboard.lists.csv import csv_response
from dashboard.lists.empty import why_empty
from dashboard.lists.events.named import event_named
from dashboard.lists.export import CSV, ExportLinks, head_problems, naming_ignored, streamed
from dashboard.lists.facets import FACET, FACET_TEXT, Asked, FacetField, check_facets, facet_of, facets_of
from dashboard.lists.filter_box.reading import read
from dashboard.lists.filter_box.suggestions import SuggestionsContext, suggestions
from dashboard.lists.filters import BOX, COMPLETE, LONGEST_TYPED, EventFilterSet
from dashboard.lists.formats import refused_in
from dashboard.lists.histogram import histogram_of
from dashboard.lists.json import MOST_ROWS, further_href, json_response, refused_in_json
from dashboard.lists.layout import density_of, layout_problems, page_size_of
from dashboard.lists.paging import COUNT_CAP, count_up_to_cap, count_words, ordered, ordered_after, place_of, read_page
from dashboard.lists.recorded import ListExport
from dashboard.lists.tables import EventTable
from dashboard.lists.words import filter_words
from dashboard.page.coverage_line import CoverageLine, line_for, scim_line
from dashboard.page.headers import BACKGROUND
from dashboard.page.links import LONGEST_VALUE
from dashboard.page.range_picker import picker_of
from dashboard.page.reveal import RevealCard
from dashboard.page.timerange import TimeRange, parse_moment
from dashboard.page.viewer import Viewer
from dashboard.page.wording import time_of_day
from dashboard.permissions.reveals import subjects_of
from logsync.datasets import DATASETS
from logsync.models import Account, Log, Stream
from logsync.models.directory import AccountQuerySet
from logsync.models.events import given_time
from logsync.words import rfc3339

# Filters that can leave the rows of one person, and how many people of one address are written into the audit log.
OF_ONE_PERSON = ("person", "user_email", "resource_user_email", "q")
MOST_PEOPLE = 20


class FilteredList(View):
    """What every list declares about itself, for its page and its CSV.

    Its coverage is that of the streams of `log`, or of all logs if that is None. `model` is what its filters are about:
    the rows of `log`, unless the list declares another. `list_name` and `csv_name` are the names of its addresses, and
    `filename` begins the name of its CSV. `word` is its name in the navigation; only lists that have one can be saved
    as views.
    """

    model: ClassVar[type[Model]]
    filterset_class: ClassVar[type[EventFilterSet]]
    log: ClassVar[Log | None]
    # The filters that select streams too, each with the field of the stream.
    stream_filters: ClassVar[dict[str, str]] = {"account": "account__account_id", "idp_id": "idp_id"}
    title: ClassVar[str]
    word: ClassVar[str] = ""
    noun: ClassVar[str]
    list_name: ClassVar[str]
    csv_name: ClassVar[str] = ""
    filename: ClassVar[str] = ""
    facets: ClassVar[Sequence[FacetField]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = vars(cls)
        if declared.get("log") and "model" not in declared:
            cls.model = DATASETS[declared["log"]].model

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What is typed into the filter box gets suggestions, and then becomes the address that it asks for."""
        if self.filterset_class.has_box and any(name in request.GET for name in BOX):
            filterset = self.filterset(request)
            if COMPLETE in request.GET:
                return self._suggestions(request, filterset)
            if not box_problems(filterset):
                return redirect(request.path + read(filterset, filterset.typed).href)
        return super().dispatch(request, *args, **kwargs)

    def _suggestions(self, request: HttpRequest, filterset: EventFilterSet) -> HttpResponse:
        is_clear = not filterset.problems
        found = suggestions(filterset, self.facets, request.GET[COMPLETE][:LONGEST_TYPED]) if is_clear else []
        return render(request, "lists/suggestions.html", vars(SuggestionsContext(found)))

    def range(self, request: HttpRequest) -> TimeRange:
        return TimeRange.read(request.GET, timezone.now(), Viewer.of(request))

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        rows: QuerySet[Any] = self.model._default_manager.select_related("account")
        return self.filterset_class(request.GET, request=request, range=self.range(request), queryset=rows)

    def streams(self, filterset: EventFilterSet) -> Iterable[Stream]:
        """The streams of the list, under the filters that select streams."""
        streams = Stream.objects.expected().with_ranges()
        if self.log:
            streams = streams.filter(log=self.log)
        for name, field in self.stream_filters.items():
            if values := filterset.form.cleaned_data.get(name):
                streams = streams.filter(**{f"{field}__in": values})
            streams = streams.exclude(**{f"{field}__in": filterset.excluded.get(name, ())})
        return streams

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """Which part of the range is known."""
        streams = self.streams(filterset)
        if self.log != Log.SCIM_UPDATES or "idp_id" in filterset.in_force:
            return line_for(streams, filterset.range, viewer)
        return scim_line(streams, filterset.range, viewer, accounts_of(filterset))

    def export_of(self, request: HttpRequest, filterset: EventFilterSet) -> ListExport:
        """What an export of the list is of."""
        return ListExport(
            request=request,
            title=self.title,
            filename=self.filename,
            page=reverse(self.list_name),
            range=filterset.range,
            line=self.line(filterset, Viewer()),
            words=filter_words(filterset),
        )

    def menus(self, request: HttpRequest, filterset: EventFilterSet) -> list[Menu]:
        """The menus over the list, besides range and filters."""
        return []


def record_people(request: HttpRequest) -> None:
    """Write down whom a list shows alone: a filter names them by their whole address."""
    for value in [value for name in OF_ONE_PERSON for value in request.GET.getlist(name)][:MOST_PEOPLE]:
        if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value.strip().strip('"')):
            record_view_of(request, value.strip().strip('"'), "list")


def box_problems(filterset: EventFilterSet) -> Sequence[str]:
    """A sentence for everything that was typed into the filter box and cannot be understood."""
    return read(filterset, filterset.typed).problems if filterset.has_box else ()


def accounts_of(filterset: EventFilterSet) -> AccountQuerySet:
    """The accounts that a page is about, by its filter."""
    accounts = Account.objects.exclude(account_id__in=filterset.excluded.get("account", ()))
    chosen = filterset.form.cleaned_data.get("account")
    return accounts.filter(account_id__in=chosen) if chosen else accounts


class EventList(FilteredList):
    """What a room declares about its list of events.

    `kinds` are the possible results of an event, failures first, for the chart; `facets` are shown beside the list.
    `detail_of` makes the details of one event, for its row and its page.
    """

    table_class: ClassVar[type[EventTable]]
    log: ClassVar[Log]
    kinds: ClassVar[Sequence[Kind]] = ()
    detail_of: Callable[[Any], EventDetail]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.facets:
            check_facets(cls.facets, cls.filterset_class, cls.model)

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        query = request.GET
        found = [*filterset.problems, *box_problems(filterset), *self.table_class.problems(query)]
        return [*found, *layout_problems(query), *head_problems(query)]


class EventListView(EventList, View):
    """A page of the list; with `arrived_after`, only a line that says how many rows are new since then."""

    template_name: ClassVar[str] = "lists/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        if self._asked_facet.name and request.htmx and not problems:  # type: ignore[attr-defined]
            return self._facet(request, filterset)
        if arrived_after := parse_moment(request.GET.get("arrived_after", "")):
            return self._news(request, filterset, arrived_after)
        if not problems:
            record_people(request)
        context = self.context(request, filterset, problems)
        response = render(request, self.template_name, vars(context), status=400 if problems else 200)
        if self._asked_facet.name:
            patch_vary_headers(response, ["HX-Request"])
        return response

    def layout(self, query: QueryDict) -> QueryDict:
        """The query that lays the list out: that of the address."""
        return query

    def context(self, request: HttpRequest, filterset: EventFilterSet, problems: list[str]) -> EventsContext:
        layout = self.layout(request.GET)
        address, viewer = filterset.query_string, Viewer.of(request)
        line = self.line(filterset, viewer)
        rows = self.model._default_manager.none() if problems else filterset.rows()
        places = request.GET.get("after", ""), request.GET.get("before", "")
        page = read_page(rows, self.table_class.sort(layout), *places, size=page_size_of(layout))
        # A list that fits on its first page needs no counting.
        is_whole = not (page.after or page.before or any(places))
        count = len(page.rows) if is_whole else count_up_to_cap(rows)
        is_empty = not (page.rows or problems)
        return EventsContext(
            filterset=filterset,
            problems=[*problems, page.problem] if page.problem else problems,
            line=line,
            title=self.title,
            noun=self.noun,
            lead="" if problems else self._lead(filterset, count),
            count=count,
            count_words=count_words(count),
            page=page,
            table=self.table_class(page.rows, query=layout, viewer=viewer, address=address),
            density=density_of(layout),
            empty=why_empty(filterset, line, self.noun, at_the_end=any(places)) if is_empty else None,
            facets=facets_of(filterset, self.facets, self._asked_facet) if self.facets and not problems else None,
            chart=None if problems else self._chart(filterset, line, viewer, count),
            export=None if problems else ExportLinks.of(self.csv_name, address).counting(count, count_words(count)),
            poll_href="" if problems or page.before else address.replacing(arrived_after=rfc3339(filterset.range.now)),
            older_href=page.after and address.replacing(after=page.after),
            newer_href=page.before and address.replacing(before=page.before),
            open=self._open(request),
            menus=self.menus(request, filterset),
            **controls(filterset),
        )

    def _chart(self, filterset: EventFilterSet, line: CoverageLine, viewer: Viewer, count: int) -> Chart | None:
        if not self.kinds:
            return None
        are_few = count <= COUNT_CAP
        return histogram_of(filterset, line, viewer, log=self.log, kinds=self.kinds, noun=self.noun, are_few=are_few)

    def _lead(self, filterset: EventFilterSet, count: int) -> str:
        total = count_up_to_cap(filterset.rows_without(*filterset.form.cleaned_data))
        now = time_of_day(filterset.range.now, filterset.range.viewer)
        return f"{count_words(count)} of {count_words(total)} rows, as of {now}"

    def _open(self, request: HttpRequest) -> Detail | None:
        """The details of the row that the address opens; None if it opens none."""
        event = event_named(self.model, request.GET.get("open", ""))
        return self.detail_of(event) if event else None

    @property
    def _asked_facet(self) -> Asked:
        query = self.request.GET
        return Asked(query.get(FACET, ""), query.get(FACET_TEXT, "").strip()[:LONGEST_VALUE])

    def _facet(self, request: HttpRequest, filterset: EventFilterSet) -> HttpResponse:
        """One facet alone, with all its values."""
        facet = facet_of(filterset, self.facets, self._asked_facet)
        if facet is None:
            raise Http404("There is no such facet.")
        response = render(request, "lists/facet.html", vars(FacetContext(facet=facet, is_alone=True)))
        # One address has two answers, as in `EventView`.
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _news(self, request: HttpRequest, filterset: EventFilterSet, arrived_after: datetime) -> HttpResponse:
        new = count_up_to_cap(filterset.rows().filter(arrived_at__gt=arrived_after))
        context = NewsContext(new=new, new_words=count_words(new), href=filterset.query_string.replacing())
        return render(request, "lists/news.html", vars(context))


def controls(filterset: EventFilterSet) -> Controls:
    """What chooses the range of a page, and hidden fields of the form that chooses filters."""
    address = filterset.query_string
    return {
        "picker": picker_of(filterset.range, address),
        "filter_hidden": [*address.hidden(*filterset.filters), *filterset.further_values],
    }


class EventView(EventList, View):
    """The page of one event; for htmx only the row that unfolds in a list."""

    template_name: ClassVar[str] = "lists/event.html"
    event_title: ClassVar[str]

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        event: Any = event_named(self.model, key)
        if event is None:
            raise Http404("There is no event of this key. It may have been deleted after KEEP_EVENTS_DAYS.")
        context = EventContext(
            title=self.event_title,
            list_title=self.title,
            list_href=reverse(self.list_name),
            open=self.detail_of(event),
            is_alone=not _wants_row(request),
            reveal=RevealCard.of(request, "event", subjects_of(event), self._reveal_href(key)),
        )
        if _wants_row(request):
            response = render(request, "lists/open_row.html", vars(context))
        else:
            response = render(request, self.template_name, vars(self.whole_page(request, event, context)))
        # One address has two answers; a browser that goes back must not show the row as the page.
        patch_vary_headers(response, ["HX-Request", BACKGROUND])
        return response

    def _reveal_href(self, key: str) -> str:
        return reverse(f"{self.list_name.partition(':')[0]}:reveal", args=[key])

    def whole_page(self, request: HttpRequest, event: Any, context: EventContext) -> EventContext:
        """What the page has besides the row that unfolds."""
        return context


def _wants_row(request: HttpRequest) -> bool:
    """Whether a list asks for the row alone; a page that refreshes itself asks for all of it."""
    return bool(request.htmx) and BACKGROUND not in request.headers  # type: ignore[attr-defined]


class EventExportView(EventList, View):
    """The list under the page's query string: every field, or the columns that the address chooses.

    The CSV has all rows. The JSON has up to `per_page` of them, or MOST_ROWS, and the address of those that follow.
    """

    format: str = CSV

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset = self.filterset(request)
        if problems := self.problems(request, filterset):
            return refused_in(self.format, problems)
        return naming_ignored(self._export(request, filterset), filterset.ignored)

    def _export(self, request: HttpRequest, filterset: EventFilterSet) -> HttpResponseBase:
        query, rows, sort = request.GET, filterset.rows(), self.table_class.sort(request.GET)
        if self.format == CSV:
            rows = ordered(rows, sort)
            lines, of = self._lines(rows, filterset), self.export_of(request, filterset)
            return csv_response(self._columns(query), lines, has_lines=rows.exists, of=of)
        found = ordered_after(rows, sort, query["after"]) if query.get("after") else ordered(rows, sort)
        if found is None:
            return refused_in_json(["The row that “after” names is gone, or the address was cut; begin without it."])
        return self._json(request, filterset, found, sort)

    def _json(
        self, request: HttpRequest, filterset: EventFilterSet, rows: QuerySet[Any], sort: str
    ) -> HttpResponseBase:
        query, range = request.GET, filterset.range
        most = page_size_of(query) if query.get("per_page") else MOST_ROWS
        return json_response(
            self._columns(query),
            self._lines(rows[: most + 1], filterset, "pk"),
            has_lines=rows.exists,
            of=self.export_of(request, filterset),
            most=most,
            next_href=lambda line: further_href(request, range, place_of(line[-1], sort)),
        )

    def _columns(self, query: QueryDict) -> list[str]:
        table = self.table_class
        return table.chosen_columns(query) if query.get("columns") else list(table.base_columns)

    def _lines(self, rows: QuerySet[Any], filterset: EventFilterSet, *further: str) -> Iterable[Sequence[Any]]:
        """The values of each row under its columns, and further fields at the end."""
        # What is not in the log under its own name: an account is named by its id, and no time is made up.
        time_field = filterset.time_field
        others: dict[str, Any] = {"account": F("account__account_id"), time_field: given_time(time_field)}
        columns = self._columns(self.request.GET)
        return streamed(rows.values_list(*(others.get(name, name) for name in columns), *further))
