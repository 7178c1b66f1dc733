"""People who were allowed to log in after they were deprovisioned, and how long after.

Such a login is worth a look but proves no fault: revoking a session doesn't ban anyone. People who were activated or
created again are left out, and those whom another provider still has active.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Func, IntegerField, Max, Min, QuerySet
from django.db.models.expressions import RawSQL

from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.activity import SWITCHES_OFF, last_switches, switched_off
from logsync.insight.identity.addresses import Key, join
from logsync.insight.verdict.facts import LENIENCY
from logsync.models import AccessRequest, IdentityProvider, PersonAtApp, ScimUpdate
from logsync.models.directory import provider_name
from logsync.models.events import SUCCESS, ScimUpdateQuerySet
from logsync.spans import BEGINNING, END, Span

# Only this many of the newest deprovisionings are looked at.
MOST_LOOKED_AT = 2000
# Count the logins of this many addresses in one statement.
BATCH = 1000


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
    """How many people were deprovisioned, how many of them are active all the same, and who was let in afterwards.

    `active_again` were activated or created again later, by any provider; `still_on` were switched off by one provider
    while another still has them active. `times` has the time to the last allowed login of everyone who was let in,
    longest first. `let_in` has the details of as many of them as were asked for. `is_cut` is true if there were more
    than MOST_LOOKED_AT deprovisionings. All of it is as of `as_of`, or as of now if that is None.
    """

    deprovisioned: int
    active_again: int
    still_on: int
    times: list[timedelta]
    let_in: list[LoginsAfter]
    is_cut: bool
    as_of: datetime | None = None

    @property
    def median(self) -> timedelta | None:
        return timedelta(seconds=median(time.total_seconds() for time in self.times)) if self.times else None

    @property
    def worst(self) -> timedelta | None:
        return max(self.times, default=None)


@dataclass(frozen=True, slots=True)
class _Off:
    """A person whom all their providers switched off: the row that did, and the person's addresses."""

    update: ScimUpdate
    person: str
    addresses: frozenset[str]

    @property
    def after(self) -> datetime:
        """Logins count from here on."""
        return self.update.logged_at + LENIENCY


@dataclass(frozen=True, slots=True)
class _Found:
    """A person who was let in after that, and when last."""

    off: _Off
    last_at: datetime

    @property
    def until_last(self) -> timedelta:
        return self.last_at - self.off.update.logged_at


@dataclass(frozen=True, slots=True)
class LetInAgain:
    """How many deprovisioned people were let in, and the details of those who came last."""

    people: int
    newest: list[LoginsAfter]


def let_in_during(updates: ScimUpdateQuerySet, span: Span, most: int, now: datetime) -> LetInAgain:
    """Who was let in within a span after one of these updates, at any time before, had deprovisioned them.

    `people` is as many as were let in last within the span; `newest` has at most `most` of them, who came last first.
    """
    as_of = span.until if span.until < now else None
    off, _ = _deprovisionings(updates, Span(BEGINNING, span.until))
    found = [one for one in _find(_sort_out(_people(off), as_of).inactive, as_of) if one.last_at >= span.since]
    found.sort(key=lambda one: (one.last_at, one.off.update.pk), reverse=True)
    return LetInAgain(len(found), _with_logins(found[:most]))


def check_deprovisioning(
    updates: ScimUpdateQuerySet, span: Span, most: int | None = None, now: datetime | None = None
) -> DeprovisioningCheck:
    """Find who was let in after one of these updates deprovisioned them in the span, longest time first.

    A person is all their addresses and users, at every provider. If the span ends before `now`, everything later is
    left out. At most `most` people get details. The number of queries doesn't grow with them.
    """
    as_of = span.until if now and span.until < now else None
    rows, is_cut = _deprovisionings(updates, span)
    people = _people(rows)
    sorted_out = _sort_out(people, as_of)
    found = _find(sorted_out.inactive, as_of)
    let_in, times = _with_logins(found[:most]), [one.until_last for one in found]
    return DeprovisioningCheck(len(people), sorted_out.active_again, sorted_out.still_on, times, let_in, is_cut, as_of)


def _deprovisionings(updates: ScimUpdateQuerySet, span: Span) -> tuple[list[Any], bool]:
    """The newest updates of a span that deprovisioned somebody, newest first, and whether there are more."""
    off: Any = updates.between(*span).filter(SWITCHES_OFF, status=SUCCESS, lacks_time=False).exclude(resource=None)
    newest = off.with_root().order_by("-logged_at", "-pk")
    rows = list(newest.select_related("account").defer("request_body", "extra")[: MOST_LOOKED_AT + 1])
    return rows[:MOST_LOOKED_AT], len(rows) > MOST_LOOKED_AT


@dataclass(frozen=True, slots=True)
class _SortedOut:
    """Who is still switched off, and how many are active all the same; see DeprovisioningCheck."""

    inactive: list[_Off]
    active_again: int
    still_on: int


def _sort_out(people: Sequence[_Person], as_of: datetime | None) -> _SortedOut:
    switches = last_switches({root for person in people for root in person.roots}, as_of or END)
    inactive: list[_Off] = []
    again = still_on = 0
    for person in people:
        state = switched_off(switches[root] for root in person.roots if root in switches)
        if state is None:
            again += 1
        elif state.still_on:
            still_on += 1
        elif row := next((row for row in person.rows if row.logged_at >= state.at), None):
            inactive.append(_Off(row, row.person or person.name, person.addresses))
    return _SortedOut(inactive, again, still_on)


# Whom the updates are about


@dataclass(frozen=True, slots=True)
class _Person:
    """A person whom some of the updates are about: their updates, oldest first, one name, addresses and users."""

    rows: tuple[Any, ...]
    name: str
    addresses: frozenset[str]
    roots: frozenset[int]


def _people(rows: Sequence[Any]) -> list[_Person]:
    """The people of these rows; a user that no row ever names is a person without an address."""
    keys = _keys(rows)
    joined = join(set(keys.values()))
    own: dict[Any, list[Any]] = defaultdict(list)
    for row in reversed(rows):
        key = keys.get(row.root)
        own[key and (key[0], frozenset(joined[key].addresses))].append(row)
    nameless = [_Person((row,), "", frozenset(), frozenset({row.root})) for row in _newest_of_each(own.pop(None, []))]
    return nameless + [
        _Person(
            rows=tuple(theirs),
            name=keys[theirs[0].root][1],
            addresses=addresses,
            roots=frozenset(joined[keys[theirs[0].root]].roots) | {row.root for row in theirs},
        )
        for (_, addresses), theirs in own.items()
    ]


def _newest_of_each(rows: Sequence[Any]) -> list[Any]:
    return list({row.root: row for row in rows}.values())


def _keys(rows: Sequence[Any]) -> dict[int, Key]:
    """Each user's account and address: of its newest row, or, if that has none, the first in the alphabet of any."""
    named = {row.root: row.person for row in reversed(rows) if row.person}
    nameless = {row.root for row in rows} - named.keys()
    others: Any = updates_of(nameless).exclude(person="").order_by().values_list("root")
    named |= dict(others.annotate(person=Min("person")))
    return {row.root: (row.account_id, named[row.root]) for row in rows if row.root in named}


# Who was let in


def _find(inactive: Sequence[_Off], as_of: datetime | None) -> list[_Found]:
    """Those who were let in after the row that deprovisioned them, longest time first."""
    named = [one for one in inactive if one.addresses]
    if as_of is None:
        newest = _newest_allowed(named)
        named = [one for one in named if any(_is_later(newest, one, address) for address in one.addresses)]
    last = _last_allowed(named, as_of or END)
    found = [_Found(one, last[number]) for number, one in enumerate(named) if number in last]
    return sorted(found, key=lambda one: (-one.until_last, one.off.update.pk))


def _is_later(newest: Mapping[Key, datetime], one: _Off, address: str) -> bool:
    at = newest.get((one.update.account_id, address))
    return at is not None and at > one.after


def _newest_allowed(people: Sequence[_Off]) -> dict[Key, datetime]:
    """When each address of these people was last allowed anywhere, with or without a time; reads no logins."""
    if not people:
        return {}
    accounts = {one.update.account_id for one in people}
    addresses = {address for one in people for address in one.addresses}
    since = min(one.after for one in people)
    at_apps = PersonAtApp.objects.filter(account__in=accounts, person__in=addresses, allowed_at__gt=since).order_by()
    newest = at_apps.values_list("account_id", "person").annotate(at=Max("allowed_at"))
    return {(account, address): at for account, address, at in newest}


def _last_allowed(people: Sequence[_Off], until: datetime) -> dict[int, datetime]:
    """When each of these people, by their place in the list, was last allowed after they were deprovisioned."""
    spans = [
        (number, one.update.account_id, address, one.after, until)
        for number, one in enumerate(people)
        for address in one.addresses
    ]
    newest = [
        (number, pk)
        for number, pk in _read(spans, lambda theirs: [theirs.order_by("-created_at", "-pk").values_list("pk")[:1]])
        if pk
    ]
    at = dict(AccessRequest.objects.filter(pk__in=[pk for _, pk in newest]).values_list("pk", "created_at"))
    last: dict[int, datetime] = {}
    for number, pk in newest:
        # Retention may have just deleted it.
        if pk in at:
            last[number] = max(at[pk], last.get(number, at[pk]))
    return last


# Their logins


@dataclass(frozen=True, slots=True)
class _Logins:
    """How many logins of one address were allowed, and the primary keys of the first and the last."""

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
            update = one.off.update
            idp = providers.get((update.account_id, update.idp_id))
            provider, setting = provider_name(idp, update.idp_id), idp.user_deprovision if idp else None
            rows = sum(each.rows for each in own)
            let_in.append(LoginsAfter(update, one.off.person, provider, setting, rows, first, last))
    return let_in


def _order(login: AccessRequest) -> tuple[datetime, int]:
    return login.created_at, login.pk


def _logins_of(found: Sequence[_Found]) -> list[list[_Logins]]:
    """The allowed logins of each of these people, by address."""
    spans = [
        (number, one.off.update.account_id, address, one.off.after, one.last_at + datetime.resolution)
        for number, one in enumerate(found)
        for address in one.off.addresses
    ]
    # Django's own Count would group by the other columns.
    count = Func("pk", function="COUNT", output_field=IntegerField())
    read: list[list[_Logins]] = [[] for _ in found]
    for number, rows, first, last in _read(
        spans,
        lambda theirs: [
            theirs.values_list(count),
            theirs.order_by("created_at", "pk").values_list("pk")[:1],
            theirs.order_by("-created_at", "-pk").values_list("pk")[:1],
        ],
    ):
        read[number].append(_Logins(rows, first, last))
    return read


def _read(
    spans: Sequence[tuple[int, int, str, datetime, datetime]], ask: Callable[[Any], Sequence[QuerySet[Any, Any]]]
) -> list[Any]:
    """Ask some questions about the allowed logins of each span; each answer begins with the number of the span.

    A span is a number to tell it by, account, address, the moment after which logins count, and that before which.
    A login without a time is in none. An answer is one value.
    """
    account, person, after, until = (RawSQL(f"span.{name}", ()) for name in ("account_id", "person", "after", "until"))
    rows = AccessRequest.objects.filter(account=account, person=person, allowed=True, lacks_time=False)
    theirs = rows.filter(created_at__gt=after, created_at__lt=until).logins_of_people().order_by()
    answers, params = zip(*(query.query.sql_with_params() for query in ask(theirs)), strict=True)
    moment = AccessRequest._meta.get_field("created_at").get_db_prep_value
    found: list[Any] = []
    for start in range(0, len(spans), BATCH):
        batch = spans[start : start + BATCH]
        given = [(*who, moment(since, connection), moment(until, connection)) for *who, since, until in batch]
        marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(given))
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH span (number, account_id, person, after, until) AS (VALUES {marks}) "
                f"SELECT number, {', '.join(f'({answer})' for answer in answers)} FROM span",
                [*chain(*given), *chain(*params)],
            )
            found += cursor.fetchall()
    return found
