"""The table of audit entries: its page, CSV and JSON."""

from __future__ import annotations

from django.utils.safestring import SafeString

from dashboard.audit.words import action_badge, details_in_short, name_of_user
from dashboard.audit_log.models import AuditEntry
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.links import LONGEST_VALUE


class AuditTable(GroupedTable):
    """One row for each entry. The CSV has every field, and what chains the entries."""

    caption = "Audit log, newest first"
    classes = "gh-audit"
    anchor = "entry"
    unfolds = True

    number = GroupColumn(verbose_name="Entry", cls="num fit y2 off-card", orderable=False)
    at = GroupColumn(verbose_name="Time", cls="fit m3", orderable=False)
    username = GroupColumn(verbose_name="Who", cls="cut who m1", orderable=False)
    ip_address = GroupColumn(verbose_name="From", cls="fit short", orderable=False)
    user_agent = CsvColumn()
    action = GroupColumn(verbose_name="What", cls="fit m2", orderable=False)
    subject = GroupColumn(verbose_name="Subject", cls="cut who m5", orderable=False)
    details = GroupColumn(verbose_name="Details", cls="cut y1", orderable=False)
    previous = CsvColumn()
    hash = CsvColumn()
    key_id = CsvColumn()
    seal = CsvColumn()

    class Meta:
        sequence = ("at", "username", "action", "subject", "details", "ip_address", "number", "...")

    def render_number(self, value: int) -> str:
        return f"{value:,}"

    def render_at(self, record: AuditEntry) -> SafeString:
        return cells.clock(record.at, self.viewer, with_day=True)

    def render_username(self, record: AuditEntry) -> SafeString:
        if not record.username:
            return name_of_user(record)
        return self._narrow("username", record.username, name_of_user(record))

    def render_ip_address(self, value: str) -> SafeString:
        return self._narrow("ip_address", value)

    def render_action(self, record: AuditEntry) -> SafeString:
        return self._narrow("action", record.action, action_badge(record))

    def render_subject(self, value: str) -> SafeString | str:
        # A card would have a line for a dash alone.
        return self._narrow("subject", value) if value else ""

    def render_details(self, record: AuditEntry) -> SafeString:
        return cells.text(details_in_short(record.details))

    def _narrow(self, name: str, value: str, what: SafeString | str = "") -> SafeString:
        """A value that narrows the list, if an address can hold it."""
        if len(value) > LONGEST_VALUE or value != value.strip():
            return what if isinstance(what, SafeString) else cells.text(value)
        return cells.narrowing(value, self.query_string.replacing(**{name: value}), what)

    def row_label(self, record: AuditEntry) -> str:
        return f"Details of entry {record.number:,}"

    def fetched(self, record: AuditEntry) -> str:
        return record.get_absolute_url()
