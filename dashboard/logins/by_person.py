"""Failed logins by person: everybody who was denied in the range, or only those who are still locked out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.lists.filters import ChoicesFilter
from dashboard.lists.grouped import GroupedListView, Groups
from dashboard.lists.grouped_tables import GroupColumn, GroupedTable
from dashboard.logins.filters import FailedLoginFilter
from dashboard.page import cells
from dashboard.page.links import OF_PEOPLE, can_filter_by
from logsync.insight.failures_by_person import DeniedPerson, failures_by_person
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.models import Log
from logsync.words import counted

LOCKED_OUT = "locked_out"


class PersonFilter(FailedLoginFilter):
    """The filters of failed logins, and what became of a person."""

    outcome = ChoicesFilter(
        label="Outcome", choices=[("", "any"), (LOCKED_OUT, "still locked out")], method="filter_outcome"
    )

    def filter_outcome(self, rows: Any, name: str, values: list[str]) -> Any:
        """Leave the rows: the outcome belongs to people, and is not a field of logins."""
        return rows

    @property
    def is_locked_out_asked(self) -> bool:
        return LOCKED_OUT in (self.form.cleaned_data.get("outcome") or [])


class PersonTable(GroupedTable):
    """One row for each person who was denied."""

    caption = "Failed logins by person"

    person = GroupColumn(verbose_name="Person", cls="cut m1", orderable=False)
    attempts = GroupColumn(verbose_name="Denied", cls="num fit m2", orderable=False, csv="denied")
    apps = GroupColumn(verbose_name="Apps", cls="num fit", orderable=False)
    first = GroupColumn(verbose_name="First", cls="num fit", orderable=False)
    last = GroupColumn(verbose_name="Last", cls="num fit m3", orderable=False)
    out = GroupColumn(verbose_name="Still locked out", cls="fit m4", orderable=False, csv="locked_out_of")

    def render_person(self, value: str) -> SafeString:
        return format_html('<span class="fw-medium">{}</span>', cells.person(value))

    def render_attempts(self, record: DeniedPerson) -> SafeString:
        """The number of attempts, and of rows if these are more, with a link to the rows."""
        query = self.query_string.replacing(person=record.person, outcome=None, **OF_PEOPLE)
        href = reverse("logins:list") + query if can_filter_by(record.person) else ""
        return cells.attempts(record.attempts, record.rows, href, mark_safe('<span class="d-md-none"> denied</span>'))

    def render_apps(self, value: int) -> str:
        return f"{value:,}"

    def render_first(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last(self, value: datetime) -> SafeString:
        shown = cells.clock(value, self.viewer, with_day=True)
        return format_html('<span class="dim d-md-none">last </span>{}', shown)

    def render_out(self, value: int) -> SafeString:
        if not value:
            return cells.badge("Got in since", "lock-open", "good")
        words = format_html('<span class="d-md-none">Locked out </span>of {}', counted(value, "app"))
        return cells.badge(words, "lock", "bad")


class PersonListView(GroupedListView):
    """The people who were denied, under the filters of failed logins."""

    filterset_class = PersonFilter
    table_class = PersonTable
    log = Log.ACCESS_REQUESTS
    title = "Failed logins by person"
    noun = "failed logins"
    list_name = "logins:by-person"
    template_name = "logins/by_person.html"
    most = 500

    def groups(self, filterset: Any, most: int | None) -> Groups:
        outcomes = Outcomes(filterset.rows_outside_range("allowed"), filterset.range.span)
        people = failures_by_person(filterset.rows_without(), outcomes)
        if filterset.is_locked_out_asked:
            people = [person for person in people if person.out]
        return Groups(people, len(people))

    def lead(self, found: Groups, filterset: Any) -> str:
        number = counted(found.count, "person", "people")
        if filterset.is_locked_out_asked:
            return f"{number} still locked out"
        return f"{number} denied, {sum(1 for person in found.rows if person.out):,} still locked out"
