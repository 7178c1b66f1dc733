"""When SCIM removed a person from a group: by name, or by sending a list of members without the person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.person import Person
from logsync.insight.logged_updates import logged_update
from logsync.insight.verdict.facts import Lockout
from logsync.insight.verdict.loading.rows import Providers
from logsync.models import IdentityProvider, ScimMember, ScimUpdate
from logsync.models.events import SUCCESS
from logsync.scim.history.person_state import removals

# At most this many of the person's groups, and of their newest updates before the first denial, are looked at.
MOST_GROUPS, MOST_ROWS = 100, 300


def with_removal(lockout: Lockout | None, person: Person, providers: Providers) -> Lockout | None:
    """Add the newest removal from a group between the last allowed and the first denied login."""
    if lockout is None or lockout.last_allowed is None:
        return lockout
    if lockout.last_allowed.lacks_time or lockout.run.first.lacks_time:
        return lockout
    since, until = lockout.last_allowed.at, lockout.run.first.at
    found = [*_by_name(lockout, person, since, until), *_by_list(lockout, person, since, until)]
    row = max(found, key=lambda row: (row.logged_at, row.pk), default=None)
    return replace(lockout, removal=providers.update_of(row)) if row else lockout


def _by_name(lockout: Lockout, person: Person, since: datetime, until: datetime) -> Iterable[ScimUpdate]:
    named = person.memberships().filter(way=ScimMember.Way.REMOVED)
    rows = ScimUpdate.objects.filter(
        account=lockout.app.account_id,
        status=SUCCESS,
        lacks_time=False,
        logged_at__range=(since, until),
        pk__in=named.values("update"),
    )
    return rows.order_by("-logged_at", "-id")[:1]


def _by_list(lockout: Lockout, person: Person, since: datetime, until: datetime) -> list[ScimUpdate]:
    """Updates that removed the person along with others, or sent a list of members without the person."""
    groups = person.group_updates().filter(account=lockout.app.account_id).exclude(resource=None)
    roots = groups.with_root().values_list("root", flat=True).distinct()
    rows = updates_of(set(roots[:MOST_GROUPS])).filter(status=SUCCESS)
    if not rows.filter(logged_at__range=(since, until)).exclude(pk__in=person.group_updates().values("pk")).exists():
        return []
    earlier: QuerySet[Any] = rows.filter(logged_at__lte=until).order_by("-logged_at", "-pk")
    newest = list(earlier[:MOST_ROWS])
    taken_out = _taken_out(newest, person)
    return [row for row in newest if row.pk in taken_out and row.logged_at >= since and not row.lacks_time]


def _taken_out(rows: Sequence[Any], person: Person) -> set[int]:
    providers = IdentityProvider.objects.filter(account__in=person.accounts)
    types = {(account, idp_id): type for account, idp_id, type in providers.values_list("account", "idp_id", "type")}
    found: set[int] = set()
    for key in {(row.account_id, row.idp_id) for row in rows}:
        updates = [logged_update(row) for row in rows if (row.account_id, row.idp_id) == key]
        found |= set(removals(updates, person.member_ids.get(key, ()), types.get(key, "")))
    return found
