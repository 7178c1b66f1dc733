"""What the SCIM log says about a person: deactivations, groups, and requests that fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, Max, OuterRef, Q, QuerySet, When

from logsync.derived.scim_problems import statuses_of, updates_of
from logsync.insight.identity.activity import SWITCHES_OFF, Switched, SwitchedOff, last_switches, switched_off
from logsync.insight.identity.person import Person
from logsync.insight.verdict.facts import LENIENCY, Deactivation, Failing, Failures, Recovery, ScimSeen
from logsync.insight.verdict.loading.coverage import gaps_of
from logsync.insight.verdict.loading.rows import Providers, attempts_of
from logsync.insight.verdict.loading.time_range import RequestedRange
from logsync.models import ScimMember, ScimProblemStatus, ScimResource, ScimUpdate, Stream
from logsync.models.events import FAILED_STATUSES, SUCCESS
from logsync.scim.history.problem_lifecycle import UNANSWERED, State
from logsync.spans import Span

# Cloudflare documents that logins may fail for up to a minute after sessions are revoked.
REVOCATION = timedelta(seconds=60)
MOST_GROUP_FAILURES = 500

Way = ScimMember.Way
WHOLE_METHODS = ("POST", "PUT")
# The line of `touched` that says that the whole list of members is set.
LISTS_MEMBERS = r"(^|\n)members(\n|$)"


def deactivation_of(
    person: Person, streams: Sequence[Stream], requested: RequestedRange, providers: Providers
) -> Deactivation | None:
    """A deactivation still in force, with the logins since; of several accounts, the one with most to say about."""
    found = [
        _since(row, off, person, streams, requested, providers) for row, off in deactivations(person) if row is not None
    ]
    return min(found, key=_least_to_say, default=None)


def _least_to_say(one: Deactivation) -> tuple[bool, ...]:
    return bool(one.still_on), one.allowed is None, one.denied is None or one.others > 0


def deactivations(person: Person) -> list[tuple[ScimUpdate | None, SwitchedOff]]:
    """In each account that has switched the person off, since when, and the update that did it. Oldest first."""
    by_account: dict[int, list[Switched]] = defaultdict(list)
    account_of = dict(ScimResource.objects.filter(pk__in=person.roots).values_list("pk", "account_id"))
    for root, switched in last_switches(person.roots).items():
        by_account[account_of[root]].append(switched)
    states = {account: state for account, own in by_account.items() if (state := switched_off(own))}
    off = person.updates().filter(SWITCHES_OFF, status=SUCCESS, lacks_time=False)
    found = [
        (off.filter(account=account, logged_at=state.at).order_by("id").first(), state)
        for account, state in states.items()
    ]
    return sorted(found, key=lambda one: one[1].at)


def _since(
    row: ScimUpdate,
    off: SwitchedOff,
    person: Person,
    streams: Sequence[Stream],
    requested: RequestedRange,
    providers: Providers,
) -> Deactivation:
    since = person.logins().filter(account=row.account_id, created_at__gt=row.logged_at)
    # A row without a time of its own proves no order.
    timed = since.filter(lacks_time=False)
    allowed = timed.filter(allowed=True, created_at__gt=row.logged_at + LENIENCY)
    span = Span(min(row.logged_at, requested.span.since), requested.now)
    own = [stream for stream in streams if stream.account_id == row.account_id]
    return Deactivation(
        update=providers.update_of(row),
        allowed=attempts_of(allowed),
        denied=attempts_of(timed.filter(allowed=False)),
        others=since.exclude(allowed=False).count(),
        gaps=gaps_of(own, span, requested.now, providers),
        still_on=tuple(providers.name(row.account_id, idp_id) for idp_id in off.still_on),
    )


def with_change(recovery: Recovery | None, person: Person, providers: Providers) -> Recovery | None:
    """Add the newest update, just before the last denial, that may have revoked sessions."""
    if recovery is None or recovery.denied.last.lacks_time or recovery.allowed.lacks_time:
        return recovery
    denied = recovery.denied.last.at
    near = Q(
        status=SUCCESS,
        lacks_time=False,
        account=recovery.app.account_id,
        logged_at__range=(denied - REVOCATION, denied),
    )
    found = [
        *person.updates().filter(near, SWITCHES_OFF).order_by("-logged_at", "-id")[:1],
        *person.group_updates().filter(near).order_by("-logged_at", "-id")[:1],
    ]
    newest = max(found, key=lambda row: (row.logged_at, row.pk), default=None)
    return replace(recovery, change=providers.update_of(newest)) if newest else recovery


def seen_of(person: Person, providers: Providers) -> ScimSeen | None:
    """How many SCIM updates name the person, and the newest; None if there are none."""
    first, *others = (rows.values("pk") for rows in person.all_updates())
    count = first.union(*others).count()
    if not count:
        return None
    ends = sorted(
        (row for rows in person.all_updates() for row in _ends(rows)), key=lambda row: (row.logged_at, row.pk)
    )
    return ScimSeen(count, providers.update_of(ends[0]), providers.update_of(ends[-1]))


def _ends(rows: QuerySet[ScimUpdate]) -> Iterable[ScimUpdate]:
    yield from rows.order_by("logged_at", "id")[:1]
    yield from rows.order_by("-logged_at", "-id")[:1]


# Requests that fail


def failing_of(person: Person, providers: Providers) -> Failing | None:
    """Failed requests about the person's user, or about groups that name the person, that no later one made good."""
    own = _own_failures(person)
    group_rows = _open_group_failures(person)
    requests = sum(failures.requests for failures, _, _ in own) + len(group_rows)
    if not requests:
        return None
    rows = [row for _, *ends in own for row in ends] + group_rows
    in_order = sorted(rows, key=lambda row: (row.logged_at, row.pk))
    problems = {row.problem_id for row in rows}
    newest = in_order[-1]
    return Failing(
        requests=requests,
        first=providers.update_of(in_order[0]),
        last=providers.update_of(newest),
        template=newest.problem.template if newest.problem else newest.error_description,
        further=len(problems) - 1,
        lists=tuple(failures for failures, _, _ in own),
    )


def _own_failures(person: Person) -> list[tuple[Failures, ScimUpdate, ScimUpdate]]:
    """The open failures of the person's user, each with its first failure since it opened and its last."""
    open_ones = ScimProblemStatus.objects.filter(resource__in=person.resources, state__in=UNANSWERED)
    stands = list(open_ones.select_related("problem", "first_failed__problem", "last_failed__problem"))
    # If it healed and failed again, only the failures since then count; they aren't stored, so work them out.
    again = statuses_of({stand.resource_id for stand in stands if stand.state == State.REGRESSED})
    opened = {(root, int(one.problem)): one for root, found in again.items() for one in found}
    rows = ScimUpdate.objects.select_related("problem").in_bulk({one.opened_by.id for one in opened.values()})
    found = []
    for stand in stands:
        one = opened.get((stand.resource_id, stand.problem_id))
        first = rows[one.opened_by.id] if one else stand.first_failed
        tries = one.open_tries if one else stand.tries
        failures = Failures(stand.problem.key, stand.resource_id, tries, first.logged_at)
        found.append((failures, first, stand.last_failed))
    return found


def _open_group_failures(person: Person) -> list[ScimUpdate]:
    """Failures of groups that name the person, unless a later success did the same for this person."""
    failed = person.group_updates().filter(status__in=FAILED_STATUSES)
    newest = failed.with_root().select_related("problem").order_by("-logged_at", "-id")[:MOST_GROUP_FAILURES]
    rows: list[Any] = [row for row in newest if row.root]
    is_open = set(
        ScimProblemStatus.objects.filter(
            resource__in={row.root for row in rows}, state__in=UNANSWERED, problem__in={row.problem_id for row in rows}
        ).values_list("resource", "problem")
    )
    ways, answers = _ways(person, rows), _answers(person, {row.root for row in rows})
    return [
        row
        for row in rows
        if (row.root, row.problem_id) in is_open
        and not any(row.logged_at < at for way in ways[row.pk] for at in answers.get((row.root, way), ()))
    ]


# A whole group that was sent names the person in a way of its own.
WHOLE = "whole"


def _ways(person: Person, rows: Sequence[Any]) -> Mapping[int, list[str]]:
    """How each of these rows names the person."""
    ways: dict[int, list[str]] = {row.pk: [WHOLE] if row.request_method in WHOLE_METHODS else [] for row in rows}
    named = person.memberships().filter(update__in=[pk for pk, own in ways.items() if not own])
    for update, way in named.values_list("update", "way"):
        ways[update].append(way)
    return ways


def _answers(person: Person, groups: set[int]) -> Mapping[tuple[int, str], list[datetime]]:
    """When each group last took a request that does what one of each way asked for; see `problem_lifecycle`."""
    succeeded: Any = updates_of(groups).filter(status=SUCCESS).order_by()
    listing = person.memberships().filter(update=OuterRef("pk"), way=Way.LISTED)
    is_list = Q(touched__regex=LISTS_MEMBERS)
    lists = succeeded.filter(Q(request_method__in=WHOLE_METHODS) | is_list).annotate(
        is_whole=Case(When(request_method__in=WHOLE_METHODS, then=True), default=False),
        is_list=Case(When(is_list, then=True), default=False),
        is_listed=Exists(listing),
    )
    answers: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for root, *kind, at in lists.values_list("root", "is_whole", "is_list", "is_listed").annotate(at=Max("logged_at")):
        for way in _answered_by(*kind):
            answers[root, way].append(at)
    named = person.memberships().exclude(way=Way.LISTED).filter(update__in=succeeded.values("pk"))
    by_way = named.with_root().values_list("root", "way").annotate(at=Max("update__logged_at"))
    for root, way, at in by_way.order_by():
        answers[root, way].append(at)
    return answers


def _answered_by(is_whole: bool, is_list: bool, is_listed: bool) -> Iterable[str]:
    """The ways whose requests a whole group or a whole list of members makes up for."""
    if is_whole:
        yield WHOLE
    yield Way.LISTED
    # A list adds whoever is in it, and removes whoever is not; a group without a list is taken for what was wanted.
    if is_listed or not is_list:
        yield Way.ADDED
    if not is_listed:
        yield Way.REMOVED
