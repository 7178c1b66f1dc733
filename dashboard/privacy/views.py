"""What an admin does about one person's data: take all of it as a file, or erase it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from dashboard.privacy.person import erase_person, everything_about
from logsync.insight.identity.person import person_named
from logsync.models import Account, person_of
from logsync.models.sight import sight
from logsync.privacy.rows import logins_about, updates_about

MASKED = "This file has everything unmasked, and your role may not see that. Ask an admin to export it."


@dataclass(frozen=True, kw_only=True)
class EraseContext:
    """`privacy/erase.html`."""

    email: str
    logins: int
    updates: int
    # The person's other addresses, which stay, each with its page for erasing it.
    others: list[tuple[str, str]]
    person_href: str
    everything_href: str
    # What is wrong with the address that was typed; blank if nothing was.
    mistake: str = ""


class EraseView(View):
    """Says what will be erased, and erases it once the address was typed again."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        return self._page(request, _address(email))

    def post(self, request: HttpRequest, email: str) -> HttpResponse:
        email = _address(email)
        if person_of(request.POST.get("address", "").strip()) != person_of(email):
            return self._page(request, email, "That is not the address. Nothing was erased.")
        messages.success(request, str(erase_person(email, request)))
        return redirect("people:list")

    def _page(self, request: HttpRequest, email: str, mistake: str = "") -> HttpResponse:
        person = person_of(email)
        everyone = person_named(email, list(Account.objects.all()))
        others = [address for address in everyone.addresses if address != person]
        context = EraseContext(
            email=email,
            logins=logins_about(person).count(),
            updates=updates_about(person).count(),
            others=[(address, reverse("people:erase", args=[address])) for address in others],
            person_href=reverse("people:person", args=[email]),
            everything_href=reverse("people:everything", args=[email]),
            mistake=mistake,
        )
        return render(request, "privacy/erase.html", vars(context), status=400 if mistake else 200)


class EverythingView(View):
    """All that is kept about the person, as a JSON file."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        if sight().is_masked:
            raise PermissionDenied(MASKED)
        everything = everything_about(_address(email), request)
        response = JsonResponse(everything, encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2})
        response["Content-Disposition"] = 'attachment; filename="person.json"'
        return response


def _address(email: str) -> str:
    email = email.strip()
    if not email or "\0" in email:
        raise Http404("That is no address of a person.")
    return email
