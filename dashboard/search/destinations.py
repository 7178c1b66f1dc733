"""Where a recognised thing leads: to the event, the person, the resource, or the list of exactly its rows.

A place is offered only if the data has it. Each look-up uses an index or a table of names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from django.shortcuts import resolve_url

from dashboard.lists.phrases import quoted
from dashboard.page.links import problem_href
from dashboard.search.any_id import places_of_id, places_of_resource
from dashboard.search.apps import app_place, places_of_address, places_of_name
from dashboard.search.places import MOST_CANDIDATES, Place, event_of, first, list_href, logins, person, updates
from dashboard.search.recognise import Found, Kind
from logsync.models import (
    AccessRequest,
    Application,
    Mention,
    PersonAddress,
    ScimIdentifier,
    ScimProblem,
    ScimUpdate,
    person_of,
)
from logsync.models.lookups import spellings_of_ip
from logsync.scim.fingerprint import template_of

MOST_ADDRESSES = 50
# A shorter text says too little to be an error.
SHORTEST_ERROR = 12


def places_of(found: Found) -> list[Place]:
    """Every place that the data has for a recognised thing, best first; none if it was not found.

    What is not found as what it looks like may still be an id of any other kind.
    """
    return list(_LOOK_UPS[found.kind](found.value)) or list(places_of_id(found.value))


# One look-up for each kind


def _ray_id(value: str) -> Iterator[Place]:
    rows = list(AccessRequest.objects.filter(ray_id__in={value, value.upper()})[:2])
    if len(rows) == 1:
        yield Place(resolve_url(rows[0]), "Login")
    elif rows:
        yield Place(logins(ray_id=sorted({row.ray_id for row in rows})), "Logins that share this Ray ID")


def _ray_id_start(value: str) -> Iterator[Place]:
    # Hexadecimal digits sort below "g" in every collation, so the index finds them.
    rows = AccessRequest.objects.filter(ray_id__gte=value, ray_id__lt=value + "g", ray_id__startswith=value)
    for ray_id in rows.order_by("ray_id").values_list("ray_id", flat=True).distinct()[:MOST_CANDIDATES]:
        yield from (Place(place.href, f"{place.words} of Ray ID {ray_id}") for place in _ray_id(ray_id))


def _user_email(value: str) -> Iterator[Place]:
    if PersonAddress.objects.filter(person=person_of(value)).exists():
        yield Place(person(value), "Person")


def _idp_resource_id(value: str) -> Iterator[Place]:
    yield from places_of_resource({value}, "idp_resource_id")


def _aud(value: str) -> Iterator[Place]:
    if application := first(Application.objects.filter(aud=value)):
        yield app_place(application.app_uid)


def _ip_address(value: str) -> Iterator[Place]:
    network = ipaddress.ip_network(value, strict=False)
    if network.num_addresses == 1:
        if AccessRequest.objects.filter(ip_address__in=spellings_of_ip(value)).exists():
            yield Place(logins(ip_address=value), f"Logins from {value}")
        return
    inside = _addresses_in(network)
    if inside:
        words = f"Logins from {len(inside)} addresses in {network}"
        at_most = f"{words}, the first of more" if len(inside) == MOST_ADDRESSES else words
        yield Place(logins(ip_address=inside), at_most)


def _addresses_in(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[str]:
    """Addresses in the log that belong to a network; the start of their text is looked up by index."""
    first, last = str(network[0]), str(network[-1])
    same = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    start = first[:same]
    rows = AccessRequest.objects.filter(ip_address__gte=start, ip_address__lt=start + "g") if start else None
    if rows is None:
        return []
    found = rows.filter(ip_address__startswith=start).order_by("ip_address").values_list("ip_address", flat=True)
    return [text for text in found.distinct()[: 20 * MOST_ADDRESSES] if _is_in(text, network)][:MOST_ADDRESSES]


def _is_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _text(value: str) -> Iterator[Place]:
    if PersonAddress.objects.filter(person__holds=value).exists():
        yield Place(list_href("people:list", q=quoted(value)), f"People whose address holds “{value}”")
    yield from _people_called(value)
    yield from places_of_name(value)
    groups = ScimIdentifier.objects.filter(resource_type="GROUP", kind__in=["name", "only_name"], value__holds=value)
    if groups.exists():
        yield Place(updates(resource_group_name=quoted(value)), f"SCIM updates of groups whose name holds “{value}”")
    if ScimProblem.objects.filter(template__holds=value).exists():
        href = list_href("scim:problems", error_description=quoted(value), range="all")
        yield Place(href, f"SCIM problems that say “{value}”")
    else:
        yield from places_of_error(value)


def _people_called(value: str) -> Iterator[Place]:
    """Users whose display name holds a text, as SCIM set it."""
    named = Mention.objects.filter(field="display_name", value__contains=value.lower())
    places: dict[str, Place] = {}
    for mention in named.order_by("-seen_at")[:MOST_CANDIDATES]:
        update = event_of(mention)
        if isinstance(update, ScimUpdate):
            href = person(update.person) if update.person else resolve_url(update)
            words = update.resource_user_email or update.resource_label
            places.setdefault(href, Place(href, f"Person {words}, named in SCIM with “{value}”"))
    yield from places.values()


def places_of_error(text: str) -> Iterator[Place]:
    """The SCIM problems with this error, whatever names and numbers it has."""
    if len(text) < SHORTEST_ERROR:
        return
    for problem in ScimProblem.objects.filter(template=template_of(text))[:MOST_CANDIDATES]:
        yield Place(problem_href(problem), f"SCIM problem “{problem.template}”")


_LOOK_UPS: dict[Kind, Callable[[str], Iterator[Place]]] = {
    Kind.RAY_ID: _ray_id,
    Kind.RAY_ID_START: _ray_id_start,
    Kind.USER_EMAIL: _user_email,
    Kind.GUID: places_of_id,
    Kind.IDP_RESOURCE_ID: _idp_resource_id,
    Kind.AUD: _aud,
    Kind.IP_ADDRESS: _ip_address,
    Kind.APP_DOMAIN: places_of_address,
    Kind.ID: places_of_id,
    Kind.TEXT: _text,
}
