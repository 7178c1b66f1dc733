"""The table of changes: its page, CSV and JSON."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.changes.rows import ChangeRow
from dashboard.changes.words import when
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.links import can_filter_by, change_href

MOST_APPS = 2


class ChangeTable(GroupedTable):
    """One row for each change."""

    caption = "Changes, newest first"
    classes = "gh-changes"

    account = CsvColumn("account__account_id")
    changed_at = GroupColumn(verbose_name="When", cls="fit m3", accessor="change", orderable=False)
    after = CsvColumn("change__after")
    by = CsvColumn("change__by")
    known_by = CsvColumn("change__origin")
    name = GroupColumn(verbose_name="What", cls="cut who m1 wide", orderable=False)
    kind = CsvColumn("change__kind")
    object_id = CsvColumn("change__object_id")
    summary = GroupColumn(verbose_name="Difference", cls="cut who m5", orderable=False)
    apps = GroupColumn(verbose_name="Touches", cls="cut short", orderable=False)
    who = GroupColumn(verbose_name="Who", cls="cut short m4", orderable=False)

    class Meta:
        sequence = ("changed_at", "name", "summary", "apps", "who", "...")

    def render_changed_at(self, record: ChangeRow) -> SafeString:
        return when(record.change, self.viewer)

    def render_name(self, record: ChangeRow) -> SafeString:
        href = change_href(record.change.number, record.change.origin)
        return format_html(
            '<a class="gh-plain fw-medium" href="{}">{}</a> <span class="small dim">{}</span>',
            href,
            cells.text(record.name or "without a name"),
            record.kind_word,
        )

    def render_summary(self, value: str) -> SafeString:
        return cells.text(value)

    def render_apps(self, record: ChangeRow) -> SafeString | str:
        if not record.apps:
            return format_html('<span class="dim">{}</span>', "no app on record")
        shown = format_html_join(", ", "{}", ((self._app(*app),) for app in record.apps[:MOST_APPS]))
        more = len(record.apps) - MOST_APPS
        return format_html("{} and {} more", shown, f"{more:,}") if more > 0 else shown

    def _app(self, app_uid: str, name: str) -> SafeString:
        href = self.query_string.replacing(app_uid=app_uid) if can_filter_by(app_uid) else ""
        return cells.narrowing(name, href, cells.text(name)) if href else cells.text(name)

    def render_who(self, record: ChangeRow) -> SafeString | str:
        # A card would have a line for a dash alone.
        if not record.who:
            return ""
        first = record.change.actors[0]
        href = self.query_string.replacing(who=first) if can_filter_by(first) else ""
        shown = cells.narrowing(first, href, cells.address(first)) if href else cells.address(first)
        more = len(record.change.actors) - 1
        return format_html("{} and {} more", shown, more) if more else shown

    def value_changed_at(self, record: ChangeRow) -> datetime | None:
        return record.changed_at

    def value_apps(self, record: ChangeRow) -> str:
        return " ".join(app_uid for app_uid, _ in record.apps)
