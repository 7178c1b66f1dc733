"""The search box: whatever is pasted there leads to the event, person or resource that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views import View

from dashboard.page import cells
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.search.destinations import Place, person, places_of
from dashboard.search.recognise import BlockPage, Found, Kind, Pasted, recognise
from logsync.models import Stream

WORDS = {
    Kind.RAY_ID: "Ray ID",
    Kind.RAY_ID_START: "the beginning of a Ray ID",
    Kind.USER_EMAIL: "e-mail address",
    Kind.GUID: "id",
    Kind.IDP_RESOURCE_ID: "Okta id",
    Kind.AUD: "App AUD",
    Kind.IP_ADDRESS: "IP address",
    Kind.APP_DOMAIN: "host",
    Kind.TEXT: "text",
}
FIREWALL = (
    "This is a page of Cloudflare’s firewall; the Access log may not hold it. Look in Security Events in the "
    "Cloudflare dashboard."
)
ASK = "A block page without a Ray ID names no event; ask for the time and the e-mail address."


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

    recognised: list[Recognised]
    # Whether the data has any of it.
    is_somewhere: bool
    notes: list[str]
    # Which time is known.
    line: CoverageLine


class SearchView(View):
    """Searches come by POST, so that no proxy logs them; `q` in an address works as well.

    A search leads straight to the first thing in the data, and that page says what was recognised and what else was
    found. If the data has nothing, or several places fit equally well, a page of its own says so.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request, request.GET.get("q", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request, request.POST.get("q", ""))

    def _answer(self, request: HttpRequest, text: str) -> HttpResponse:
        pasted = recognise(text)
        recognised = [Recognised(found, places_of(found)) for found in pasted.found]
        href = _straight_to(recognised)
        if not href:
            context = SearchContext(
                recognised=recognised,
                is_somewhere=any(one.places for one in recognised),
                notes=_notes(pasted, recognised),
                line=_line(request),
            )
            return render(request, "search/search.html", vars(context))
        messages.info(request, _sentence(recognised))
        for note in _notes(pasted, recognised):
            messages.warning(request, note)
        return redirect(href)


def _straight_to(recognised: list[Recognised]) -> str:
    """The best place if one thing stands out: the first kind found in the data, unless several texts fit equally."""
    there = next((one for one in recognised if one.places), None)
    if there is None:
        alone = recognised[0].found if len(recognised) == 1 else None
        # A person's page says what it can about an unknown address, and lists similar ones.
        return person(alone.value) if alone and alone.kind is Kind.USER_EMAIL else ""
    is_open = there.found.kind in (Kind.TEXT, Kind.RAY_ID_START, Kind.GUID)
    return "" if is_open and len(there.places) > 1 else there.places[0].href


def _sentence(recognised: list[Recognised]) -> SafeString:
    there = next((one for one in recognised if one.places), recognised[0])
    others = [one for one in recognised if one is not there]
    words = format_html("Recognised {}.", _named(there))
    if len(there.places) > 1:
        words += format_html(" Also: {}.", _listed(map(_link, there.places[1:])))
    if others:
        words += format_html(" Also found: {}.", _listed(map(_found, others)))
    return words


def _listed(items: Iterable[SafeString]) -> SafeString:
    return format_html_join(", ", "{}", ((item,) for item in items))


def _named(one: Recognised) -> SafeString:
    note = f" ({one.note})" if one.note else ""
    return format_html("{} {}{}", one.word, cells.text(one.found.value), note)


def _found(one: Recognised) -> SafeString:
    if not one.places:
        return format_html("{}, which occurs in no row", _named(one))
    return format_html('<a href="{}">{}</a>', one.places[0].href, _named(one))


def _link(place: Place) -> SafeString:
    return format_html('<a href="{}">{}</a>', place.href, cells.text(place.words))


def _line(request: HttpRequest) -> CoverageLine:
    """What is known of both logs: what was not found may be in unknown time."""
    streams = Stream.objects.expected().with_ranges()
    return line_for(streams, TimeRange.read(QueryDict("range=all"), timezone.now()), Viewer.of(request))


def _notes(pasted: Pasted, recognised: list[Recognised]) -> list[str]:
    notes = []
    if pasted.block_page is BlockPage.FIREWALL:
        notes.append(FIREWALL)
    if pasted.block_page is not BlockPage.NONE and not any(one.found.kind is Kind.RAY_ID for one in recognised):
        notes.append(ASK)
    return notes
