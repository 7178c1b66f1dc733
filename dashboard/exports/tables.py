"""The table of exports: its page, CSV and JSON."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.exported.models import Export
from dashboard.exports.words import coverage_badge, digest, range_words, state_badge
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells


class ExportTable(GroupedTable):
    """One row for each export."""

    caption = "Exports, newest first"
    classes = "gh-exports"
    anchor = "export"
    unfolds = True

    number = GroupColumn(verbose_name="Export", cls="num fit y1 off-card", accessor="pk", orderable=False, csv="export")
    started_at = GroupColumn(verbose_name="Started", cls="fit m3", orderable=False)
    finished_at = CsvColumn()
    username = GroupColumn(verbose_name="Who", cls="cut short m5", orderable=False)
    list_name = GroupColumn(verbose_name="List and filters", cls="cut who m1", orderable=False, csv="list")
    words = CsvColumn()
    address = CsvColumn()
    range = GroupColumn(verbose_name="Range", cls="fit y2", accessor="pk", orderable=False, csv=None)
    since = CsvColumn()
    until = CsvColumn()
    as_of = CsvColumn()
    rows = GroupColumn(verbose_name="Rows", cls="num fit m4", orderable=False)
    has_more = CsvColumn()
    state = GroupColumn(verbose_name="State", cls="fit m2", accessor="state_now", orderable=False)
    coverage = GroupColumn(verbose_name="Coverage", cls="fit y3", orderable=False)
    size = CsvColumn()
    sha256 = GroupColumn(verbose_name="SHA-256", cls="fit y1", orderable=False)
    format = CsvColumn()
    version = CsvColumn()

    class Meta:
        sequence = ("started_at", "username", "list_name", "range", "rows", "state", "coverage", "sha256", "...")

    def render_number(self, value: int) -> str:
        return f"{value:,}"

    def render_started_at(self, record: Export) -> SafeString:
        return cells.clock(record.started_at, self.viewer, with_day=True)

    def render_username(self, value: str) -> SafeString:
        return cells.narrowing(value, self.query_string.replacing(username=value), cells.address(value))

    def render_list_name(self, record: Export) -> SafeString:
        words = format_html('<span class="small dim d-block"><bdi>{}</bdi></span>', record.words)
        return format_html("{} {}{}", record.list_name, record.format.upper(), words)

    def render_range(self, record: Export) -> str:
        return range_words(record, self.viewer)

    def render_rows(self, record: Export) -> SafeString:
        number = f"{record.rows:,}{'+' if record.has_more else ''}"
        return format_html('{}<span class="d-md-none dim"> rows</span>', number)

    def render_state(self, record: Export) -> SafeString:
        return state_badge(record, record.state_now.label)

    def render_coverage(self, record: Export) -> SafeString:
        return coverage_badge(record)

    def render_sha256(self, record: Export) -> SafeString:
        return digest(record)

    def value_coverage(self, record: Export) -> str:
        return str(record.coverage["kind"])

    def row_label(self, record: Export) -> str:
        return f"Details of export {record.pk:,}"

    def fetched(self, record: Export) -> str:
        return record.get_absolute_url()
