"""Where a recognised thing leads: to the event, the person, the resource, or the list of exactly its rows.

A place is offered only if the data has it. Each look-up uses an index or a table of names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Q
from django.shortcuts import resolve_url

from dashboard.lists.phrases import quoted
from dashboard.page.links import problem_href
from dashboard.search.any_id import places_of_id, places_of_resource
from dashboard.search.apps import app_place, places_of_address, places_of_name
from dashboard.search.people import places_of_people, places_of_people_at_apps
from dashboard.search.places import MOST_CANDIDATES, Place, event_of, first, list_href, logins, person, updates
from dashboard.search.recognise import Found, Kind
from logsync.insight.identity.names import last_seen
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
from logsync.models.networks import in_network, network_named
from logsync.scim.fingerprint import template_of

# A shorter text says too little to be an error.
SHORTEST_ERROR = 12


def places_of(found: Found) -> list[Place]:
    """Every place that the data has for a recognised thing, best first; none if it was not found.

    What is not found as what it looks like may still be an id of any other kind.
    """
    return list(_LOOK_UPS[found.kind](found.value)) or list(places_of_id(found.value))


# One look-up for each kind


def _ray_id(value: str) -> Iterator[Place]:
    rows = list(AccessRequest.objects.filter(ray_id__in={value, value.upper()})[:MOST_CANDIDATES])
    people = {(row.account_id, row.person) for row in rows}
    if len(people) == 1:
        # What they ask about is the denial, if one of their rows is one.
        row = next((row for row in rows if row.is_denied), rows[0])
        yield Place(resolve_url(row), "Login")
    if len(rows) > 1:
        yield Place(logins(ray_id=sorted({row.ray_id for row in rows})), "All logins with this Ray ID")


def _ray_id_start(value: str) -> Iterator[Place]:
    # Hexadecimal digits sort below "g" in every collation, so the index finds them.
    rows = AccessRequest.objects.filter(ray_id__gte=value, ray_id__lt=value + "g", ray_id__startswith=value)
    for ray_id in rows.order_by("ray_id").values_list("ray_id", flat=True).distinct()[:MOST_CANDIDATES]:
        yield from (Place(place.href, f"{place.words} of Ray ID {ray_id}") for place in list(_ray_id(ray_id))[:1])


def _user_email(value: str) -> Iterator[Place]:
    address = person_of(value)
    if PersonAddress.objects.filter(person=address).exists():
        yield Place(person(value, last_seen([address]).get(address)), "Person")


def _idp_resource_id(value: str) -> Iterator[Place]:
    yield from places_of_resource({value}, "idp_resource_id")


def _aud(value: str) -> Iterator[Place]:
    if application := first(Application.objects.filter(aud=value)):
        yield app_place(application.app_uid)


def _ip_address(value: str) -> Iterator[Place]:
    network = network_named(value)
    which = in_network("ip_address", network) if network else Q(ip_address__in=spellings_of_ip(value))
    if AccessRequest.objects.filter(which).order_by().exists():
        yield Place(logins(ip_address=value), f"Logins from {value}")


def _text(value: str) -> Iterator[Place]:
    yield from places_of_people_at_apps(value)
    yield from list(places_of_people(value)) or _named_only(value)
    yield from places_of_name(value)
    groups = ScimIdentifier.objects.filter(resource_type="GROUP", kind__in=["name", "only_name"], value__holds=value)
    if groups.exists():
        yield Place(updates(resource_group_name=quoted(value)), f"SCIM updates of groups with “{value}” in their name")
    if ScimProblem.objects.filter(template__holds=value).exists():
        href = list_href("scim:problems", error_description=quoted(value), range="all")
        yield Place(href, f"SCIM problems with “{value}” in their error")
    else:
        yield from places_of_error(value)


def _named_only(value: str) -> Iterator[Place]:
    """Updates that give a name to a user of whom no address is on record."""
    named = Mention.objects.filter(field="display_name", value__contains=value.lower())
    for mention in named.order_by("-seen_at")[:MOST_CANDIDATES]:
        update = event_of(mention)
        if isinstance(update, ScimUpdate) and not update.person:
            yield Place(resolve_url(update), f"SCIM update of {update.resource_label}, named “{value}”")


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
