"""The pages about people: finding one, everything about one, and who was let in after a deprovisioning."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from dashboard.lists.empty import Empty, Way
from dashboard.page.viewer import Viewer
from dashboard.people.filters import PeopleFilter, read_range
from dashboard.people.page import PersonPage
from dashboard.people.tables import PeopleTable
from logsync.models import Account, PersonAddress
from logsync.spans import BEGINNING

MOST_LISTED = 200


class PeopleView(View):
    """People by any part of their address, those first who were seen last."""

    def get(self, request: HttpRequest) -> HttpResponse:
        addresses = PersonAddress.objects.select_related("account")
        filterset = PeopleFilter(request.GET, request=request, range=read_range(request, "all"), queryset=addresses)
        problems = filterset.problems
        found = [] if problems else _newest_first(filterset.rows_outside_range())
        viewer = Viewer.of(request)
        has_accounts = Account.objects.count() > 1
        context = {
            "filterset": filterset,
            "problems": problems,
            "table": PeopleTable(found[:MOST_LISTED], viewer=viewer, has_accounts=has_accounts),
            "is_cut": len(found) > MOST_LISTED,
            "most": MOST_LISTED,
            "empty": None if found or problems else _why_nobody(filterset),
            "hidden": filterset.query_string.hidden("q"),
            "accounts": Account.objects.all() if has_accounts else [],
        }
        return render(request, "people/list.html", context, status=400 if problems else 200)


def _newest_first(rows: Any) -> list[PersonAddress]:
    never = Value(BEGINNING, output_field=DateTimeField())
    seen_at = Greatest(Coalesce("login_at", never), Coalesce("update_at", never))
    return list(rows.annotate(seen_at=seen_at).order_by("-seen_at", "person", "pk")[: MOST_LISTED + 1])


def _why_nobody(filterset: PeopleFilter) -> Empty:
    asked = filterset.asked("q")
    if not asked:
        words = "Nobody occurs in what has been synced so far. There may be people; we do not know."
        return Empty("history", "Nobody yet", words, [Way("Open Sync", reverse("sync:page"))])
    words = f"No address in the logs that are kept holds “{asked[0][:200]}”. Its own page says what is known of it."
    ways = [Way("What is known of it", reverse("people:person", args=[asked[0]])), Way("Everybody", "?")]
    return Empty("circle-check", "No such address", words, ways)


class PersonView(View):
    """One person: the verdict, the timeline, and what is known of who they are."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        page = _page_of(request, email)
        template = "people/person.html"
        return render(request, template, page.context(), status=400 if page.problems else 200)


class TicketView(View):
    """The same as Markdown, for a ticket."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        page = _page_of(request, email)
        if page.problems:
            return HttpResponse("\n".join(page.problems) + "\n", status=400, content_type="text/plain; charset=utf-8")
        return HttpResponse(page.ticket, content_type="text/markdown; charset=utf-8")


def _page_of(request: HttpRequest, email: str) -> PersonPage:
    if "\0" in email:
        raise Http404("No address holds a NUL character.")
    return PersonPage(request, email)
