"""What Cloudflare last saw of the person of each login: of all that was kept, what was seen nearest to it in time.

Of the documented answer `groups`, `oidc_fields`, `saml_attributes` and `custom` are not part; they are read where they
are there, in every shape in which Cloudflare's documentation shows an identity. Nothing here raises an error for a
value of another type.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from logsync.cloudflare.policies import time_of
from logsync.insight.why.facts import Identity, Posture
from logsync.models import AccessRequest, LastSeenIdentity, UserId

# Where an identity has attributes and claims that providers send.
CLAIMS = ("oidc_fields", "saml_attributes", "custom", "custom_attributes")
# What a group may be called by.
GROUP_NAMES = ("name", "id", "email", "displayName")
# Databases take so many values in a query without trouble.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """A kept identity without its content.

    `moment` is when Cloudflare saw it or, if it did not say, when it was first read.
    """

    pk: int
    account: int
    user_id: str
    person: str
    moment: datetime
    last_read_at: datetime
    is_of_another: bool


def identities_of(logins: Sequence[AccessRequest]) -> dict[int, Identity]:
    """The identity that bears on each of these logins, by its primary key; without those of whom nothing is kept.

    It is of the same `user_id`, else of the same address, unless its id is another user's in the log. Two queries for
    each few thousand logins.
    """
    found: dict[int, Identity] = {}
    for start in range(0, len(logins), MOST_AT_ONCE):
        found |= _identities_of(logins[start : start + MOST_AT_ONCE])
    return found


def _identities_of(logins: Sequence[AccessRequest]) -> dict[int, Identity]:
    by_id: dict[tuple[int, str], list[_Kept]] = defaultdict(list)
    by_person: dict[tuple[int, str], list[_Kept]] = defaultdict(list)
    for kept in _kept_of(logins):
        if kept.user_id:
            by_id[kept.account, kept.user_id].append(kept)
        if kept.person:
            by_person[kept.account, kept.person].append(kept)
    chosen: dict[int, tuple[_Kept, bool]] = {}
    for login in logins:
        account = login.account_id
        same = by_id[account, login.user_id] if login.user_id else []
        is_by_id = bool(same)
        if not same and login.person:
            same = [one for one in by_person[account, login.person] if not (login.user_id and one.is_of_another)]
        if same:
            nearest = _nearest(same, None if login.lacks_time else login.created_at)
            chosen[login.pk] = nearest, is_by_id
    rows = LastSeenIdentity.objects.filter(pk__in={kept.pk for kept, _ in chosen.values()}) if chosen else None
    seen = {} if rows is None else {row.pk: row for row in rows.order_by()}
    identities: dict[tuple[int, bool], Identity] = {}
    for kept, is_by_id in chosen.values():
        if (kept.pk, is_by_id) not in identities:
            identities[kept.pk, is_by_id] = _identity(seen[kept.pk], is_by_id)
    return {login: identities[kept.pk, is_by_id] for login, (kept, is_by_id) in chosen.items()}


def _identity(row: LastSeenIdentity, is_by_id: bool) -> Identity:
    """An identity with that by which it is the person's: the id of the user, or the address."""
    known = identity_of(row.content, row.seen_at, row.last_read_at)
    return replace(known, user_id=row.user_id if is_by_id else "", user_email=known.user_email or row.person)


def _kept_of(logins: Iterable[AccessRequest]) -> list[_Kept]:
    accounts, ids, people = set(), set(), set()
    for login in logins:
        accounts.add(login.account_id)
        ids.add(login.user_id)
        people.add(login.person)
    of_another = Exists(UserId.objects.filter(account=OuterRef("account"), user_id=OuterRef("user_id")))
    theirs = Q(user_id__in=ids - {""}) | Q(person__in=people - {""})
    rows = LastSeenIdentity.objects.filter(theirs, account__in=accounts).order_by().annotate(of_another=of_another)
    names = ("pk", "account_id", "user_id", "person", "seen_at", "first_read_at", "last_read_at", "of_another")
    return [
        _Kept(pk, account, user_id, person, seen_at or first, last, is_of_another)
        for pk, account, user_id, person, seen_at, first, last, is_of_another in rows.values_list(*names)
    ]


def _nearest(kept: Collection[_Kept], at: datetime | None) -> _Kept:
    """Of identities of one person, that which was seen nearest to a moment, the earlier of two; else the newest."""
    if at is None:
        return max(kept, key=lambda one: (one.last_read_at, one.pk))
    return min(kept, key=lambda one: (abs(one.moment - at), one.moment, -one.pk))


def identity_of(content: Any, seen_at: datetime | None, read_at: datetime) -> Identity:
    """Read an identity as Cloudflare sent it, whatever it is."""
    fields = content if isinstance(content, dict) else {}
    idp = fields.get("idp")
    idp = idp if isinstance(idp, dict) else {}
    return Identity(
        seen_at=seen_at,
        read_at=read_at,
        user_email=_text(fields.get("email")),
        idp_id=_text(idp.get("id")),
        idp_type=_text(idp.get("type")),
        groups=_groups(fields.get("groups")),
        claims=_claims(fields),
        device_posture=dict(_postures(fields.get("devicePosture"))),
        certificate=_certificate(fields),
    )


def _groups(value: Any) -> frozenset[str] | None:
    """All that the groups are called by; a group is a text, or an object with a name, an id or an e-mail address."""
    if not isinstance(value, list):
        return None
    found: set[str] = set()
    for item in value:
        if isinstance(item, dict):
            found.update(_text(item.get(name)) for name in GROUP_NAMES)
        else:
            found.add(_text(item))
    return frozenset(found - {""})


def _claims(fields: Mapping[str, Any]) -> dict[str, tuple[str, ...]] | None:
    """Claims and attributes by name: an object of them, or a list of objects with a name and a value or values."""
    given = [fields[name] for name in CLAIMS if isinstance(fields.get(name), dict | list)]
    if not given:
        return None
    found: dict[str, list[str]] = defaultdict(list)
    for part in given:
        for name, value in part.items() if isinstance(part, dict) else _named(part):
            found[str(name)] += [text for text in _values(value) if text not in found[str(name)]]
    return {name: tuple(values) for name, values in found.items()}


def _named(items: list[Any]) -> Iterator[tuple[str, Any]]:
    for item in items:
        if isinstance(item, dict) and (name := _text(item.get("name"))):
            yield name, item.get("values", item.get("value"))


def _values(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("value")
        if isinstance(item, bool):
            yield "true" if item else "false"
        elif isinstance(item, str | int | float):
            yield str(item)


def _postures(value: Any) -> Iterator[tuple[str, Posture]]:
    """The result of each device posture check by its id."""
    if isinstance(value, list):
        value = {_text(item.get("id")): item for item in value if isinstance(item, dict)}
    for check, item in value.items() if isinstance(value, dict) else ():
        if check and isinstance(item, dict):
            success = item.get("success")
            is_success = success if isinstance(success, bool) else None
            yield str(check), Posture(_text(item.get("rule_name")), is_success, time_of(item, "timestamp"))


def _certificate(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is known of the certificate that was presented, with its common name, which stands beside the rest."""
    given = fields.get("mtls_auth")
    if not isinstance(given, dict):
        return None
    name = _text(fields.get("common_name"))
    return given | {"common_name": name} if name else dict(given)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
