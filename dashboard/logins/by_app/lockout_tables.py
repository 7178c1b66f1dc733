"""The tables of people who were denied at an app: who lost access, who never had it, who got in, and all of one app."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.logins.by_app.lockouts import LockoutRow
from dashboard.logins.by_person import LOCKED_OUT, NEVER_HAD_ACCESS
from dashboard.page import cells
from dashboard.page.badges import got_in_badge, locked_out_badge, never_had_access_badge
from dashboard.page.wording import day_words
from logsync.words import counted

# What became of a person at an app, besides the outcomes that the list of people can be asked for.
GOT_IN = "got_in"


class LockoutTable(GroupedTable):
    """One row for each person and app, in a given order: the newest denial first."""

    classes = "gh-lockouts"

    account = CsvColumn("account__account_id")
    outcome = CsvColumn()
    person = GroupColumn(verbose_name="Person", cls="cut who m1", accessor="run__user_email", csv="user_email")
    app_uid = CsvColumn("run__app_uid")
    app = GroupColumn(verbose_name="App", cls="cut m3", accessor="app_name", csv="app_name")
    connection = GroupColumn(verbose_name="Provider", accessor="run__connection")
    tries = GroupColumn(verbose_name="Attempts", cls="fit num", accessor="run__tries", csv="attempts")
    denied_rows = CsvColumn("run__rows")
    first_denied = GroupColumn(
        verbose_name="First denied", cls="fit num y1", accessor="run__first_denied", csv="first_denied_at"
    )
    last_denied = GroupColumn(
        verbose_name="Last denied", cls="fit num m2", accessor="run__last_denied", csv="last_denied_at"
    )
    last_allowed = GroupColumn(
        verbose_name="Last got in", cls="fit num", accessor="run__last_allowed", csv="last_allowed_at"
    )

    def __init__(self, rows: Iterable[LockoutRow], **kwargs: Any) -> None:
        super().__init__(rows, orderable=False, **kwargs)

    def value_outcome(self, record: LockoutRow) -> str:
        """What became of the person: the words that filter the list of people."""
        if record.allowed_at is not None:
            return GOT_IN
        return LOCKED_OUT if record.run.last_allowed else NEVER_HAD_ACCESS

    def render_person(self, record: LockoutRow) -> SafeString:
        """The e-mail address as last written, with a link to the person."""
        address = cells.address(record.run.user_email)
        return format_html('<a class="gh-plain" href="{}">{}</a>', record.person_href, address)

    def render_app(self, record: LockoutRow) -> SafeString:
        name = format_html("<bdi>{}</bdi>", record.app_name)
        if record.app_href:
            name = format_html('<a class="gh-plain" href="{}">{}</a>', record.app_href, name)
        return name + self.tries_on_a_card(record)

    def render_connection(self, record: LockoutRow) -> SafeString:
        return cells.text(record.provider)

    def render_tries(self, record: LockoutRow) -> SafeString:
        """The number of attempts, linked to their rows."""
        run = record.run
        count = format_html("{}", f"{run.tries:,}")
        if run.rows != run.tries:
            count = format_html('{} <span class="dim">({} rows)</span>', count, f"{run.rows:,}")
        return format_html('<a href="{}">{}</a>', record.rows_href, count) if record.rows_href else count

    def render_first_denied(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last_denied(self, value: datetime) -> SafeString:
        shown = cells.clock(value, self.viewer, with_day=True)
        return format_html('<span class="dim d-md-none">last </span>{}', shown)

    def render_last_allowed(self, record: LockoutRow) -> SafeString:
        if record.run.last_allowed:
            return cells.clock(record.run.last_allowed, self.viewer, with_day=True)
        since = f" since {day_words(self.viewer.local(record.known_since))}" if record.known_since else ""
        return format_html('<span class="dim">none on record{}</span>', since)

    def tries_on_a_card(self, record: LockoutRow) -> SafeString:
        """The number of attempts, where the screen is too narrow for a column of it."""
        return format_html('<span class="dim d-md-none"> · {}</span>', counted(record.run.tries, "attempt"))


class EveryLockoutTable(LockoutTable):
    """All of them together, for the export."""

    allowed_at = CsvColumn()


class StillOutTable(LockoutTable):
    """Those who had access to an app and lost it."""

    caption = "People who had access and are locked out now, the newest denial first"


class NeverInTable(LockoutTable):
    """Those who were only ever denied at an app."""

    caption = "People who were denied and never had access, the newest denial first"

    last_allowed = GroupColumn(verbose_name="Successful logins there", cls="fit num", accessor="run__last_allowed")


class GotInTable(LockoutTable):
    """Those who were denied and then got in, at any app."""

    caption = "People who were denied and then allowed, the newest denial first"

    allowed_at = GroupColumn(verbose_name="Got in", cls="fit num m4")

    def render_allowed_at(self, value: datetime) -> SafeString:
        shown = cells.clock(value, self.viewer, with_day=True)
        return format_html('<span class="dim d-md-none">in </span>{}', shown)


class PeopleOfAppTable(LockoutTable):
    """Everyone denied at one app, with what became of them."""

    caption = "People denied here, the newest denial first"

    connection = GroupColumn(verbose_name="Provider", cls="fit m3", accessor="run__connection")
    allowed_at = GroupColumn(verbose_name="Now", cls="fit m4")

    class Meta:
        exclude = ("app",)

    def render_connection(self, record: LockoutRow) -> SafeString:
        return super().render_connection(record) + self.tries_on_a_card(record)

    def render_allowed_at(self, record: LockoutRow) -> SafeString:
        if record.allowed_at is None:
            return locked_out_badge() if record.run.last_allowed else never_had_access_badge()
        return format_html("{} {}", got_in_badge("Got in"), cells.clock(record.allowed_at, self.viewer, with_day=True))
