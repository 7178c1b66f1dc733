"""A person as SCIM last described them to Cloudflare: name, active or not, groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logsync.coverage import KNOWN, spans_of, without_pause
from logsync.derived.scim_problems import updates_of
from logsync.insight.identity.person import Person
from logsync.insight.logged_updates import logged_update
from logsync.models import IdentityProvider, Log, ScimUpdate, Stream
from logsync.models.events import SUCCESS
from logsync.scim.history.person_state import ActiveFact, GroupFact, LoggedUpdate, Membership, person_state
from logsync.scim.history.resource_state import resource_state
from logsync.spans import Span, subtract

# Only this many of the newest successes are read; what older ones set counts as unknown.
MOST_ROWS = 300


@dataclass(frozen=True, slots=True)
class ProfileFact:
    """One thing that SCIM set: whether the user is active, or a group by its name.

    `update_key` is the update that set it, at `at`; blank and None where no update did. `missing_since` is when the
    time begins in which a later update may be missing.
    """

    name: str
    at: datetime | None
    update_key: str
    missing_since: datetime | None


@dataclass(frozen=True, slots=True)
class ScimProfile:
    """A person as the provider that sent the newest update describes them.

    The person is in `groups`, may be in `unsure`, and is no longer in `left`. Nothing is known of the time before
    `unknown_before`; None if nothing of the provider's log is known.
    """

    provider: IdentityProvider | None
    name: str
    active: ProfileFact
    is_deleted: bool
    groups: list[ProfileFact]
    unsure: list[ProfileFact]
    left: list[ProfileFact]
    unknown_before: datetime | None


def scim_profile(person: Person, now: datetime) -> ScimProfile | None:
    """A person's SCIM profile as of now; None if no successful update is stored."""
    user_rows = list(person.updates().filter(status=SUCCESS).order_by("-logged_at", "-pk")[:MOST_ROWS])
    group_rows = _group_rows(person)
    newest = max([*user_rows, *group_rows], key=lambda row: (row.logged_at, row.pk), default=None)
    if newest is None:
        return None
    its = (newest.account_id, newest.idp_id)
    same = [row for row in (*user_rows, *group_rows) if (row.account_id, row.idp_id) == its]
    provider = IdentityProvider.objects.filter(account=newest.account_id, idp_id=newest.idp_id).first()
    known = _known_spans(newest)
    known_since = _known_since(known, len(user_rows), len(group_rows), same)
    updates = [logged_update(row) for row in same]
    state = person_state(updates, person.member_ids.get(its, ()), provider.type if provider else "", known_since)
    # The gaps since the first known moment, without the pause since the last round.
    missing = without_pause(subtract([Span(known[0].since, now)], known), now) if known else []
    keys = {row.pk: row.key.hex for row in same}
    by_membership: dict[Membership, list[ProfileFact]] = {membership: [] for membership in Membership}
    for group in state.groups.values():
        by_membership[group.membership].append(_fact(group, group.name, keys, missing))
    return ScimProfile(
        provider=provider,
        name=_name(row for row in updates if row.type == "USER"),
        active=_fact(state.active, state.active.value, keys, missing),
        is_deleted=state.is_deleted,
        groups=by_membership[Membership.IN],
        unsure=by_membership[Membership.UNSURE],
        left=by_membership[Membership.OUT],
        unknown_before=known_since,
    )


def _fact(found: ActiveFact | GroupFact, name: str, keys: Mapping[int, str], missing: Sequence[Span]) -> ProfileFact:
    at = found.at if found.update_id else None
    missing_since = next((max(span.since, at) for span in missing if at and span.until > at), None)
    return ProfileFact(name, at, keys.get(found.update_id or 0, ""), missing_since)


def _group_rows(person: Person) -> Sequence[Any]:
    """The successes of every group that ever named the person, including those that don't name them."""
    groups = person.group_updates().exclude(resource=None)
    roots = groups.with_root().values_list("root", flat=True).distinct()[:MOST_ROWS]
    rows = updates_of(set(roots)).filter(status=SUCCESS, account__in=person.accounts)
    return list(rows.order_by("-logged_at", "-pk")[:MOST_ROWS])


def _known_spans(update: ScimUpdate) -> list[Span]:
    """The known time of the log that this update is from."""
    stream = Stream.objects.filter(account=update.account_id, log=Log.SCIM_UPDATES, idp_id=update.idp_id).first()
    return spans_of(stream, *KNOWN) if stream else []


def _known_since(known: Sequence[Span], users: int, groups: int, rows: Sequence[ScimUpdate]) -> datetime | None:
    """The first known moment of the provider's log, or the time of the oldest row read if there were too many."""
    first = known[0].since if known else None
    if max(users, groups) < MOST_ROWS:
        return first
    return max(filter(None, (first, min(row.logged_at for row in rows))))


def _name(rows: Iterable[LoggedUpdate]) -> str:
    """The displayName that the provider gave; blank if it gave none."""
    known = {name.lower(): value for name, value in (resource_state(list(rows)) or {}).items()}
    name = known.get("displayname")
    return name if isinstance(name, str) else ""
