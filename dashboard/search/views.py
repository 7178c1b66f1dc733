"""The search box: whatever is pasted there leads to the event, person or resource that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record_once
from dashboard.page import cells
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.views import LONGEST_PASTED, PASTED
from dashboard.permissions.masking import address_refusal
from dashboard.search.advice import next_steps, similar_places
from dashboard.search.any_id import places_of_own_id
from dashboard.search.destinations import places_of, places_of_error
from dashboard.search.places import Place, person
from dashboard.search.recognise import LONGEST_TEXT, BlockPage, Found, Kind, Pasted, recognise
from logsync.models import Stream
from logsync.models.masking import network_around

WORDS = {
    Kind.RAY_ID: "Ray ID",
    Kind.RAY_ID_START: "start of a Ray ID",
    Kind.USER_EMAIL: "e-mail address",
    Kind.GUID: "ID",
    Kind.ID: "ID",
    Kind.IDP_RESOURCE_ID: "Okta ID",
    Kind.AUD: "App AUD",
    Kind.IP_ADDRESS: "IP address",
    Kind.APP_DOMAIN: "host",
    Kind.TEXT: "text",
}
# What people are looked for by.
OF_PEOPLE = (Kind.USER_EMAIL, Kind.TEXT)
# Who shows each page, and where to look next.
PAGES = {
    BlockPage.FIREWALL: (
        "This block page comes from Cloudflare’s firewall, not from Access, so the Access log may have nothing about "
        "it. Look in Security Events in the Cloudflare dashboard."
    ),
    BlockPage.RATE_LIMIT: (
        "This block page comes from a Cloudflare rate limit (error 1015), not from Access, so the Access log may have "
        "nothing about it. Look in Security Events in the Cloudflare dashboard."
    ),
    BlockPage.IDENTITY_PROVIDER: (
        "This page comes from the identity provider. The person didn’t get back to Access, so the Access log may have "
        "nothing about it. Look for the error code in the identity provider’s sign-in log."
    ),
    BlockPage.SERVICE_TOKEN: (
        "This is about a service token. A refused service token may leave nothing in this log. Check the token and its "
        "Service Auth policy, and look in Cloudflare’s GraphQL API, which also has non-identity requests."
    ),
}
ONLY_NETWORK = "you see IP addresses masked, so this is the network of the one you looked for"
ASK = (
    "This block page has no Ray ID, so it can’t be matched to a login. Ask the caller for their e-mail address and the "
    "time."
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Something that was recognised, and where it leads."""

    found: Found
    places: list[Place]

    @property
    def word(self) -> str:
        return WORDS[self.found.kind]

    @property
    def note(self) -> str:
        """What is uncertain about it; a Ray ID that exists needs no "looks like a Ray ID"."""
        return "" if self.places and self.found.kind is Kind.RAY_ID else self.found.note


@dataclass(frozen=True, kw_only=True)
class SearchContext:
    """What `search/search.html` is given."""

    # What was searched for, on one line.
    typed: str
    recognised: list[Recognised]
    # Whether the data has any of it.
    is_somewhere: bool
    notes: list[str]
    # Which time is known.
    line: CoverageLine
    # If it has none of it: what to do, and people who may have been meant.
    next_steps: list[str] = field(default_factory=list)
    similar: list[Place] = field(default_factory=list)


@method_decorator(csrf_exempt, name="dispatch")
class SearchView(View):
    """Searches come by POST, so that no proxy logs them; `q` in an address works as well.

    A search changes nothing, so it needs no token, and a page that was open for days still finds. What is sent while
    signed out is kept, and searched for after signing in.

    A search leads straight to the first thing in the data, and that page says what was recognised and what else was
    found. If the data has nothing, or several places fit equally well, a page of its own says so.
    """

    kept_field = "q"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request, request.GET.get("q") or request.session.pop(PASTED, ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request, request.POST.get("q", ""))

    def _answer(self, request: HttpRequest, text: str) -> HttpResponse:
        pasted = recognise(text)
        recognised = _looked_up(pasted)
        for one in recognised:
            if one.found.kind in OF_PEOPLE:
                record_once(request, Action.PERSON_SEARCHED, one.found.value)
        href = _straight_to(recognised)
        if not href:
            is_somewhere = any(one.places for one in recognised)
            missing = [] if is_somewhere else [one.found for one in recognised]
            context = SearchContext(
                typed=" ".join(text[:LONGEST_PASTED].split()),
                recognised=recognised,
                is_somewhere=is_somewhere,
                notes=_notes(pasted, recognised),
                line=_line(request),
                next_steps=next_steps(missing),
                similar=similar_places(missing),
            )
            return render(request, "search/search.html", vars(context))
        messages.info(request, _sentence(recognised, href))
        for note in _notes(pasted, recognised):
            messages.warning(request, note)
        return redirect(href)


def _looked_up(pasted: Pasted) -> list[Recognised]:
    """Where everything leads: words that may be ids if nothing else was found, and always the text as an error."""
    recognised = [_looked_up_one(found) for found in pasted.found]
    if not any(one.places for one in recognised):
        named = {found.value.lower() for found in pasted.found}
        others = [Found(Kind.ID, word) for word in pasted.words if word.lower() not in named]
        recognised += [one for one in (Recognised(found, places_of(found)) for found in others) if one.places]
    is_looked_for = any(one.found.kind is Kind.TEXT for one in recognised)
    if not is_looked_for and (problems := list(places_of_error(pasted.line))):
        recognised.append(Recognised(Found(Kind.TEXT, pasted.line[:LONGEST_TEXT]), problems))
    return recognised


def _looked_up_one(found: Found) -> Recognised:
    """A text that is an id of something is that id; if it only occurs somewhere in a row, names come first.

    Who sees IP addresses masked gets the network of the one that they pasted.
    """
    if found.kind is Kind.IP_ADDRESS and address_refusal([found.value]):
        found = Found(found.kind, network_around(found.value.partition("/")[0]), ONLY_NETWORK)
    if found.kind is Kind.TEXT and (places := list(places_of_own_id(found.value))):
        return Recognised(Found(Kind.ID, found.value), places)
    return Recognised(found, places_of(found))


def _straight_to(recognised: list[Recognised]) -> str:
    """The best place if one thing stands out: the first kind found in the data, unless several texts fit equally."""
    there = next((one for one in recognised if one.places), None)
    if there is None:
        alone = recognised[0].found if len(recognised) == 1 else None
        # A person's page says what it can about an unknown address, and lists similar ones.
        return person(alone.value) if alone and alone.kind is Kind.USER_EMAIL else ""
    is_open = there.found.kind in (Kind.TEXT, Kind.RAY_ID_START, Kind.GUID)
    exact = [place for place in there.places if place.is_exact]
    if is_open and len(there.places) > 1:
        return exact[0].href if len(exact) == 1 else ""
    return there.places[0].href


def _sentence(recognised: list[Recognised], href: str) -> SafeString:
    there = next((one for one in recognised if one.places), recognised[0])
    others = [one for one in recognised if one is not there]
    words = _opening(there)
    if also := [place for place in there.places if place.href != href]:
        words += format_html(" Also: {}.", _listed(map(_link, also)))
    if found := [one for one in others if one.places]:
        words += format_html(" Also found: {}.", _listed(map(_found, found)))
    if missing := [one for one in others if not one.places]:
        words += format_html(" Not in the logs: {}.", _listed(map(_named, missing)))
    return words


def _opening(one: Recognised) -> SafeString:
    if one.found.kind is Kind.TEXT:
        return format_html("Searched for “{}”.", cells.text(one.found.value))
    return format_html("Recognised {}.", _named(one))


def _listed(items: Iterable[SafeString]) -> SafeString:
    return format_html_join(", ", "{}", ((item,) for item in items))


def _named(one: Recognised) -> SafeString:
    note = f" ({one.note})" if one.note else ""
    return format_html("{} {}{}", one.word, cells.text(one.found.value), note)


def _found(one: Recognised) -> SafeString:
    return format_html('<a href="{}">{}</a>', one.places[0].href, _named(one))


def _link(place: Place) -> SafeString:
    return format_html('<a href="{}">{}</a>', place.href, cells.text(place.words))


def _line(request: HttpRequest) -> CoverageLine:
    """What is known of both logs: what was not found may be in unknown time."""
    streams = Stream.objects.expected().with_ranges()
    return line_for(streams, TimeRange.read(QueryDict("range=all"), timezone.now()), Viewer.of(request))


def _notes(pasted: Pasted, recognised: list[Recognised]) -> list[str]:
    notes = []
    if pasted.block_page in PAGES:
        notes.append(PAGES[pasted.block_page])
    if pasted.block_page is BlockPage.ACCESS and not any(one.found.kind is Kind.RAY_ID for one in recognised):
        notes.append(ASK)
    return notes
