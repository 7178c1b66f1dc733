"""The table of people: when each was last seen, and doing what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.grouped_tables import GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.wording import NO_TIME
from logsync.insight.identity.untimed import untimed_moments
from logsync.models import AccessRequest, PersonAddress, ScimUpdate
from logsync.models.events import is_service_address

# So many addresses at once are asked about rows without a time.
BATCH = 100


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
        self.untimed = untimed_moments(list(rows))
        super().__init__(rows, exclude=() if has_accounts else ("account",), **kwargs)
        self.caption = f"People, with when each was last seen; times in {self.viewer.first_word} first"

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
            return self._moment(record, "login_at")
        name, word = ("update_at", "SCIM") if record.update_at else ("other_at", "No login, seen")
        if getattr(record, name) is None:
            return cells.EMPTY
        # A card has no column for it, and says here when the person was seen.
        words = '<span class="dim gh-hide-m">{}</span><span class="dim d-md-none">{} {}</span>'
        return format_html(words, "–", word, self._moment(record, name))

    def render_allowed_at(self, record: PersonAddress) -> SafeString:
        return self._moment(record, "allowed_at")

    def render_denied_at(self, record: PersonAddress) -> SafeString:
        if record.denied_at is None:
            words = '<span class="dim"><span class="gh-hide-m">{}</span><span class="d-md-none">{}</span></span>'
            return format_html(words, "–", "No denial found")
        return format_html('<span class="d-md-none dim">Last denied </span>{}', self._moment(record, "denied_at"))

    def render_update_at(self, record: PersonAddress) -> SafeString:
        return self._moment(record, "update_at")

    def render_now(self, record: PersonAddress) -> SafeString:
        """What the newest login with a result says: after a denial, the person is locked out of at least that app."""
        if is_service_address(record.person):
            return cells.badge("Shared by services", "world")
        denied, allowed = record.denied_at, record.allowed_at
        if denied and (allowed is None or denied >= allowed):
            return cells.badge("Last login denied", "lock", "bad")
        return cells.EMPTY if allowed is None else format_html('<span class="dim">{}</span>', "Last login allowed")

    def _moment(self, record: PersonAddress, name: str) -> SafeString:
        value: datetime | None = getattr(record, name)
        if value is None:
            return cells.EMPTY
        if self._is_untimed(record, name):
            return format_html('<span class="dim">{}</span>', NO_TIME)
        return cells.clock(value, self.viewer, with_day=True)

    def _is_untimed(self, record: PersonAddress, name: str) -> bool:
        log = ScimUpdate if name == "update_at" else AccessRequest
        return (record.account_id, record.person, log.__name__, getattr(record, name)) in self.untimed

    # The CSV, in which such a time is blank

    def csv_lines(self, groups: Iterable[PersonAddress]) -> Iterator[list[Any]]:
        groups = iter(groups)
        while batch := list(islice(groups, BATCH)):
            self.untimed = untimed_moments(batch)
            yield from super().csv_lines(batch)

    def _time(self, record: PersonAddress, name: str) -> datetime | None:
        return None if self._is_untimed(record, name) else getattr(record, name)

    def value_login_at(self, record: PersonAddress) -> datetime | None:
        return self._time(record, "login_at")

    def value_allowed_at(self, record: PersonAddress) -> datetime | None:
        return self._time(record, "allowed_at")

    def value_denied_at(self, record: PersonAddress) -> datetime | None:
        return self._time(record, "denied_at")

    def value_update_at(self, record: PersonAddress) -> datetime | None:
        return self._time(record, "update_at")

    def value_other_at(self, record: PersonAddress) -> datetime | None:
        return self._time(record, "other_at")
