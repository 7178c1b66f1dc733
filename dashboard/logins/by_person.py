"""Failed logins added up by person: everybody who was denied in the range, or who of them is still locked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, TextField, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from dashboard.lists.empty import why_empty
from dashboard.lists.filters import ChoicesFilter
from dashboard.lists.views import controls
from dashboard.logins.filters import FailedLoginFilter
from dashboard.logins.views import LoginList
from dashboard.page import cells
from dashboard.page.coverage_line import line_for
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.words import counted

LOCKED_OUT = "locked_out"
# More people are not shown at once; the page says so.
MOST_PEOPLE = 500


class PersonFilter(FailedLoginFilter):
    """The filters of failed logins, and what became of a person."""

    outcome = ChoicesFilter(
        label="Outcome", choices=[("", "any"), (LOCKED_OUT, "still locked out")], method="filter_outcome"
    )

    def filter_outcome(self, rows: Any, name: str, values: list[str]) -> Any:
        """The outcome is of people, and not a field of their logins."""
        return rows

    @property
    def is_locked_out_asked(self) -> bool:
        return LOCKED_OUT in (self.form.cleaned_data.get("outcome") or [])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was denied in the range: `rows` times at `apps` applications, and is still out of `out` of them."""

    person: str
    rows: int
    apps: int
    first: datetime
    last: datetime
    out: int


def people_denied(filterset: PersonFilter) -> list[Person]:
    """Everybody who was denied in the range, the newest denial first; only who is still locked out, if asked."""
    range = filterset.range
    outcomes = Outcomes(filterset.rows_outside_range("allowed"), range.span)
    sums = (
        filterset.rows_without()
        .logins_of_people()
        .order_by()
        # By a value of its own: SQLite would walk the whole index on people to have them in order.
        .annotate(who=Coalesce("person", Value(""), output_field=TextField()))
        .values_list("who")
        .annotate(
            rows=Count("pk"),
            apps=Count("app_uid", distinct=True),
            first=Min("created_at"),
            last=Max("created_at"),
            newest=Max("pk"),
        )
        .order_by("-last", "-newest")
    )
    out = outcomes.locked_out.persons
    people = [Person(person, rows, apps, first, last, out[person]) for person, rows, apps, first, last, _ in sums]
    return [person for person in people if person.out or not filterset.is_locked_out_asked]


class PersonListView(LoginList, View):
    """Everybody who was denied, a row each, under the filters of failed logins."""

    filterset_class = PersonFilter

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset: Any = self.filterset(request)
        problems = filterset.problems
        viewer = Viewer.of(request)
        line = line_for(self.streams(filterset), filterset.range, viewer)
        people = [] if problems else people_denied(filterset)
        is_empty = not people and not problems
        context = {
            "filterset": filterset,
            "problems": problems,
            "title": "Failed logins by person",
            "lead": "" if problems else _lead(people, filterset),
            "people": [_line(person, filterset.query_string) for person in people[:MOST_PEOPLE]],
            "more": max(len(people) - MOST_PEOPLE, 0),
            "line": line,
            "empty": why_empty(filterset, line, "failed logins", at_the_end=False) if is_empty else None,
        }
        return render(request, "logins/by_person.html", context | controls(filterset), status=400 if problems else 200)


def _lead(people: list[Person], filterset: PersonFilter) -> str:
    out = sum(1 for person in people if person.out)
    number = counted(len(people), "person", "people")
    if filterset.is_locked_out_asked:
        return f"{number} still locked out"
    return f"{number} denied, {out:,} still locked out"


def _line(person: Person, address: QueryString) -> dict[str, Any]:
    """A person as the page shows them, with the address of exactly their denials."""
    is_linked = person.person == person.person.strip() and "\0" not in person.person
    rows = reverse("logins:list") + address.replacing(person=person.person, outcome=None) if is_linked else ""
    return {"of": person, "name": cells.person(person.person), "rows": rows}
