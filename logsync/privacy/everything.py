"""All that is kept about an address, in JSON's types or what Django's encoder can write of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from logsync.models import Account, Mention, PersonAddress, PersonAtApp, ScimIdentifier, ScimMember, UserId, person_of
from logsync.models.people import LONGEST_ADDRESS
from logsync.privacy import configuration, rows
from logsync.privacy.naming import names_address

Row = dict[str, Any]


def kept_about(address: str) -> dict[str, Any]:
    """The rows of both logs about the person, rows of others that name the address, and what is derived from them.

    Rows of others are whole: what they say of the person stands in them.
    """
    person = person_of(address)
    updates = rows.updates_about(person)
    resources = updates.exclude(resource=None).order_by().values("resource")
    ids = ScimIdentifier.objects.filter(resource__in=resources)
    member_ids = ids.filter(kind__in=[ScimIdentifier.Kind.CF, ScimIdentifier.Kind.IDP]).values("value")
    mentions = Mention.objects.filter(value__holds=person[:LONGEST_ADDRESS])
    return {
        "accounts": dict(Account.objects.values_list("pk", "account_id")),
        "logins": _values(rows.logins_about(person).order_by("created_at", "pk")),
        "scim_updates": _values(updates.order_by("logged_at", "pk")),
        "logins_of_others": _values(rows.logins_naming(person)),
        "scim_updates_of_others": _values(rows.updates_naming(person)),
        "rows_set_aside": _values(rows.set_aside_naming(person)),
        "notes_on_problems": _values(rows.notes_naming(person)),
        "addresses": _values(PersonAddress.objects.filter(person=person)),
        "last_at_apps": _values(PersonAtApp.objects.filter(person=person)),
        "user_ids": _values(UserId.objects.filter(person=person)),
        "scim_ids_and_names": _values(ids),
        "memberships": _values(ScimMember.objects.filter(member_id__in=member_ids)),
        "texts_to_search_by": _values(row for row in mentions if names_address(row.value, person)),
        "cloudflare_users": _values(configuration.users_about(person)),
        "last_seen_identities": _values(configuration.identities_about(person)),
        "last_seen_identities_of_others": _values(configuration.identities_naming(person)),
        "read_of_the_user": _values(configuration.readings_about(person)),
        "read_of_other_users": _values(configuration.readings_naming(person)),
        "changes_at_cloudflare": _values(configuration.changes_naming(person)),
        "rules_of_policies": _values(configuration.rules_naming(person)),
    }


def _values(found: Iterable[models.Model]) -> list[Row]:
    return [{field.attname: field.value_from_object(row) for field in row._meta.concrete_fields} for row in found]
