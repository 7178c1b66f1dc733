"""Which rows are about a person, and which of the others name the person's address.

A login is about the person whose `user_email` it has. A SCIM update is about the person whose `resource_user_email` it
has, or, if it has none, whose resource it is of. Any other row may name an address in one of NAMING_FIELDS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast

from logsync.models import AccessRequest, ProblemNote, ScimUpdate, SetAsideRow, person_of
from logsync.privacy.naming import names_address, spellings

LOGIN_TEXTS = ("app_name", "app_domain")
UPDATE_TEXTS = ("error_description", "request_body", "resource_group_name")
BATCH = 500


def logins_about(person: str) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(person=person)


def updates_about(person: str) -> QuerySet[ScimUpdate]:
    named = ScimUpdate.objects.filter(person=person)
    resources = named.exclude(resource=None).order_by().values("resource")
    return ScimUpdate.objects.filter(Q(person=person) | Q(person="", resource__in=resources))


def logins_naming(person: str) -> Iterator[AccessRequest]:
    """Logins of others that name the address."""
    return naming(AccessRequest.objects.exclude(person=person), LOGIN_TEXTS, person)


def updates_naming(person: str) -> Iterator[ScimUpdate]:
    """SCIM updates about others, such as groups, that name the address."""
    about = updates_about(person).order_by().values("pk")
    return naming(ScimUpdate.objects.exclude(pk__in=about), UPDATE_TEXTS, person)


def set_aside_naming(person: str) -> Iterator[SetAsideRow]:
    """Rows that could not be read and name the address; see `whom`."""
    return naming(SetAsideRow.objects.all(), ("text",), person)


def whom(value: Any) -> str:
    """The person whom a row that could not be read is about, as far as it says; it may be the text of a JSON object."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ""
    if not isinstance(value, dict):
        return ""
    email = value.get("user_email") or value.get("resource_user_email")
    return person_of(email) if isinstance(email, str) else ""


def notes_naming(person: str) -> Iterator[ProblemNote]:
    """What somebody wrote about a SCIM problem, naming the address."""
    return naming(ProblemNote.objects.select_related("problem"), ("text",), person)


def naming(rows: Any, texts: tuple[str, ...], address: str) -> Iterator[Any]:
    """The rows that name the address in one of these fields, or in `extra`. All rows of the table are looked at."""
    fields = {field.name: field for field in rows.model._meta.fields}
    names = {name: name for name in (*texts, *({"extra"} & fields.keys()))}
    for name in names:
        if isinstance(fields[name], JSONField):
            rows = rows.annotate(**{f"{name}_text": Cast(name, TextField())})
            names[name] = f"{name}_text"
    if "@" not in address:
        return
    holds = Q()
    for name in names.values():
        for spelling in spellings(address):
            holds |= Q(**{f"{name}__holds": spelling})
    # More than the database can tell is found here: whether it is this address, and not one that ends like it.
    for row in rows.filter(holds).order_by("pk").iterator(chunk_size=BATCH):
        if any(names_address(str(getattr(row, name)), address) for name in names):
            yield row
