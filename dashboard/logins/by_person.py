"""Failed logins by person: everybody who was denied in the range, or only those who can't get in now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.lists.filters import ChoicesFilter
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.logins.filters import FailedLoginFilter
from dashboard.page import cells
from dashboard.page.badges import got_in_badge, locked_out_badge, never_had_access_badge
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import OF_PEOPLE, can_filter_by
from dashboard.page.wording import access_words
from dashboard.saved.lists import SavedViews
from logsync.insight.app_names import AppKey, app_names
from logsync.insight.failures_by_person import DeniedPerson, failures_by_person
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.models import Log
from logsync.words import counted

LOCKED_OUT = "locked_out"
NEVER_HAD_ACCESS = "never_had_access"
# How many apps a cell names.
MOST_NAMED = 2


class PersonFilter(FailedLoginFilter):
    """The filters of failed logins, and what became of a person."""

    outcome = ChoicesFilter(
        label="Outcome",
        choices=[("", "any"), (LOCKED_OUT, "locked out"), (NEVER_HAD_ACCESS, "never had access")],
        method="filter_outcome",
    )

    def filter_outcome(self, rows: Any, name: str, values: list[str]) -> Any:
        """Leave the rows: the outcome belongs to people, and is not a field of logins."""
        return rows

    @property
    def outcomes(self) -> list[str]:
        return self.form.cleaned_data.get("outcome") or []

    def chosen(self, people: Iterable[DeniedPerson]) -> list[DeniedPerson]:
        """The people with one of the outcomes that the address asks for; everybody if it asks for none."""
        asked = self.outcomes
        return [
            one
            for one in people
            if not asked
            or (LOCKED_OUT in asked and one.locked_out_of)
            or (NEVER_HAD_ACCESS in asked and one.never_had_access_to)
        ]


class PersonTable(GroupedTable):
    """One row for each person who was denied. `names` has what each app is called."""

    default_sort = "-last"
    caption = "Failed logins by person"
    classes = "gh-by-person"

    person = GroupColumn(verbose_name="Person", cls="cut who m1")
    denied = GroupColumn(verbose_name="Denied", cls="num fit m2", accessor="attempts")
    apps = GroupColumn(verbose_name="Apps", cls="gh-apps", order_by="app_count")
    first = GroupColumn(verbose_name="First", cls="num fit y1")
    last = GroupColumn(verbose_name="Last", cls="num fit m3")
    locked_out_of = GroupColumn(verbose_name="Now", cls="gh-now m4", order_by=("out_count", "attempts"))
    never_had_access_to = CsvColumn()
    denied_rows = CsvColumn("rows")

    def __init__(self, people: Iterable[DeniedPerson], *, names: Mapping[AppKey, str], **kwargs: Any) -> None:
        self.names = names
        super().__init__(people, **kwargs)

    def render_person(self, value: str) -> SafeString:
        return format_html('<span class="fw-medium">{}</span>', cells.person(value))

    def render_denied(self, record: DeniedPerson) -> SafeString:
        """The number of attempts, and of rows if these are more, with a link to the rows."""
        query = self.query_string.replacing(person=record.person, outcome=None, sort=None, **OF_PEOPLE)
        href = reverse("logins:list") + query if can_filter_by(record.person) else ""
        return cells.attempts(record.attempts, record.rows, href, mark_safe('<span class="d-md-none"> denied</span>'))

    def render_apps(self, value: Sequence[AppKey]) -> SafeString:
        return self._named(value)

    def render_first(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last(self, value: datetime) -> SafeString:
        shown = cells.clock(value, self.viewer, with_day=True)
        return format_html('<span class="dim d-md-none">last </span>{}', shown)

    def render_locked_out_of(self, record: DeniedPerson) -> SafeString:
        """What became of the person: the apps they are locked out of, and those that they never had access to."""
        badges = []
        if record.locked_out_of:
            badges.append(locked_out_badge(format_html("Locked out of {}", self._named(record.locked_out_of))))
        if record.never_had_access_to:
            words = format_html("Never had access to {}", self._named(record.never_had_access_to))
            badges.append(never_had_access_badge(words))
        return mark_safe(" ".join(badges)) if badges else got_in_badge()

    def _named(self, apps: Sequence[AppKey]) -> SafeString:
        """The first names, and how many more there are, with all of them in the title."""
        shown = ", ".join(self.names[app] for app in apps[:MOST_NAMED])
        more = len(apps) - MOST_NAMED
        title = ", ".join(self.names[app] for app in apps)
        beside = f" and {more:,} more" if more > 0 else ""
        return format_html('<span title="{}"><bdi>{}</bdi>{}</span>', title, shown, beside)

    # The CSV has every name.

    def value_apps(self, record: DeniedPerson) -> str:
        return self._all(record.apps)

    def value_locked_out_of(self, record: DeniedPerson) -> str:
        return self._all(record.locked_out_of)

    def value_never_had_access_to(self, record: DeniedPerson) -> str:
        return self._all(record.never_had_access_to)

    def _all(self, apps: Sequence[AppKey]) -> str:
        return "; ".join(self.names[app] for app in apps)


class PersonList(GroupedList):
    """The people who were denied, under the filters of failed logins."""

    filterset_class = PersonFilter
    table_class = PersonTable
    log = Log.ACCESS_REQUESTS
    title = "Failed logins by person"
    word = "Failed by person"
    noun = "failed logins"
    list_name = "logins:by-person"
    csv_name = "logins:by-person-csv"
    filename = "failed-logins-by-person"
    most = 500

    def groups(self, filterset: Any, most: int | None) -> Groups:
        outcomes = Outcomes(filterset.rows_outside_range("allowed"), filterset.range.span)
        people = filterset.chosen(failures_by_person(filterset.rows_without(), outcomes))
        return Groups(people, len(people))

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> PersonTable:
        names = app_names({app for person in found.rows for app in (*person.apps, *_out_of(person))})
        return PersonTable(
            found.rows, names=names, viewer=self.viewer, query_string=filterset.query_string, sort=self.sort
        )


class PersonListView(SavedViews, PersonList, GroupedListView):
    """The page of all these people."""

    template_name = "logins/by_person.html"

    def lead(self, found: Groups, filterset: Any) -> str:
        number = counted(found.count, "person", "people")
        if filterset.outcomes == [LOCKED_OUT]:
            return f"{number} still locked out"
        if filterset.outcomes == [NEVER_HAD_ACCESS]:
            return f"{number} never had access"
        locked_out = sum(1 for person in found.rows if person.locked_out_of)
        never_had_access = sum(1 for person in found.rows if person.never_had_access_to)
        return f"{number} denied; {access_words(locked_out, never_had_access)}"


class PersonExportView(PersonList, GroupedExportView):
    """The same as CSV or JSON, in the page's order."""


def _out_of(person: DeniedPerson) -> list[AppKey]:
    """The apps that the person can't get into; a filter of this page may hide the denials at some of them."""
    return [*person.locked_out_of, *person.never_had_access_to]
