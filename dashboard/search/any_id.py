"""Where an id leads, whatever it is the id of: every column that holds ids, and every text in `extra`."""

from __future__ import annotations

from collections.abc import Iterator

from django.shortcuts import resolve_url

from dashboard.search.apps import app_place
from dashboard.search.places import MOST_CANDIDATES, Place, event_of, first, logins, person, updates
from logsync.derived.mentions import EXTRA, IDP_ID, USER_ID, mention_of
from logsync.models import (
    AccessRequest,
    Account,
    Application,
    IdentityProvider,
    Mention,
    ScimUpdate,
    UserId,
)


def places_of_id(value: str) -> Iterator[Place]:
    """Every place that has this id."""
    yield from places_of_own_id(value)
    yield from places_of_mention(value)


def places_of_own_id(value: str) -> Iterator[Place]:
    """What this is the id of."""
    forms = _forms(value)
    yield from places_of_resource(forms, "cf_resource_id", "idp_resource_id")
    if app_uid := first(AccessRequest.objects.filter(app_uid__in=forms).values_list("app_uid", flat=True)):
        yield app_place(app_uid)
    # The index begins with the account.
    user_ids = UserId.objects.filter(account__in=list(Account.objects.values_list("pk", flat=True)), user_id__in=forms)
    for address in user_ids.values_list("person", flat=True)[:MOST_CANDIDATES]:
        yield Place(person(address), f"Person {address}")
    yield from _of_directory(forms)
    if login := first(AccessRequest.objects.filter(ray_id__in=forms)):
        yield Place(resolve_url(login), "Login")


def _forms(value: str) -> set[str]:
    """An id as logs may spell it: in any case, and a GUID with or without its dashes."""
    forms = {value, value.lower(), value.upper()}
    return forms | {form.replace("-", "") for form in forms if len(form) == len("8-4-4-4-12") + 27}


def places_of_resource(values: set[str], *fields: str) -> Iterator[Place]:
    """The person that a resource id belongs to, if a row says so, and all requests about the resource."""
    for field in fields:
        update = first(ScimUpdate.objects.filter(**{f"{field}__in": values}).exclude(person=""))
        if update:
            yield Place(person(update.resource_user_email), f"Person {update.resource_user_email}")
        named = first(ScimUpdate.objects.filter(**{f"{field}__in": values}))
        if named:
            yield Place(updates(**{field: getattr(named, field)}), "SCIM updates of this resource")


def _of_directory(forms: set[str]) -> Iterator[Place]:
    if application := first(Application.objects.filter(app_uid__in=forms) | Application.objects.filter(aud__in=forms)):
        yield app_place(application.app_uid)
    if provider := first(IdentityProvider.objects.filter(idp_id__in=forms)):
        yield Place(updates(idp_id=provider.idp_id), f"SCIM updates of {provider}")
    if account := first(Account.objects.filter(account_id__in=forms)):
        yield Place(logins(account=account.account_id), f"Logins of the account {account}")


def places_of_mention(value: str) -> Iterator[Place]:
    """The newest events that have this id in a field that is no index."""
    found = Mention.objects.filter(field__in=(EXTRA, USER_ID, IDP_ID), value__in=set(map(mention_of, _forms(value))))
    for mention in found.order_by("-seen_at")[:MOST_CANDIDATES]:
        event = event_of(mention)
        if event is None:
            continue
        if mention.field == IDP_ID and isinstance(event, ScimUpdate):
            yield Place(updates(idp_id=event.idp_id), f"SCIM updates of the provider {event.idp_id}")
            continue
        what = "Login" if isinstance(event, AccessRequest) else "SCIM update"
        where = "among its further fields" if mention.field == EXTRA else f"as its {mention.field}"
        yield Place(resolve_url(event), f"{what} of {mention.seen_at:%-d %b %Y %H:%M} UTC, the newest with it {where}")
