"""The people an edit changes something for: the table of the page, its CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from logsync.insight.explain.replay import Outcome
from logsync.insight.why.compiled import Admission
from logsync.models import ReplayedPerson
from logsync.words import counted

# What each outcome is called, its icon, and whether it is bad or good news.
OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.LOSES: ("Loses access", "lock", "bad"),
    Outcome.GAINS: ("Gains access", "lock-open", "good"),
    Outcome.CHANGES: ("Some logins change", "repeat", "warn"),
    Outcome.UNTOLD: ("Can’t be told", "circle-dashed", ""),
}
_ADMISSIONS: Mapping[str, str] = {
    Admission.ADMITTED: "admitted",
    Admission.REFUSED: "not admitted",
    Admission.UNKNOWN: "can’t be told",
}


class ReplayedPeopleTable(GroupedTable):
    """One row for each person at an application, by the newest login that the outcome rests on."""

    caption = "People affected by the edit"

    account = CsvColumn("replay__account__account_id")
    person = GroupColumn(verbose_name="Person", cls="cut who m1", csv="user_email")
    app = GroupColumn(verbose_name="App", cls="cut", accessor="app_uid", csv="app_uid")
    outcome = GroupColumn(verbose_name="Outcome", cls="fit m2")
    count = GroupColumn(verbose_name="Logins", cls="fit m3", accessor="logins", csv="logins")
    gained = CsvColumn()
    lost = CsvColumn()
    untold = CsvColumn()
    now = GroupColumn(verbose_name="Policies now", cls="cut", csv="now")
    now_policy = CsvColumn()
    edited = GroupColumn(verbose_name="As edited", cls="cut", csv="edited")
    edited_policy = CsvColumn()
    at = GroupColumn(verbose_name="Newest login", cls="fit num m4", csv="created_at")
    login = CsvColumn("login_key")

    def __init__(self, rows: Iterable[ReplayedPerson], *, apps: Mapping[str, str], **kwargs: Any) -> None:
        self.apps = apps
        super().__init__(rows, orderable=False, exclude=["app"] if len(apps) < 2 else [], **kwargs)

    def render_person(self, value: str) -> SafeString:
        return format_html('<span class="fw-medium">{}</span>', cells.person(value))

    def render_app(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", self.apps.get(value, value))

    def render_outcome(self, value: str) -> SafeString:
        return cells.badge(*OUTCOMES[Outcome(value)])

    def render_count(self, record: ReplayedPerson) -> SafeString:
        """How many of the person's logins would be gained, lost, or can't be told."""
        parts = [(record.gained, "gained"), (record.lost, "lost"), (record.untold, "can’t be told")]
        said = ", ".join(f"{number:,} {word}" for number, word in parts if number)
        return format_html('{} <span class="dim">of {}</span>', said, counted(record.logins, "login"))

    def render_now(self, record: ReplayedPerson) -> SafeString:
        return _judged(record.now, record.now_policy)

    def render_edited(self, record: ReplayedPerson) -> SafeString:
        return _judged(record.edited, record.edited_policy)

    def render_at(self, record: ReplayedPerson) -> SafeString:
        """When, with a link to that login."""
        shown = cells.clock(record.at, self.viewer, with_day=True)
        if record.login_key is None:
            return shown
        return format_html('<a href="{}">{}</a>', reverse("logins:event", args=[record.login_key.hex]), shown)

    def value_at(self, record: ReplayedPerson) -> datetime:
        return record.at

    def value_login(self, record: ReplayedPerson) -> str:
        return record.login_key.hex if record.login_key else ""


def _judged(admission: str, policy: str) -> SafeString:
    """What policies make of a login, and below it which of them decides, or may."""
    how = "depends on" if admission == Admission.UNKNOWN else "by"
    name = cells.text(policy) if policy else "any policy"
    if admission == Admission.ADMITTED and not policy:
        return mark_safe(_ADMISSIONS[admission])
    below = format_html('<span class="gh-by dim small">{} {}</span>', how, name)
    return format_html("{}{}", _ADMISSIONS[admission], below)
