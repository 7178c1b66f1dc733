"""The table of people: when each was last seen, and doing what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.grouped_tables import GroupColumn, GroupedTable
from dashboard.page import cells
from logsync.models import PersonAddress
from logsync.models.events import is_service_address


class PeopleTable(GroupedTable):
    """One row for each e-mail address and account."""

    person = GroupColumn(verbose_name="Person", cls="cut who m1", orderable=False, csv="user_email")
    account = GroupColumn(verbose_name="Account", orderable=False, cls="fit")
    login_at = GroupColumn(verbose_name="Last login", orderable=False, cls="fit m2", csv="last_login_at")
    allowed_at = GroupColumn(verbose_name="Last allowed", orderable=False, cls="fit", csv="last_allowed_at")
    denied_at = GroupColumn(verbose_name="Last denied", orderable=False, cls="fit m3", csv="last_denied_at")
    update_at = GroupColumn(verbose_name="Last SCIM update", orderable=False, cls="fit y3", csv="last_scim_update_at")
    other_at = GroupColumn(visible=False, orderable=False, csv="last_other_action_at")
    now = GroupColumn(verbose_name="Now", orderable=False, accessor="pk", cls="fit m4", csv=None)

    def __init__(self, rows: Iterable[PersonAddress], *, has_accounts: bool, **kwargs: Any) -> None:
        self.has_accounts = has_accounts
        super().__init__(rows, exclude=() if has_accounts else ("account",), **kwargs)
        self.caption = f"People, with when each was last seen; times on the {self.viewer.clock} clock first"

    def render_person(self, record: PersonAddress) -> SafeString:
        href = reverse("people:person", args=[record.person])
        href += f"?account={record.account.account_id}" if self.has_accounts else ""
        return format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, cells.address(record.person))

    def render_account(self, record: PersonAddress) -> SafeString:
        return cells.text(str(record.account))

    def value_account(self, record: PersonAddress) -> str:
        return record.account.account_id

    def render_login_at(self, record: PersonAddress) -> SafeString:
        if record.login_at:
            return self._moment(record.login_at)
        at, word = (record.update_at, "SCIM") if record.update_at else (record.other_at, "No login")
        if at is None:
            return cells.EMPTY
        return format_html('<span class="dim">–</span><span class="d-md-none dim">{} {}</span>', word, self._moment(at))

    def render_allowed_at(self, value: datetime | None) -> SafeString:
        return self._moment(value)

    def render_denied_at(self, value: datetime | None) -> SafeString:
        if value is None:
            return format_html('<span class="dim">{}<span class="d-md-none"> no denial on record</span></span>', "–")
        return format_html('<span class="d-md-none dim">Last denied </span>{}', self._moment(value))

    def render_update_at(self, value: datetime | None) -> SafeString:
        return self._moment(value)

    def render_now(self, record: PersonAddress) -> SafeString:
        """What the newest login with a result says: after a denial, the person is locked out of at least that app."""
        if is_service_address(record.person):
            return cells.badge("Shared by services", "world")
        denied, allowed = record.denied_at, record.allowed_at
        if denied and (allowed is None or denied >= allowed):
            return cells.badge("Last login denied", "lock", "bad")
        return cells.EMPTY if allowed is None else format_html('<span class="dim">{}</span>', "Last login allowed")

    def _moment(self, value: datetime | None) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True) if value else cells.EMPTY
