"""The table of what Access is set up to do: its page, CSV and JSON."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.links import object_href
from logsync.models import AccessObject


class ObjectTable(GroupedTable):
    """One row for each object."""

    default_sort = "name"
    caption = "What Access is set up to do"

    account = CsvColumn("account__account_id")
    name = GroupColumn(verbose_name="Name", cls="cut who m1")
    kind = CsvColumn()
    object_id = CsvColumn()
    first_seen_at = CsvColumn()
    last_seen_at = GroupColumn(verbose_name="Last read", cls="fit num m2")

    def render_name(self, record: AccessObject) -> SafeString:
        name = cells.text(record.name or record.object_id)
        href = object_href(record.account, record.kind, record.object_id)
        return format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, name) if href else name

    def render_last_seen_at(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True, seconds=False)
