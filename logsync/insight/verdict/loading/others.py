"""Other people at an application, each judged by their newest row under any of their addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from logsync.insight.identity.addresses import join
from logsync.insight.identity.person import Person
from logsync.insight.verdict.facts import App, Login, Others
from logsync.insight.verdict.loading.rows import newest_login
from logsync.models import AccessRequest

# If an app has more rows than this since then, or more addresses, only the newest are looked at, and the sentence says
# since when.
MOST_ROWS, MOST_ADDRESSES = 50_000, 2000
MOST_SHOWN = 5


class _Newest(NamedTuple):
    """When someone was last denied and last allowed, and under which address; None if they were not."""

    denied_at: datetime | None
    denied_as: str
    allowed_at: datetime | None
    allowed_as: str

    @property
    def is_out(self) -> bool:
        # On a tie the denial counts as newer.
        return self.denied_at is not None and (self.allowed_at is None or self.denied_at >= self.allowed_at)


def others_at(person: Person, app: App, since: datetime) -> Others:
    """Other people at an app since a moment."""
    there = AccessRequest.objects.filter(account=app.account_id, app_uid=app.app_uid, created_at__gte=since)
    rows = there.exclude(allowed=None).logins_of_people().exclude(person__in=person.addresses).order_by()
    newest_first = rows.order_by("-created_at").values_list("created_at", flat=True)
    if cut := newest_first[MOST_ROWS : MOST_ROWS + 1].first():
        since = cut + timedelta.resolution
        rows = rows.filter(created_at__gte=since)
    times = rows.values_list("person").annotate(
        newest=Max("created_at"),
        denied_at=Max("created_at", filter=Q(allowed=False)),
        allowed_at=Max("created_at", filter=Q(allowed=True)),
    )
    found = list(times.order_by("-newest", "person")[: MOST_ADDRESSES + 1])
    if len(found) > MOST_ADDRESSES:
        cut = found[-1][1]
        since = cut + timedelta.resolution
        found = [one for one in found if one[1] > cut]
    people = _people(app.account_id, [(address, denied, allowed) for address, _, denied, allowed in found])
    denied = [(one.denied_at, one.denied_as) for one in people if one.is_out and one.denied_at]
    allowed = [(one.allowed_at, one.allowed_as) for one in people if not one.is_out and one.allowed_at]
    return Others(
        since=since,
        denied=len(denied),
        allowed=len(allowed),
        denied_rows=_newest_of_each(rows.filter(allowed=False), denied),
        allowed_rows=_newest_of_each(rows.filter(allowed=True), allowed),
    )


def _people(account: int, addresses: Sequence[tuple[str, datetime | None, datetime | None]]) -> list[_Newest]:
    """The people with these addresses, and when each was last denied and last allowed under any of them."""
    joined = join({(account, address) for address, _, _ in addresses})
    people: dict[frozenset[str], _Newest] = {}
    for address, denied_at, allowed_at in addresses:
        who = frozenset(joined[account, address].addresses)
        known = people.get(who, _Newest(None, "", None, ""))
        if denied_at and (known.denied_at is None or denied_at > known.denied_at):
            known = known._replace(denied_at=denied_at, denied_as=address)
        if allowed_at and (known.allowed_at is None or allowed_at > known.allowed_at):
            known = known._replace(allowed_at=allowed_at, allowed_as=address)
        people[who] = known
    return list(people.values())


def _newest_of_each(rows: QuerySet[AccessRequest], people: Iterable[tuple[datetime, str]]) -> tuple[Login, ...]:
    """The newest row of each of the first few people, the newest first."""
    newest_first = sorted(sorted(people, key=lambda one: one[1]), key=lambda one: one[0], reverse=True)
    found = (newest_login(rows.filter(person=address, created_at=at)) for at, address in newest_first[:MOST_SHOWN])
    return tuple(login for login in found if login)
