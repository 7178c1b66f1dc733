"""Who a person is: what SCIM has told Cloudflare of them, how they usually log in, and under which ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from logsync.coverage import KNOWN, spans_of
from logsync.derived.scim_problems import updates_of
from logsync.insight.verdict.coverage_rules import LATE
from logsync.insight.verdict.loading import Person, Tally
from logsync.models import IdentityProvider, Log, ScimIdentifier, ScimUpdate, Stream
from logsync.models.events import SUCCESS
from logsync.scim.history.person_state import ActiveFact, GroupFact, LoggedUpdate, Membership, known_state
from logsync.scim.history.resource_state import known_before
from logsync.spans import Span, subtract

# What only older successes than these said is taken for unknown.
MOST_ROWS = 300
MOST_VALUES = 3
LONGEST_NAME = 100

Kind = ScimIdentifier.Kind


@dataclass(frozen=True, slots=True)
class Said:
    """What SCIM has told of a person: since when, by which row, and from when on a later update may be missing."""

    name: str
    at: datetime | None
    href: str
    missing_since: datetime | None


@dataclass(frozen=True, slots=True)
class ScimSays:
    """What SCIM has told Cloudflare of a person, by the provider that told last.

    `groups` are those in which the person is, `unsure` those in which they may be, `left` those they are out of.
    `unknown_before` is since when all is known that the provider told; None if nothing of it is.
    """

    provider: IdentityProvider | None
    name: str
    active: Said
    is_deleted: bool
    groups: list[Said]
    unsure: list[Said]
    left: list[Said]
    unknown_before: datetime | None


def scim_says(person: Person) -> ScimSays | None:
    """What SCIM says of a person; None if no update is on record that worked."""
    user_rows = list(person.updates().filter(status=SUCCESS).order_by("-logged_at", "-pk")[:MOST_ROWS])
    group_rows = _group_rows(person)
    newest = max([*user_rows, *group_rows], key=lambda row: (row.logged_at, row.pk), default=None)
    if newest is None:
        return None
    its = (newest.account_id, newest.idp_id)
    same = [row for row in (*user_rows, *group_rows) if (row.account_id, row.idp_id) == its]
    provider = IdentityProvider.objects.filter(account=newest.account_id, idp_id=newest.idp_id).first()
    known = _known(newest)
    known_since = _known_since(known, len(user_rows), len(group_rows), same)
    told = [_told(row) for row in same]
    state = known_state(told, person.member_ids, provider.type if provider else "", known_since)
    missing = _missing(known)
    hrefs = {row.pk: row.get_absolute_url() for row in same}
    by_membership: dict[Membership, list[Said]] = {membership: [] for membership in Membership}
    for group in state.groups.values():
        by_membership[group.membership].append(_said(group, group.name, hrefs, missing))
    return ScimSays(
        provider=provider,
        name=_name(row for row in told if row.type == "USER"),
        active=_said(state.active, state.active.value, hrefs, missing),
        is_deleted=state.is_deleted,
        groups=by_membership[Membership.IN],
        unsure=by_membership[Membership.UNSURE],
        left=by_membership[Membership.OUT],
        unknown_before=known_since,
    )


def _said(fact: ActiveFact | GroupFact, name: str, hrefs: dict[int, str], missing: Sequence[Span]) -> Said:
    at = fact.at if fact.told_by else None
    missing_since = next((max(span.since, at) for span in missing if at and span.until > at), None)
    return Said(name, at, hrefs.get(fact.told_by or 0, ""), missing_since)


def _group_rows(person: Person) -> Sequence[Any]:
    """The successes of every group that ever named the person, whether they name the person or not."""
    groups = person.group_updates().exclude(resource=None)
    roots = groups.values_list(Coalesce("resource__same_as", "resource"), flat=True).distinct()[:MOST_ROWS]
    rows = updates_of(set(roots)).filter(status=SUCCESS, account__in=person.accounts)
    return list(rows.order_by("-logged_at", "-pk")[:MOST_ROWS])


def _known(newest: ScimUpdate) -> list[Span]:
    """Which time of the log of the provider is known that sent this row."""
    stream = Stream.objects.filter(account=newest.account_id, log=Log.SCIM_UPDATES, idp_id=newest.idp_id).first()
    return spans_of(stream, *KNOWN) if stream else []


def _missing(known: Sequence[Span]) -> list[Span]:
    """What is not known since the first moment that is, less the moment since the last round."""
    now = timezone.now()
    missing = subtract([Span(known[0].since, now)], known) if known else []
    return [span for span in missing if span.until < now or span.length > LATE]


def _known_since(known: Sequence[Span], users: int, groups: int, rows: Sequence[ScimUpdate]) -> datetime | None:
    """The first moment of the provider's log that is known, or of the rows that are looked at if they are too many."""
    first = known[0].since if known else None
    if max(users, groups) < MOST_ROWS:
        return first
    return max(filter(None, (first, min(row.logged_at for row in rows))))


def _told(row: Any) -> LoggedUpdate:
    return LoggedUpdate(
        row.pk,
        row.logged_at,
        row.status,
        row.request_method,
        row.resource_type,
        row.request_body,
        group=str(getattr(row, "root", "")) if row.resource_type == "GROUP" else "",
        group_name=row.resource_group_name,
    )


def _name(rows: Iterable[LoggedUpdate]) -> str:
    """What the provider calls the person; blank if it did not say."""
    known = {name.lower(): value for name, value in (known_before(list(rows)) or {}).items()}
    name = known.get("displayname")
    return name[:LONGEST_NAME] if isinstance(name, str) else ""


# How they log in


@dataclass(frozen=True, slots=True)
class Habit:
    """Values of a field with their rows, most first; `more` counts those that are left out."""

    values: list[tuple[str, int]]
    rows: int
    more: int


def habit(tallies: Iterable[Tally], name: str) -> Habit:
    """How often which connection, or which country, stands in the login rows of a person."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[getattr(tally, name)] += tally.rows
    values = [(value, rows) for value, rows in counts.most_common() if value]
    return Habit(values[:MOST_VALUES], counts.total(), max(len(values) - MOST_VALUES, 0))


def ids_of(person: Person) -> list[tuple[str, str]]:
    """The ids of a person, under the names of the fields that bear them."""
    kinds = (Kind.CF, Kind.IDP)
    found = ScimIdentifier.objects.filter(resource__in=person.resources, kind__in=kinds).order_by("kind", "value")
    scim = found.values_list("kind", "value").distinct()
    return [*(("user_id", value) for value in person.user_ids), *scim]
