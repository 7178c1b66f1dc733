"""The streams, and every window that was read, as CSV or JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, QueryDict
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
from dashboard.sync.filters import RunFilter
from logsync.health.stream_state import StreamState, states_of
from logsync.models import Stream, SyncRun


class StreamExportTable(GroupedTable):
    """One row for each stream: what is known of it, and how its last round went."""

    account = CsvColumn("stream__account__account_id")
    log = CsvColumn("stream__log")
    idp_id = CsvColumn("stream__idp_id")
    name = CsvColumn()
    is_active = CsvColumn("stream__is_active")
    settled_to = CsvColumn()
    rows_today = CsvColumn()
    median_lateness_seconds = CsvColumn()
    p95_lateness_seconds = CsvColumn()
    succeeded_at = CsvColumn("stream__succeeded_at")
    attempted_at = CsvColumn("stream__attempted_at")
    next_at = CsvColumn()
    error = CsvColumn("stream__error")
    error_since = CsvColumn("stream__error_since")

    def value_median_lateness_seconds(self, record: StreamState) -> float | None:
        return round(record.lateness.median.total_seconds(), 1) if record.lateness else None

    def value_p95_lateness_seconds(self, record: StreamState) -> float | None:
        return round(record.lateness.p95.total_seconds(), 1) if record.lateness else None


class RunExportTable(GroupedTable):
    """One row for each window that was read."""

    account = CsvColumn("stream__account__account_id")
    log = CsvColumn("stream__log")
    idp_id = CsvColumn("stream__idp_id")
    started_at = CsvColumn()
    finished_at = CsvColumn()
    is_backfill = CsvColumn()
    since = CsvColumn()
    until = CsvColumn()
    fetched = CsvColumn()
    stored = CsvColumn()
    erased = CsvColumn()
    outcome = CsvColumn()
    error = CsvColumn()


class StreamExportView(View):
    """Every stream of the page, in its order."""

    format: str = CSV

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if problems := head_problems(request.GET):
            return refused_in(self.format, problems)
        states = states_of(Stream.objects.with_ranges(), timezone.now())
        table = StreamExportTable([], viewer=Viewer(), query_string=QueryString(request.GET))
        of = _export_of(request, "Streams", "sync-streams")
        lines = table.csv_lines(states)
        return exported(self.format, table.csv_columns(), lines, has_lines=lambda: bool(states), of=of)


class RunExportView(View):
    """Every window that was read, newest first; of one stream if the address names one."""

    format: str = CSV

    def get(self, request: HttpRequest) -> HttpResponseBase:
        runs = RunFilter(request.GET, queryset=SyncRun.objects.select_related("stream__account"), request=request)
        wrong = [f"There is no stream {request.GET.get('stream')}."] if runs.form.errors else []
        if problems := [*wrong, *head_problems(request.GET)]:
            return refused_in(self.format, problems)
        table = RunExportTable([], viewer=Viewer(), query_string=QueryString(request.GET))
        chosen = request.GET.get("stream")
        of = _export_of(request, "Sync runs", "sync-runs", *([f"Stream: {chosen}"] if chosen else []))
        lines = table.csv_lines(streamed(runs.qs))
        return exported(self.format, table.csv_columns(), lines, has_lines=runs.qs.exists, of=of)


def _export_of(request: HttpRequest, title: str, filename: str, *words: str) -> ListExport:
    range = TimeRange.read(QueryDict("range=all"), timezone.now())
    line = line_for(Stream.objects.expected().with_ranges(), range, Viewer())
    page = reverse("sync:page")
    return ListExport(request=request, title=title, filename=filename, page=page, range=range, line=line, words=words)
