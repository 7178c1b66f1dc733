"""Lay a list out: once, by its address, or from now on, by the person's own layout of the page."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.lists.layout import LAYOUT, layout_problems
from dashboard.page.query_string import QueryString
from dashboard.saved.models import QUERY_LENGTH, Layout, signed_in_user
from dashboard.saved.pages import table_at
from dashboard.saved.undo import changed_layout


@require_POST
def lay_out(request: HttpRequest) -> HttpResponse:
    """Do what the Columns menu sends: `act` is "once", "remember" or "forget". Any other `act` saves nothing."""
    page, act = request.POST.get("page", ""), request.POST.get("act")
    table = table_at(page)
    if table is None:
        raise Http404("There is no list of that name.")
    address = QueryString(QueryDict(request.POST.get("query", "")[:QUERY_LENGTH]))
    plain = address.replacing(**dict.fromkeys(LAYOUT))
    own = Layout.objects.filter(user=signed_in_user(request), page=page)
    before = next((layout.parameters for layout in own), None)
    if act == "forget":
        own.delete()
        changed_layout(request, page, before, reverse(page) + plain, "This list has its usual layout again.")
        return redirect(reverse(page) + plain)
    chosen = _chosen(request.POST)
    asked = QueryDict(mutable=True)
    asked.update(chosen)
    if problems := [*table.problems(asked), *layout_problems(asked)]:
        messages.error(request, " ".join(problems))
        return redirect(reverse(page) + address.replacing())
    if act != "remember":
        return redirect(reverse(page) + address.replacing(**{name: value or None for name, value in chosen.items()}))
    Layout.objects.update_or_create(user=signed_in_user(request), page=page, defaults=chosen)
    changed_layout(request, page, before, reverse(page) + plain, "Layout saved. This list now looks like this for you.")
    return redirect(reverse(page) + plain)


def _chosen(sent: QueryDict) -> dict[str, str]:
    """The layout as parameters of an address."""
    return {name: sent.get(name, "") for name in LAYOUT} | {"columns": ",".join(columns_in_order(sent))}


def columns_in_order(sent: QueryDict) -> list[str]:
    """The chosen columns, sorted by the numbers beside them (`place.<column>`), or in the order sent.

    Changing one number is enough to move a column: it moves to that place, and those in between make room.
    """
    offered = [name.removeprefix("place.") for name in sent if name.startswith("place.")]
    before = {name: number for number, name in enumerate(offered, start=1)}

    def place(name: str) -> tuple[int, int]:
        was = before.get(name, 0)
        now = _number(sent.get(f"place.{name}", ""), was)
        return now, (now > was) - (now < was)

    return sorted(dict.fromkeys(sent.getlist("columns")), key=place)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else otherwise
