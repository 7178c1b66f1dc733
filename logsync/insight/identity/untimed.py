"""Which times of an address are no time at all: those of rows that Cloudflare gave none, kept where they sort."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from logsync.models import AccessRequest, PersonAddress, ScimUpdate

LOGIN_TIMES = ("login_at", "allowed_at", "denied_at", "other_at")

# The account and address, the log, and where in it such a row sorts.
Untimed = set[tuple[int, str, str, datetime]]


def untimed_moments(addresses: Collection[PersonAddress]) -> Untimed:
    """The moments of these addresses that only stand for a row without a time. Two queries, however many there are."""
    return {
        *_untimed(AccessRequest, "created_at", addresses, LOGIN_TIMES),
        *_untimed(ScimUpdate, "logged_at", addresses, ("update_at",)),
    }


def _untimed(
    model: type[AccessRequest] | type[ScimUpdate],
    time: str,
    addresses: Collection[PersonAddress],
    names: Collection[str],
) -> Untimed:
    moments = {
        (address.account_id, address.person): {at for name in names if (at := getattr(address, name))}
        for address in addresses
    }
    wanted = [
        Q(account=account, person=person, **{f"{time}__in": times})
        for (account, person), times in moments.items()
        if times
    ]
    if not wanted:
        return set()
    found: dict[tuple[int, str, datetime], bool] = {}
    rows = model._default_manager.filter(reduce(or_, wanted)).order_by()
    for account, person, at, lacks_time in rows.values_list("account", "person", time, "lacks_time"):
        found[account, person, at] = found.get((account, person, at), True) and lacks_time
    return {(account, person, model.__name__, at) for (account, person, at), lacks_time in found.items() if lacks_time}
