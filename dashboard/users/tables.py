"""The table of users: its page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.users.rows import State, UserRow

_STATES = {
    State.ACTIVE: ("circle-check", ""),
    State.INVITED: ("clock-hour-4", ""),
    State.DISABLED: ("user-off", ""),
}


def state_badge(state: State) -> SafeString:
    """Whether an account can be used, as icon and word."""
    icon, kind = _STATES[state]
    return cells.badge(state.label, icon, kind)


class UserTable(GroupedTable):
    """One row for each user."""

    default_sort = "username"
    caption = "Users and what they may do"

    username = GroupColumn(verbose_name="User", cls="cut who m1", order_by="sort_name")
    name = CsvColumn()
    email = CsvColumn()
    roles = GroupColumn(verbose_name="Role", cls="fit m3", order_by=("rank", "sort_name"))
    roles_from = GroupColumn(verbose_name="Role given", cls="fit", accessor="source", order_by=("source", "sort_name"))
    may_reveal = CsvColumn()
    accounts = GroupColumn(verbose_name="Accounts", cls="cut", accessor="account_words", order_by="account_words")
    has_second_factor = GroupColumn(
        verbose_name="Two-step sign-in", cls="fit", order_by=("has_second_factor", "sort_name")
    )
    last_seen_at = GroupColumn(verbose_name="Last seen", cls="fit m4", order_by=("last_seen_at", "sort_name"))
    state = GroupColumn(verbose_name="State", cls="fit m2", order_by=("state", "sort_name"))

    def __init__(self, rows: Iterable[UserRow], *, has_accounts: bool, **kwargs: Any) -> None:
        super().__init__(rows, exclude=() if has_accounts else ("accounts",), **kwargs)

    def render_username(self, record: UserRow) -> SafeString:
        link = '<a class="gh-plain fw-medium" href="{}">{}</a>{}'
        beside = [text for text in (record.name, record.email) if text and text != record.username]
        # Each is apart, so that no sign of direction in a name turns the address around.
        second = format_html_join("", ' <span class="dim">{}</span>', ((cells.text(text),) for text in beside))
        return format_html(link, reverse("users:user", args=[record.user.pk]), cells.address(record.username), second)

    def render_roles(self, record: UserRow) -> SafeString:
        words = cells.text(record.role_words) if record.role_words else _dim("No role")
        return format_html("{}{}", words, _dim(" + reveal") if record.may_reveal and not record.sees_unmasked else "")

    def value_roles(self, record: UserRow) -> str:
        return record.role_words

    def render_accounts(self, record: UserRow) -> SafeString:
        return cells.text(record.account_words) if record.accounts else _dim("All")

    def value_accounts(self, record: UserRow) -> str:
        return " ".join(account.account_id for account in record.accounts) or "all"

    def render_roles_from(self, value: str) -> SafeString:
        return _dim(value) if value else cells.EMPTY

    def render_has_second_factor(self, value: bool) -> SafeString:
        return cells.text("On") if value else _dim("Off")

    def render_last_seen_at(self, record: UserRow) -> SafeString:
        if record.last_seen_at is None:
            return _dim("Never")
        return cells.clock(record.last_seen_at, self.viewer, with_day=True, seconds=False)

    def render_state(self, value: State) -> SafeString:
        return state_badge(value)

    def value_state(self, record: UserRow) -> str:
        return record.state.value


def _dim(words: str) -> SafeString:
    return format_html('<span class="dim">{}</span>', words)
