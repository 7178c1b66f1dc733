"""The pages about people: finding one, everything about one, and who was let in after a deprovisioning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record_once, record_view_of
from dashboard.lists.context import GroupedContext
from dashboard.lists.csv import refused
from dashboard.lists.empty import Empty, Way
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.json import refused_in_json
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.headers import BACKGROUND
from dashboard.page.reveal import answer_reveal
from dashboard.page.timerange import TimeRange, read_range
from dashboard.people.filters import PeopleFilter
from dashboard.people.page import PersonPage
from dashboard.people.person_json import person_in_json
from dashboard.people.tables import PeopleTable
from dashboard.permissions.reveals import revealed
from logsync.insight.identity.person import person_named
from logsync.models import Account, PersonAddress, person_of
from logsync.spans import BEGINNING


@dataclass(frozen=True, kw_only=True)
class PeopleContext(GroupedContext):
    """The list of people."""

    # Hidden fields of the form that finds people.
    hidden: list[tuple[str, str]] = field(default_factory=list)
    # To choose from, where there are several.
    accounts: Sequence[Account] = ()


class PeopleList(GroupedList):
    """People by any part of their address, the one seen last first; `count` says only whether there are more."""

    model = PersonAddress
    filterset_class = PeopleFilter
    table_class = PeopleTable
    log = None
    title = "People"
    word = "People"
    noun = "people"
    has_range = False
    list_name = "people:list"
    csv_name = "people:csv"
    filename = "people"

    def range(self, request: HttpRequest) -> TimeRange:
        return read_range(request, "all")

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = _newest_first(filterset.rows_outside_range())
        if most is None:
            return Groups(rows, rows.count())
        found = rows[: most + 1]
        return Groups(found[:most], len(found))

    @cached_property
    def several_accounts(self) -> list[Account]:
        """Every account, if there are several."""
        accounts = list(Account.objects.all())
        return accounts if len(accounts) > 1 else []

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> PeopleTable:
        has_accounts = bool(self.several_accounts)
        return PeopleTable(
            found.rows, viewer=self.viewer, query_string=filterset.query_string, has_accounts=has_accounts
        )


class PeopleView(PeopleList, GroupedListView):
    """The page that finds people."""

    template_name = "people/list.html"
    context_class = PeopleContext

    def get(self, request: HttpRequest) -> HttpResponse:
        for text in request.GET.getlist("q"):
            if text.strip():
                record_once(request, Action.PERSON_SEARCHED, text.strip())
        return super().get(request)

    def empty(self, found: Groups, filterset: Any, line: CoverageLine | None) -> Empty:
        return _why_nobody(filterset)

    def context(self, filterset: Any, problems: list[str]) -> PeopleContext:
        hidden = filterset.query_string.hidden("q")
        context = cast(PeopleContext, super().context(filterset, problems))
        export = context.export
        if export and context.count > self.most:
            export = export.counting(context.count, f"{self.most:,}+")
        return replace(context, hidden=hidden, accounts=self.several_accounts, export=export)


class PeopleExportView(PeopleList, GroupedExportView):
    """The same people as CSV or JSON."""


def _newest_first(rows: Any) -> Any:
    never = Value(BEGINNING, output_field=DateTimeField())
    seen_at = Greatest(*(Coalesce(name, never) for name in ("login_at", "other_at", "update_at")))
    return rows.annotate(seen_at=seen_at).order_by("-seen_at", "person", "pk")


def _why_nobody(filterset: PeopleFilter) -> Empty:
    texts = filterset.values_of("q")
    if not texts:
        words = "Nobody has been synced so far. Check on the Sync page whether the logs are being read."
        return Empty("history", "Nobody yet", words, [Way("Open Sync", reverse("sync:page"))])
    words = (
        f"No e-mail address in the logs contains “{texts[0][:200]}”. Check the spelling, or try a shorter part of it."
    )
    ways = [Way("Look up this address", reverse("people:person", args=[texts[0]])), Way("Show everyone", "?")]
    return Empty("circle-check", "No address found", words, ways)


class _OfPerson(View):
    """A view of one person; what was revealed of them to the user is not masked."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with revealed([person_of(kwargs["email"])]):
            return super().dispatch(request, *args, **kwargs)


class PersonView(_OfPerson):
    """One person: the verdict, the timeline, and what is known of who they are."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        page = _page_of(request, email, "page")
        if BACKGROUND in request.headers and not page.problems and page.verdict.why and page.verdict.why.is_waiting:
            # The page asks for itself again while Cloudflare is asked; until it answers, nothing has changed.
            return HttpResponse(status=204)
        template = "people/person.html"
        return render(request, template, page.context(), status=400 if page.problems else 200)


class TicketView(_OfPerson):
    """The same as Markdown, for a ticket."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        page = _page_of(request, email, "ticket")
        if page.problems:
            return refused(page.problems)
        return HttpResponse(page.verdict.ticket(), content_type="text/markdown; charset=utf-8")


class PersonJsonView(_OfPerson):
    """The same as JSON."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        page = _page_of(request, email, "JSON")
        return refused_in_json(page.problems) if page.problems else person_in_json(page)


class PersonRevealView(View):
    """Reveals a person with all their addresses, or hides them again."""

    def post(self, request: HttpRequest, email: str) -> HttpResponse:
        if "\0" in email:
            raise Http404("No address holds a NUL character.")
        person = person_named(email)
        subjects = list(dict.fromkeys([person_of(email), *person.addresses]))
        return answer_reveal(request, subjects, reverse("people:person", args=[email]))


def _page_of(request: HttpRequest, email: str, shown: str) -> PersonPage:
    """The page of a person, once it is written down who looks at it."""
    if "\0" in email:
        raise Http404("No address holds a NUL character.")
    page = PersonPage(request, email)
    if not page.problems:
        record_view_of(request, page.person.email, shown)
    return page
