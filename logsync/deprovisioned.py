"""Who was let in after a deprovisioning that worked: the time from it to the logins that came after.

A revoked session is no ban, so that such a login is no proof of a fault; it is what is worth a look. Who was
activated again since is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce

from logsync.models import AccessRequest, IdentityProvider, PersonAddress, ScimUpdate, UserId
from logsync.models.events import SUCCESS
from logsync.problems import updates_of
from logsync.verdict.loading import person_named

# Clocks differ and rows come late: what comes sooner after a deprovisioning is not counted.
LENIENCY = timedelta(minutes=2)
# So many of the newest deprovisionings of a range are looked at.
MOST_LOOKED_AT = 2000

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

    `median` and `worst` are the times to the last allowed login. `is_cut` if there were more than MOST_LOOKED_AT.
    """

    deprovisioned: int
    active_again: int
    let_in: list[LetIn]
    is_cut: bool

    @property
    def median(self) -> timedelta | None:
        if not self.let_in:
            return None
        return timedelta(seconds=median(one.until_last.total_seconds() for one in self.let_in))

    @property
    def worst(self) -> timedelta | None:
        return max((one.until_last for one in self.let_in), default=None)


def check(updates: QuerySet[ScimUpdate]) -> Check:
    """Look at these updates, of which those count that deprovisioned somebody and worked; longest time first."""
    off: Any = updates.filter(status=SUCCESS, activity__in=(Activity.OFF, Activity.DELETED)).exclude(resource=None)
    newest = off.annotate(root=Coalesce("resource__same_as", "resource")).order_by("-logged_at", "-pk")
    rows = list(newest.select_related("account")[: MOST_LOOKED_AT + 1])
    is_cut, rows = len(rows) > MOST_LOOKED_AT, rows[:MOST_LOOKED_AT]
    users = {row.root for row in rows}
    activated = _last_activations(users)
    standing: dict[int, Any] = {}
    for row in reversed(rows):
        if row.root not in activated or row.logged_at > activated[row.root]:
            standing.setdefault(row.root, row)
    found = _let_in(standing)
    return Check(len(users), len(users) - len(standing), found, is_cut)


def _last_activations(roots: Collection[int]) -> dict[int, datetime]:
    """When each of these users was last activated, or made again."""
    on = Q(activity=Activity.ON) | Q(request_method="POST", activity="")
    rows: Any = updates_of(roots).filter(on, status=SUCCESS).order_by()
    return dict(rows.values_list("root").annotate(at=Max("logged_at")))


def _let_in(standing: Mapping[int, Any]) -> list[LetIn]:
    names = _names(standing)
    same = _same_people({name for row_names in names.values() for name in row_names})
    newest = _newest_allowed({name for names_of_one in same.values() for name in names_of_one})
    providers = {(idp.account_id, idp.idp_id): idp for idp in IdentityProvider.objects.all()}
    found = []
    for root, row in standing.items():
        after = row.logged_at + LENIENCY
        known = {one for name in names[root] for one in same[name]}
        if not any(newest.get((row.account_id, name), after) > after for name in known):
            continue
        person = person_named(row.person or names[root][0], [row.account])
        in_order = person.logins().filter(allowed=True, created_at__gt=after).order_by("created_at", "pk")
        if (first := in_order.first()) and (last := in_order.last()):
            idp = providers.get((row.account_id, row.idp_id))
            setting = idp.user_deprovision if idp else None
            provider = str(idp) if idp else row.idp_id
            found.append(LetIn(row, person.email, provider, setting, in_order.count(), first, last))
    return sorted(found, key=lambda one: (-one.until_last, one.update.pk))


def _names(standing: Mapping[int, Any]) -> dict[int, list[str]]:
    """The addresses of each of these users: those that its rows bear."""
    names: dict[int, dict[str, None]] = {root: {} for root in standing}
    rows: Any = updates_of(names).exclude(person="").order_by("person")
    for root, person in rows.values_list("root", "person").distinct():
        names[root][person] = None
    return {root: list(found) for root, found in names.items()}


def _same_people(names: Collection[str]) -> dict[str, set[str]]:
    """For each of these addresses itself and those that share a `user_id` with it, in any account."""
    same = {name: {name} for name in names}
    ids = UserId.objects.filter(person__in=names).values_list("user_id", flat=True)
    people: dict[tuple[int, str], set[str]] = {}
    for account, user_id, person in UserId.objects.filter(user_id__in=set(ids)).values_list(
        "account_id", "user_id", "person"
    ):
        people.setdefault((account, user_id), set()).add(person)
    for sharing in people.values():
        for name in sharing & same.keys():
            same[name] |= sharing
    return same


def _newest_allowed(people: Collection[str]) -> dict[tuple[int, str], datetime]:
    """When each address was last let in, by account; the rows themselves are read only of those who may be found."""
    known = PersonAddress.objects.filter(person__in=people).exclude(allowed_at=None)
    rows = known.values_list("account_id", "person", "allowed_at")
    return {(account, person): at for account, person, at in rows if at}
