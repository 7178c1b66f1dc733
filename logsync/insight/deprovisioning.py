"""People who were allowed to log in after they were deprovisioned, and how long after.

Such a login is worth a look but proves no fault: revoking a session doesn't ban anyone. People who were activated again
are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Func, IntegerField, Max, Min, Q
from django.db.models.expressions import RawSQL

from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.addresses import Key, addresses_of
from logsync.insight.verdict.facts import LENIENCY
from logsync.models import AccessRequest, IdentityProvider, PersonAtApp, ScimUpdate
from logsync.models.events import SUCCESS, ScimUpdateQuerySet
from logsync.spans import Span

# Only this many of the newest deprovisionings are looked at.
MOST_LOOKED_AT = 2000
# Count the logins of this many addresses in one statement.
BATCH = 1000

Activity = ScimUpdate.Activity


@dataclass(frozen=True, slots=True)
class LoginsAfter:
    """A deprovisioning, and the logins allowed more than LENIENCY later: how many rows, the first and the last.

    `setting` says whether the provider revokes sessions when it deprovisions; None if unknown.
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
class DeprovisioningCheck:
    """How many people were deprovisioned, how many of them are active again, and who was let in afterwards.

    `times` has the time to the last allowed login of everyone who was let in, longest first. `let_in` has the details
    of as many of them as were asked for. `is_cut` is true if there were more than MOST_LOOKED_AT deprovisionings.
    """

    deprovisioned: int
    active_again: int
    times: list[timedelta]
    let_in: list[LoginsAfter]
    is_cut: bool

    @property
    def median(self) -> timedelta | None:
        return timedelta(seconds=median(time.total_seconds() for time in self.times)) if self.times else None

    @property
    def worst(self) -> timedelta | None:
        return max(self.times, default=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """A person who was let in: the deprovisioning, the person's addresses, and when they were last allowed."""

    update: ScimUpdate
    person: str
    addresses: set[str]
    last_at: datetime

    @property
    def until_last(self) -> timedelta:
        return self.last_at - self.update.logged_at


def check_deprovisioning(updates: ScimUpdateQuerySet, span: Span, most: int | None = None) -> DeprovisioningCheck:
    """Find who was let in after one of these updates deprovisioned them in the span, longest time first.

    Logins are looked for up to now. At most `most` people get details. The number of queries doesn't grow with them.
    """
    worked = updates.between(*span).filter(status=SUCCESS, activity__in=(Activity.OFF, Activity.DELETED))
    off: Any = worked.exclude(resource=None)
    newest = off.with_root().order_by("-logged_at", "-pk")
    rows = list(newest.select_related("account").defer("request_body", "extra")[: MOST_LOOKED_AT + 1])
    is_cut, rows = len(rows) > MOST_LOOKED_AT, rows[:MOST_LOOKED_AT]
    users = {row.root for row in rows}
    activated = _last_activations(users)
    # Of each user who is still inactive, the first of these rows since they were last active.
    inactive: dict[int, Any] = {}
    for row in reversed(rows):
        if row.root not in activated or row.logged_at > activated[row.root]:
            inactive.setdefault(row.root, row)
    found = _find(inactive)
    times = [one.until_last for one in found]
    return DeprovisioningCheck(len(users), len(users) - len(inactive), times, _with_logins(found[:most]), is_cut)


def _last_activations(roots: Collection[int]) -> dict[int, datetime]:
    """When each of these users was last activated or recreated."""
    on = Q(activity=Activity.ON) | Q(request_method="POST", activity="")
    rows: Any = updates_of(roots).filter(on, status=SUCCESS).order_by()
    return dict(rows.values_list("root").annotate(at=Max("logged_at")))


# Who was let in


def _find(inactive: Mapping[int, Any]) -> list[_Found]:
    """The users who were let in after the row that deprovisioned them, longest time first."""
    if not inactive:
        return []
    people = _people(inactive)
    addresses = addresses_of(set(people.values()))
    last = _last_allowed(addresses, min(_after(row) for row in inactive.values()))
    found = []
    for root, (account, person) in people.items():
        theirs = addresses[account, person]
        at = max((last[account, address] for address in theirs if (account, address) in last), default=None)
        if at and at > _after(inactive[root]):
            found.append(_Found(inactive[root], person, theirs, at))
    return sorted(found, key=lambda one: (-one.until_last, one.update.pk))


def _after(row: ScimUpdate) -> datetime:
    return row.logged_at + LENIENCY


def _people(inactive: Mapping[int, Any]) -> dict[int, Key]:
    """Each user's account and address: the row's, or, if it has none, the first in alphabetical order of all rows."""
    nameless = [root for root, row in inactive.items() if not row.person]
    others: Any = updates_of(nameless).exclude(person="").order_by().values_list("root")
    names = dict(others.annotate(person=Min("person")))
    people = {root: (row.account_id, row.person or names.get(root, "")) for root, row in inactive.items()}
    return {root: key for root, key in people.items() if key[1]}


def _last_allowed(people: Mapping[Key, set[str]], since: datetime) -> dict[Key, datetime]:
    """When each address of these people was last allowed anywhere, if after `since`; reads no logins."""
    accounts, addresses = {account for account, _ in people}, set().union(*people.values())
    at_apps = PersonAtApp.objects.filter(account__in=accounts, person__in=addresses, allowed_at__gt=since).order_by()
    newest = at_apps.values_list("account_id", "person").annotate(at=Max("allowed_at"))
    return {(account, address): at for account, address, at in newest}


# Their logins


@dataclass(frozen=True, slots=True)
class _Logins:
    """How many logins of one address were allowed, and the primary keys of the first and the last.

    `last` is None too if another address of the person was allowed later.
    """

    rows: int
    first: int | None
    last: int | None


def _with_logins(found: Sequence[_Found]) -> list[LoginsAfter]:
    """The same people with their first and last allowed login, and how many there were."""
    read = _logins_of(found)
    pks = {pk for own in read for one in own for pk in (one.first, one.last)}
    logins = {login.pk: login for login in AccessRequest.objects.filter(pk__in=pks - {None})}
    providers = {(idp.account_id, idp.idp_id): idp for idp in IdentityProvider.objects.all()}
    let_in = []
    for one, own in zip(found, read, strict=True):
        first = min((logins[each.first] for each in own if each.first in logins), key=_order, default=None)
        last = max((logins[each.last] for each in own if each.last in logins), key=_order, default=None)
        # Retention may have just deleted them.
        if first and last:
            idp = providers.get((one.update.account_id, one.update.idp_id))
            provider, setting = (str(idp), idp.user_deprovision) if idp else (one.update.idp_id, None)
            rows = sum(each.rows for each in own)
            let_in.append(LoginsAfter(one.update, one.person, provider, setting, rows, first, last))
    return let_in


def _order(login: AccessRequest) -> tuple[datetime, int]:
    return login.created_at, login.pk


def _logins_of(found: Sequence[_Found]) -> list[list[_Logins]]:
    """The allowed logins of each of these people, by address."""
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
    """Count allowed logins per address, as in `_Logins`.

    A span is a number to tell it by, account, address, the moment after which logins count, and that of the last one.
    """
    account, person, after, last_at = (
        RawSQL(f"span.{name}", ()) for name in ("account_id", "person", "after", "last_at")
    )
    rows = AccessRequest.objects.filter(account=account, person=person, allowed=True, created_at__gt=after)
    theirs = rows.logins_of_people().order_by()
    # Django's own Count would group by the other columns.
    count = Func("pk", function="COUNT", output_field=IntegerField())
    queries = [
        theirs.values_list(count),
        theirs.order_by("created_at", "pk").values_list("pk")[:1],
        theirs.filter(created_at=last_at).order_by("-pk").values_list("pk")[:1],
    ]
    answers, params = zip(*(query.query.sql_with_params() for query in queries), strict=True)
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
