"""Other people at an application, each judged by their newest row under any of their addresses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from logsync.insight.identity.addresses import MOST_ADDRESSES
from logsync.insight.identity.person import Person
from logsync.insight.verdict.facts import App, Login, Others
from logsync.insight.verdict.loading.rows import newest_login
from logsync.models import AccessRequest, UserId

# If an app has more rows than this since then, only the newest are looked at, and the sentence says since when.
MOST_ROWS = 50_000
# All addresses are looked up for at most this many people.
MOST_SHARED = 500
MOST_SHOWN = 5


def others_at(person: Person, app: App, since: datetime) -> Others:
    """Other people at an app since a moment."""
    there = AccessRequest.objects.filter(account=app.account_id, app_uid=app.app_uid, created_at__gte=since)
    rows = there.exclude(allowed=None).logins_of_people().exclude(person__in=person.addresses).order_by()
    newest_first = rows.order_by("-created_at").values_list("created_at", flat=True)
    if cut := newest_first[MOST_ROWS : MOST_ROWS + 1].first():
        since = cut + timedelta.resolution
        rows = rows.filter(created_at__gte=since)
    people = rows.values("person").annotate(
        denied_at=Max("created_at", filter=Q(allowed=False)), allowed_at=Max("created_at", filter=Q(allowed=True))
    )
    people = people.exclude(person__in=_older_addresses(people, app.account_id))
    denied = people.filter(Q(allowed_at=None) | Q(allowed_at__lte=F("denied_at")), denied_at__isnull=False)
    allowed = people.filter(Q(denied_at=None) | Q(denied_at__lt=F("allowed_at")), allowed_at__isnull=False)
    return Others(
        since=since,
        denied=denied.count(),
        allowed=allowed.count(),
        denied_rows=_newest_of_each(rows.filter(allowed=False), denied.order_by("-denied_at", "person"), "denied_at"),
        allowed_rows=_newest_of_each(
            rows.filter(allowed=True), allowed.order_by("-allowed_at", "person"), "allowed_at"
        ),
    )


def _older_addresses(people: Any, account: int) -> set[str]:
    """Addresses whose owner was there later under another address with the same `user_id`."""
    known = UserId.objects.filter(account=account).order_by()
    sharing = known.filter(person__in=people.values("person")).values("user_id").annotate(addresses=Count("person"))
    several = sharing.filter(addresses__gt=1, addresses__lte=MOST_ADDRESSES).order_by("user_id")
    by_id: dict[str, set[str]] = {}
    for user_id, address in known.filter(
        user_id__in=list(several.values_list("user_id", flat=True)[:MOST_SHARED])
    ).values_list("user_id", "person"):
        by_id.setdefault(user_id, set()).add(address)
    shared = set().union(*by_id.values())
    times = people.filter(person__in=shared).values_list("person", "denied_at", "allowed_at")
    # On a tie the denial counts as newer.
    newest = {address: max((at, at == denied) for at in (denied, allowed) if at) for address, denied, allowed in times}
    kept = [max(addresses & newest.keys(), key=newest.__getitem__, default="") for addresses in by_id.values()]
    return (shared & newest.keys()) - set(kept)


def _newest_of_each(
    rows: QuerySet[AccessRequest], people: QuerySet[AccessRequest, dict[str, object]], time: str
) -> tuple[Login, ...]:
    """The newest row of each of the first few people."""
    found = (
        newest_login(rows.filter(person=one["person"], created_at=one[time]))
        for one in people.values("person", time)[:MOST_SHOWN]
    )
    return tuple(login for login in found if login)
