"""Who was let in after a deprovisioning that worked: the time from it to the logins that came after.

A revoked session is no ban, so that such a login is no proof of a fault; it is what is worth a look. Who was
activated again since is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Func, IntegerField, Max, Min, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.addresses import Key, addresses_of
from logsync.models import AccessRequest, IdentityProvider, PersonAtApp, ScimUpdate
from logsync.models.events import SUCCESS

# Clocks differ and rows come late: what comes sooner after a deprovisioning is not counted.
LENIENCY = timedelta(minutes=2)
# So many of the newest deprovisionings of a range are looked at.
MOST_LOOKED_AT = 2000
# Addresses whose logins are counted in one statement.
BATCH = 1000

Activity = ScimUpdate.Activity


@dataclass(frozen=True, slots=True)
class LetIn:
    """A deprovisioning, and the logins that were allowed more than LENIENCY later: how many rows, the first, the last.

    `setting` is what the provider has said it does to sessions then: True, False, or None where it is unknown.
    """

    update: ScimUpdate
    person: str
    provider: str
    setting: bool | None
    logins: int
    first: AccessRequest
    last: AccessRequest

    @property
    def until_first(self) -> timedelta:
        return self.first.created_at - self.update.logged_at

    @property
    def until_last(self) -> timedelta:
        return self.last.created_at - self.update.logged_at


@dataclass(frozen=True, slots=True)
class Check:
    """What a range holds: how many people were deprovisioned, and are again active, and those who were let in.

    `times` are the times to the last allowed login of everybody who was, longest first; `let_in` are as many of them,
    from the longest on, as were asked for. `is_cut` if there were more than MOST_LOOKED_AT.
    """

    deprovisioned: int
    active_again: int
    times: list[timedelta]
    let_in: list[LetIn]
    is_cut: bool

    @property
    def median(self) -> timedelta | None:
        return timedelta(seconds=median(time.total_seconds() for time in self.times)) if self.times else None

    @property
    def worst(self) -> timedelta | None:
        return max(self.times, default=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """Somebody who was let in: the deprovisioning, the person's addresses, and when the last login was allowed."""

    update: ScimUpdate
    person: str
    addresses: set[str]
    last_at: datetime

    @property
    def until_last(self) -> timedelta:
        return self.last_at - self.update.logged_at


def check(updates: QuerySet[ScimUpdate], most: int | None = None) -> Check:
    """Look at these updates, of which those count that deprovisioned somebody and worked; longest time first.

    At most `most` people are told in full. The number of queries does not grow with the people.
    """
    off: Any = updates.filter(status=SUCCESS, activity__in=(Activity.OFF, Activity.DELETED)).exclude(resource=None)
    newest = off.annotate(root=Coalesce("resource__same_as", "resource")).order_by("-logged_at", "-pk")
    rows = list(newest.select_related("account").defer("request_body", "extra")[: MOST_LOOKED_AT + 1])
    is_cut, rows = len(rows) > MOST_LOOKED_AT, rows[:MOST_LOOKED_AT]
    users = {row.root for row in rows}
    activated = _last_activations(users)
    standing: dict[int, Any] = {}
    for row in reversed(rows):
        if row.root not in activated or row.logged_at > activated[row.root]:
            standing.setdefault(row.root, row)
    found = _found(standing)
    times = [one.until_last for one in found]
    return Check(len(users), len(users) - len(standing), times, _told_in_full(found[:most]), is_cut)


def _last_activations(roots: Collection[int]) -> dict[int, datetime]:
    """When each of these users was last activated, or made again."""
    on = Q(activity=Activity.ON) | Q(request_method="POST", activity="")
    rows: Any = updates_of(roots).filter(on, status=SUCCESS).order_by()
    return dict(rows.values_list("root").annotate(at=Max("logged_at")))


# Who was let in


def _found(standing: Mapping[int, Any]) -> list[_Found]:
    """Those of these users who were let in after their row, the longest time first."""
    if not standing:
        return []
    people = _people(standing)
    addresses = addresses_of(set(people.values()))
    last = _last_allowed(addresses, min(_after(row) for row in standing.values()))
    found = []
    for root, (account, person) in people.items():
        theirs = addresses[account, person]
        at = max((last[account, address] for address in theirs if (account, address) in last), default=None)
        if at and at > _after(standing[root]):
            found.append(_Found(standing[root], person, theirs, at))
    return sorted(found, key=lambda one: (-one.until_last, one.update.pk))


def _after(row: ScimUpdate) -> datetime:
    return row.logged_at + LENIENCY


def _people(standing: Mapping[int, Any]) -> dict[int, Key]:
    """The account and address of each of these users: that of the row, or else the first of any row of the user."""
    nameless = [root for root, row in standing.items() if not row.person]
    others: Any = updates_of(nameless).exclude(person="").order_by().values_list("root")
    names = dict(others.annotate(person=Min("person")))
    people = {root: (row.account_id, row.person or names.get(root, "")) for root, row in standing.items()}
    return {root: key for root, key in people.items() if key[1]}


def _last_allowed(people: Mapping[Key, set[str]], since: datetime) -> dict[Key, datetime]:
    """When each address of these people was last let in anywhere, if after `since`; no login is read for that."""
    accounts, addresses = {account for account, _ in people}, set().union(*people.values())
    at_apps = PersonAtApp.objects.filter(account__in=accounts, person__in=addresses, allowed_at__gt=since).order_by()
    newest = at_apps.values_list("account_id", "person").annotate(at=Max("allowed_at"))
    return {(account, address): at for account, address, at in newest}


# Their logins


@dataclass(frozen=True, slots=True)
class _Logins:
    """Of logins that are allowed after a moment how many, and the first and the last by primary key, None of none.

    `last` is None also where those of another address of the person are later.
    """

    rows: int
    first: int | None
    last: int | None


def _told_in_full(found: Sequence[_Found]) -> list[LetIn]:
    """The same people with the first and the last login that was allowed, and how many were."""
    read = _logins_of(found)
    pks = {pk for own in read for one in own for pk in (one.first, one.last)}
    logins = {login.pk: login for login in AccessRequest.objects.filter(pk__in=pks - {None})}
    providers = {(idp.account_id, idp.idp_id): idp for idp in IdentityProvider.objects.all()}
    let_in = []
    for one, own in zip(found, read, strict=True):
        first = min((logins[each.first] for each in own if each.first in logins), key=_place, default=None)
        last = max((logins[each.last] for each in own if each.last in logins), key=_place, default=None)
        # Retention may have deleted them this moment.
        if first and last:
            idp = providers.get((one.update.account_id, one.update.idp_id))
            provider, setting = (str(idp), idp.user_deprovision) if idp else (one.update.idp_id, None)
            rows = sum(each.rows for each in own)
            let_in.append(LetIn(one.update, one.person, provider, setting, rows, first, last))
    return let_in


def _place(login: AccessRequest) -> tuple[datetime, int]:
    return login.created_at, login.pk


def _logins_of(found: Sequence[_Found]) -> list[list[_Logins]]:
    """The logins that each of these people was allowed, by address."""
    spans = [
        (number, one.update.account_id, address, _after(one.update), one.last_at)
        for number, one in enumerate(found)
        for address in one.addresses
    ]
    read: list[list[_Logins]] = [[] for _ in found]
    for start in range(0, len(spans), BATCH):
        for number, rows, first, last in _read(spans[start : start + BATCH]):
            read[number].append(_Logins(rows, first, last))
    return read


def _read(spans: Sequence[tuple[int, int, str, datetime, datetime]]) -> list[tuple[int, int, int | None, int | None]]:
    """For each number, account, address, moment after which logins count, and moment of the last: as in `_Logins`."""
    account, person, after, last_at = (
        RawSQL(f"span.{name}", ()) for name in ("account_id", "person", "after", "last_at")
    )
    rows = AccessRequest.objects.filter(account=account, person=person, allowed=True, created_at__gt=after)
    theirs = rows.logins_of_people().order_by()
    # An aggregate of Django's own would count each group of equal values apart.
    count = Func("pk", function="COUNT", output_field=IntegerField())
    asked = [
        theirs.values_list(count),
        theirs.order_by("created_at", "pk").values_list("pk")[:1],
        theirs.filter(created_at=last_at).order_by("-pk").values_list("pk")[:1],
    ]
    answers, params = zip(*(query.query.sql_with_params() for query in asked), strict=True)
    moment = AccessRequest._meta.get_field("created_at").get_db_prep_value
    given = [(*who, moment(since, connection), moment(last, connection)) for *who, since, last in spans]
    marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(given))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH span (number, account_id, person, after, last_at) AS (VALUES {marks}) "
            f"SELECT number, {', '.join(f'({answer})' for answer in answers)} FROM span",
            [*chain(*given), *chain(*params)],
        )
        found: list[tuple[int, int, int | None, int | None]] = cursor.fetchall()
    return found
