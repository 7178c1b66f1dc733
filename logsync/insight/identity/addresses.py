"""Which addresses are one person's: those that share a `user_id` of the login log, or a SCIM user, with one another.

An address may share the one with a second address, and that one the other with a third: all three are one person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from logsync.derived.scim_problems import updates_of
from logsync.models import ScimUpdate, UserId

# More addresses than this can't be one person's; then what they share tells nothing about who they are.
MOST_ADDRESSES = 20

USER_ID, RESOURCE, CHAIN = "user_id", "SCIM resource", "chain of ids"

# An account, and a person's address there.
Key: TypeAlias = tuple[int, str]


class Tie(NamedTuple):
    """What addresses of an account can share: a user_id, or the root of a SCIM user."""

    account: int
    kind: str
    id: Any


@dataclass(frozen=True, slots=True)
class Joined:
    """One person in an account: each address, with what ties the others to the first, and all their ids."""

    addresses: Mapping[str, str]
    user_ids: tuple[str, ...]
    roots: tuple[int, ...]


def addresses_of(people: Collection[Key]) -> dict[Key, set[str]]:
    """Every address of each of these people in their account."""
    return {key: set(joined.addresses) for key, joined in join(people).items()}


def join(people: Collection[Key]) -> dict[Key, Joined]:
    """Each of these people, with all that is theirs. The number of queries doesn't grow with them."""
    net = _Net()
    fresh = set(people)
    # Each step finds addresses that are one tie further away.
    for _ in range(MOST_ADDRESSES):
        if not fresh:
            break
        fresh = net.widened(fresh)
    return {key: net.joined(key) for key in people}


class _Net:
    """Addresses and what ties them, as far as it was looked up."""

    def __init__(self) -> None:
        self.looked_up: set[Key] = set()
        self.ties: dict[Key, dict[Tie, None]] = defaultdict(dict)
        self.bearers: dict[Tie, list[Key]] = {}

    def widened(self, keys: Collection[Key]) -> set[Key]:
        """Look up what these addresses share with which others; returns those that were not looked up yet."""
        self.looked_up |= set(keys)
        for key, tie in (*_ties_by_user_id(keys), *_ties_by_resource(keys)):
            self.ties[key][tie] = None
        fresh = {tie for key in keys for tie in self.ties[key]} - self.bearers.keys()
        self.bearers |= {tie: [] for tie in fresh}
        for tie, key in (*_bearers_of_user_ids(fresh), *_bearers_of_resources(fresh)):
            if tie in fresh:
                self.bearers[tie].append(key)
                self.ties[key][tie] = None
        found = {key for tie in fresh for key in self._sharing(tie)}
        return {key for key in found - self.looked_up if len(self._reached(key)) <= MOST_ADDRESSES}

    def joined(self, start: Key) -> Joined:
        """The person with this address; of one with too many addresses, this address alone."""
        reached = self._reached(start)
        keys = reached if len(reached) <= MOST_ADDRESSES else [start]
        own = self.ties[start]
        shared = {address: _shared(own, self.ties[account, address]) for account, address in sorted(keys[1:])}
        ties = dict.fromkeys(tie for key in keys for tie in self.ties[key])
        return Joined(
            addresses={start[1]: ""} | shared,
            user_ids=tuple(tie.id for tie in ties if tie.kind == USER_ID),
            roots=tuple(sorted(tie.id for tie in ties if tie.kind == RESOURCE)),
        )

    def _sharing(self, tie: Tie) -> list[Key]:
        bearers = self.bearers.get(tie, [])
        return bearers if len(bearers) <= MOST_ADDRESSES else []

    def _reached(self, start: Key) -> list[Key]:
        """The addresses that can be reached from one over what they share; of too many, only some."""
        reached, seen = [start], {start}
        for key in reached:
            if len(reached) > MOST_ADDRESSES:
                break
            near = dict.fromkeys(other for tie in self.ties[key] for other in self._sharing(tie))
            reached += [other for other in near if other not in seen]
            seen.update(near)
        return reached


def _shared(own: Collection[Tie], ties: Iterable[Tie]) -> str:
    kinds = {tie.kind for tie in ties if tie in own}
    return USER_ID if USER_ID in kinds else RESOURCE if RESOURCE in kinds else CHAIN


def _ties_by_user_id(keys: Collection[Key]) -> list[tuple[Key, Tie]]:
    accounts, emails = _apart(keys)
    own = UserId.objects.filter(account__in=accounts, person__in=emails).order_by("-login_at", "user_id")
    rows = own.values_list("account_id", "person", "user_id")
    return [((account, person), Tie(account, USER_ID, user_id)) for account, person, user_id in rows]


def _ties_by_resource(keys: Collection[Key]) -> list[tuple[Key, Tie]]:
    accounts, emails = _apart(keys)
    named = ScimUpdate.objects.filter(account__in=accounts, person__in=emails, resource_type="USER")
    rows = named.exclude(resource=None).order_by().with_root().values_list("account_id", "person", "root").distinct()
    return [((account, person), Tie(account, RESOURCE, root)) for account, person, root in rows]


def _bearers_of_user_ids(ties: Collection[Tie]) -> Iterable[tuple[Tie, Key]]:
    wanted = [tie for tie in ties if tie.kind == USER_ID]
    if not wanted:
        return []
    accounts, ids = {tie.account for tie in wanted}, {tie.id for tie in wanted}
    rows = UserId.objects.filter(account__in=accounts, user_id__in=ids).order_by("person")
    found = rows.values_list("account_id", "user_id", "person").iterator()
    return ((Tie(account, USER_ID, user_id), (account, person)) for account, user_id, person in found)


def _bearers_of_resources(ties: Collection[Tie]) -> Iterable[tuple[Tie, Key]]:
    account_of = {tie.id: tie.account for tie in ties if tie.kind == RESOURCE}
    if not account_of:
        return []
    bearing: Any = updates_of(account_of.keys()).exclude(person="").order_by("person")
    found = bearing.values_list("root", "person").distinct()
    return ((Tie(account_of[root], RESOURCE, root), (account_of[root], person)) for root, person in found)


def _apart(keys: Collection[Key]) -> tuple[set[int], set[str]]:
    by_account: dict[int, set[str]] = defaultdict(set)
    for account, email in keys:
        by_account[account].add(email)
    return set(by_account), set().union(*by_account.values())
