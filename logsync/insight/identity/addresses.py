"""The addresses of many people at once, found by the same rules as `person_named` finds those of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.person import MOST_ADDRESSES
from logsync.models import ScimUpdate, UserId

# An account, and a person's address there.
Key: TypeAlias = tuple[int, str]
# What two addresses of one person share: a SCIM resource, or a `user_id` in an account.
Tie = TypeVar("Tie")


def addresses_of(people: Collection[Key]) -> dict[Key, set[str]]:
    """Every address of each of these people in their account, in a fixed number of queries."""
    by_resource, by_user_id = _by_resource(people), _by_user_id(people)
    found = {}
    for key in people:
        others = dict.fromkeys([*by_resource.get(key, ()), *by_user_id.get(key, ())[:MOST_ADDRESSES]])
        found[key] = {key[1], *islice(others, MOST_ADDRESSES)}
    return found


def _by_resource(people: Collection[Key]) -> dict[Key, list[str]]:
    accounts, emails = _apart(people)
    named = ScimUpdate.objects.filter(account__in=accounts, person__in=emails, resource_type="USER")
    rows = named.exclude(resource=None).order_by().with_root().values_list("account_id", "person", "root").distinct()
    roots = _ties((account, person, root) for account, person, root in rows)
    bearing: Any = updates_of({root for own in roots.values() for root in own}).exclude(person="").order_by("person")
    return _sharing(roots, bearing.values_list("root", "person").distinct())


def _by_user_id(people: Collection[Key]) -> dict[Key, list[str]]:
    accounts, emails = _apart(people)
    own = UserId.objects.filter(account__in=accounts, person__in=emails)
    rows = own.order_by("-login_at").values_list("account_id", "person", "user_id")
    user_ids = _ties((account, person, (account, user_id)) for account, person, user_id in rows)
    bearing = UserId.objects.filter(account__in=accounts, user_id__in=own.order_by().values("user_id"))
    others = bearing.order_by("-login_at", "person").values_list("account_id", "user_id", "person")
    return _sharing(user_ids, (((account, user_id), person) for account, user_id, person in others.iterator()))


def _apart(people: Collection[Key]) -> tuple[set[int], set[str]]:
    return {account for account, _ in people}, {email for _, email in people}


def _ties(rows: Iterable[tuple[int, str, Tie]]) -> dict[Key, list[Tie]]:
    """The first few ties of each person."""
    ties: dict[Key, list[Tie]] = defaultdict(list)
    for account, person, tie in rows:
        if len(ties[account, person]) < MOST_ADDRESSES:
            ties[account, person].append(tie)
    return ties


def _sharing(ties: Mapping[Key, Sequence[Tie]], rows: Iterable[tuple[Tie, str]]) -> dict[Key, list[str]]:
    """The other addresses that share one of these ties with each person, in the order of the rows."""
    bearing: dict[Tie, list[tuple[int, str]]] = defaultdict(list)
    for rank, (tie, person) in enumerate(rows):
        # One more than we look at, since one of them may be the person.
        if len(bearing[tie]) <= MOST_ADDRESSES:
            bearing[tie].append((rank, person))
    return {
        key: [person for _, person in sorted(row for tie in own for row in bearing[tie]) if person != key[1]]
        for key, own in ties.items()
    }
