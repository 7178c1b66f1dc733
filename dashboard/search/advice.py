"""What to do next when a search finds nothing: by what was searched for, and names that are spelled like it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dashboard.search.apps import apps_named
from dashboard.search.people import JOINING
from dashboard.search.places import Place, person
from dashboard.search.recognise import Found, Kind
from logsync.insight.identity.names import people_called
from logsync.insight.identity.similar import names_like, similar_to
from logsync.models import Account

SYNC = "If it happened in the last few minutes, search again after the next sync."
_ID = f"Check that the whole ID was copied. {SYNC}"
NEXT = {
    Kind.RAY_ID: f"Check every character of the Ray ID. {SYNC} Or search for the person’s e-mail address or name.",
    Kind.RAY_ID_START: "Ask for the whole Ray ID, which has 16 characters. Or search for the person’s e-mail address.",
    Kind.USER_EMAIL: f"Check the spelling, or search for the person’s name. {SYNC}",
    Kind.GUID: _ID,
    Kind.ID: _ID,
    Kind.IDP_RESOURCE_ID: _ID,
    Kind.AUD: "Check that the whole App AUD was copied, or search for the app’s name.",
    Kind.IP_ADDRESS: f"Search for the network around it, such as 203.0.113.0/24. {SYNC}",
    Kind.APP_DOMAIN: "Check the host, or search for the app’s name.",
    Kind.TEXT: "Check the spelling, or search for a part of it: a first name, or the start of an e-mail address.",
}
# More words are a sentence, and no name.
MOST_WORDS = 6


def next_steps(found: Iterable[Found]) -> list[str]:
    """What to do about each kind of thing that was not found, each said once."""
    return list(dict.fromkeys(NEXT[one.kind] for one in found))


def similar_places(found: Iterable[Found]) -> list[Place]:
    """People who may have been meant: "Did you mean …?"."""
    places: dict[str, Place] = {}
    for one in found:
        for place in _similar_to(one):
            places.setdefault(place.href, place)
    return list(places.values())


def _similar_to(found: Found) -> Iterator[Place]:
    if found.kind is Kind.USER_EMAIL:
        accounts = list(Account.objects.values_list("pk", flat=True))
        yield from (Place(person(address), address) for address in similar_to(found.value, accounts))
    if found.kind is Kind.TEXT:
        words = found.value.split()
        yield from map(_place_of, _names_like(words) if len(words) <= MOST_WORDS else [])


def _names_like(words: list[str]) -> list[str]:
    """Names like all words, or without those that are an app or go before one, or like one word."""
    own = [word for word in words if word.lower() not in JOINING and not apps_named(word)]
    return names_like(words, own, *([word] for word in own))


def _place_of(name: str) -> Place:
    """The person of an address, or of a name that SCIM gave them."""
    called = {} if "@" in name else people_called(name.split(), 1)
    for address, spelled in called.items():
        return Place(person(address), f"{spelled} ({address})")
    return Place(person(name), name)
