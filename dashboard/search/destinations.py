"""Where a recognised thing leads: to the event, the person, the resource, or the list of exactly its rows.

A place is offered only if the data has it. Each look-up uses an index or a table of names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from dashboard.search.recognise import Found, Kind
from logsync.insight.app_names import name_of_id
from logsync.models import (
    AccessRequest,
    Account,
    Application,
    IdentityProvider,
    PersonAddress,
    ScimIdentifier,
    ScimProblem,
    ScimUpdate,
    UserId,
    person_of,
)

# More candidates of one kind are a list, not a place.
MOST_CANDIDATES = 8
MOST_ADDRESSES = 50
# Hosts and app names are in no index, so one that no application has is looked up in the newest days only.
LOOKED_AT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something leads, and what is there: "Login of 19 Nov", "Person", "App Grafana"."""

    href: str
    words: str


def places_of(found: Found) -> list[Place]:
    """Every place that the data has for a recognised thing, best first; none if it was not found."""
    return list(_LOOK_UPS[found.kind](found.value))


def _list(name: str, **filters: str | Iterable[str]) -> str:
    query = QueryDict(mutable=True)
    for field, values in filters.items():
        query.setlist(field, [values] if isinstance(values, str) else list(values))
    return f"{reverse(name)}?{query.urlencode()}"


def logins(**filters: str | Iterable[str]) -> str:
    """The address of all logins with these values, of any time and result."""
    return _list("logins:list", **filters, allowed="any", range="all")


def updates(**filters: str | Iterable[str]) -> str:
    """The address of all SCIM updates with these values, of any time and status."""
    return _list("scim:list", **filters, status="any", range="all")


def person(address: str) -> str:
    """The address of a person's page."""
    return reverse("people:person", args=[address])


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


def _guid(value: str) -> Iterator[Place]:
    # Accounts are named by 32 digits, most others with dashes.
    forms = {value, value.replace("-", ""), value.upper()}
    yield from _resources(forms, "cf_resource_id", "idp_resource_id")
    if app_uid := _first(AccessRequest.objects.filter(app_uid__in=forms).values_list("app_uid", flat=True)):
        yield _app(app_uid)
    for address in UserId.objects.filter(user_id__in=forms).values_list("person", flat=True)[:MOST_CANDIDATES]:
        yield Place(person(address), f"Person {address}")
    if provider := _first(IdentityProvider.objects.filter(idp_id__in=forms)):
        yield Place(updates(idp_id=provider.idp_id), f"SCIM updates of {provider}")
    if account := _first(Account.objects.filter(account_id__in=forms)):
        yield Place(logins(account=account.account_id), f"Logins of the account {account}")


def _idp_resource_id(value: str) -> Iterator[Place]:
    yield from _resources({value}, "idp_resource_id")


def _resources(values: set[str], *fields: str) -> Iterator[Place]:
    """The person that a resource id belongs to, if a row says so, and all requests about the resource."""
    for field in fields:
        update = _first(ScimUpdate.objects.filter(**{f"{field}__in": values}).exclude(person=""))
        if update:
            yield Place(person(update.resource_user_email), f"Person {update.resource_user_email}")
        named = _first(ScimUpdate.objects.filter(**{f"{field}__in": values}))
        if named:
            yield Place(updates(**{field: getattr(named, field)}), "SCIM updates of this resource")


def _aud(value: str) -> Iterator[Place]:
    if application := _first(Application.objects.filter(aud=value)):
        yield _app(application.app_uid)


def _app(app_uid: str) -> Place:
    return Place(logins(app_uid=app_uid), f"Logins at the app {name_of_id(app_uid)}")


def _ip_address(value: str) -> Iterator[Place]:
    network = ipaddress.ip_network(value, strict=False)
    if network.num_addresses == 1:
        if AccessRequest.objects.filter(ip_address=value).exists():
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


def _app_domain(value: str) -> Iterator[Place]:
    host = value.partition("/")[0]
    for application in Application.objects.filter(Q(domain__holds=host) | Q(hosts__holds=host))[:MOST_CANDIDATES]:
        yield _app(application.app_uid)
    # People mostly paste a page deep in an app, and the log has only the host.
    for address in dict.fromkeys((value, host)):
        if _first(_recent().filter(app_domain__holds=address)):
            yield Place(logins(app_domain=address), f"Logins at {address}")
            return


def _recent() -> Any:
    return AccessRequest.objects.between(timezone.now() - LOOKED_AT, None)


def _apps_named(value: str) -> Iterator[Place]:
    """Applications by name, or by the name in recent logins, as not every token may list applications."""
    applications = Application.objects.filter(name__holds=value)[:MOST_CANDIDATES]
    yield from (_app(application.app_uid) for application in applications)
    if not applications:
        named = _recent().filter(app_name__holds=value).exclude(app_uid="").order_by()
        names = dict(named.values_list("app_uid", "app_name").distinct()[:MOST_CANDIDATES])
        yield from (Place(logins(app_uid=app_uid), f"Logins at the app {name}") for app_uid, name in names.items())


def _text(value: str) -> Iterator[Place]:
    if AccessRequest.objects.filter(app_uid=value).exists():
        yield _app(value)
    if PersonAddress.objects.filter(person__holds=value).exists():
        yield Place(_list("people:list", q=value), f"People whose address holds “{value}”")
    yield from _apps_named(value)
    groups = ScimIdentifier.objects.filter(resource_type="GROUP", kind__in=["name", "only_name"], value__holds=value)
    if groups.exists():
        yield Place(updates(resource_group_name=value), f"SCIM updates of groups whose name holds “{value}”")
    if ScimProblem.objects.filter(template__holds=value).exists():
        yield Place(_list("scim:problems", error_description=value, range="all"), f"SCIM problems that say “{value}”")


_LOOK_UPS: dict[Kind, Callable[[str], Iterator[Place]]] = {
    Kind.RAY_ID: _ray_id,
    Kind.RAY_ID_START: _ray_id_start,
    Kind.USER_EMAIL: _user_email,
    Kind.GUID: _guid,
    Kind.IDP_RESOURCE_ID: _idp_resource_id,
    Kind.AUD: _aud,
    Kind.IP_ADDRESS: _ip_address,
    Kind.APP_DOMAIN: _app_domain,
    Kind.TEXT: _text,
}


def _first(rows: QuerySet[Any, Any]) -> Any:
    """Any of the rows, unsorted, as the model's order may have no index; None if there is none."""
    return next(iter(rows.order_by()[:1]), None)
