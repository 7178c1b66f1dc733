"""The resources of SCIM problems: where each stands now, and what we don't know about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from django.db.models import Exists, OuterRef, Q, QuerySet

from logsync.coverage import KNOWN, coverage_of, coverage_of_stream
from logsync.derived.scim_problems import outcomes_of, updates_of
from logsync.insight.problem_queries import Problems, state_rank, unanswered
from logsync.models import (
    CoveredRange,
    Log,
    PersonAddress,
    ScimIdentifier,
    ScimProblem,
    ScimProblemStatus,
    ScimUpdate,
    Stream,
)
from logsync.scim.history.problem_lifecycle import SHORTEST_QUIET, UNANSWERED, State, is_quiet
from logsync.spans import BEGINNING, Span, intersect, merge

# To tell whether a resource is still retried, look at no more failures than this: a retry loop has no end.
MOST_TRIES = 5000
# To tell what became of each failure of an open problem, go through no more requests than this.
MOST_REQUESTS = 5000

Statuses: TypeAlias = QuerySet[ScimProblemStatus]


@dataclass(frozen=True, slots=True)
class ProblemResource:
    """A resource of a problem, and where it stands.

    `missing` is the unknown time since the last failure, in which a success would not show; only if it still fails.
    `is_quiet` is true if it still fails, but the provider seems to have stopped retrying.
    """

    status: ScimProblemStatus
    name: str
    missing: list[Span]
    is_quiet: bool

    @property
    def is_open(self) -> bool:
        return self.status.state in UNANSWERED

    @property
    def is_person(self) -> bool:
        """Whether the name is an e-mail address, not an id."""
        return self.status.problem.resource_type == "USER" and "@" in self.name

    @property
    def healed_after(self) -> timedelta | None:
        """How long after the first failure the request that healed it came."""
        proof = self.status.proof
        return proof.logged_at - self.status.first_failed.logged_at if proof else None


def worst_first(statuses: Statuses) -> Statuses:
    """Sort by state, worst first, then newest first, and fetch the updates that each status refers to."""
    updates = ("first_failed", "last_failed", "proof", "other_success", "problem")
    rows = statuses.select_related(*updates).annotate(rank=state_rank())
    return rows.order_by("rank", "-last_failed__logged_at", "pk")


def read_resources(statuses: Iterable[ScimProblemStatus], now: datetime) -> list[ProblemResource]:
    """The resources of these statuses, in the same order."""
    statuses = list(statuses)
    names = _names(statuses)
    unknown = _unknown_time(statuses, now)
    quiet = _quiet(statuses, now)
    return [
        ProblemResource(
            status=status,
            name=names[status.pk],
            missing=_since_last_failure(status, unknown, now) if status.state in UNANSWERED else [],
            is_quiet=status.pk in quiet,
        )
        for status in statuses
    ]


def _names(statuses: Sequence[ScimProblemStatus]) -> dict[int, str]:
    """Each resource's name: from its last failure, else from any row, else its id."""
    names = {}
    for status in statuses:
        update = status.last_failed
        names[status.pk] = update.resource_user_email or update.resource_group_name
    unnamed = {status.resource_id for status in statuses if not names[status.pk]}
    kinds = (ScimIdentifier.Kind.NAME, ScimIdentifier.Kind.ONLY_NAME)
    known = ScimIdentifier.objects.filter(resource__in=unnamed, kind__in=kinds).order_by("pk")
    by_resource = dict(known.values_list("resource", "value")) if unnamed else {}
    for status in statuses:
        names[status.pk] = (
            names[status.pk] or by_resource.get(status.resource_id, "") or status.last_failed.resource_label
        )
    return names


# Unknown time


def missing_time(streams: Sequence[Stream], since: datetime, now: datetime) -> list[Span]:
    """The time since a moment that any of these streams doesn't know, without the pause since the last round."""
    if since >= now:
        return []
    whole = Span(since, now)
    if not streams:
        return [whole]
    return merge(span for stream in streams for span in coverage_of_stream(stream, whole).gaps(now))


def _unknown_time(statuses: Sequence[ScimProblemStatus], now: datetime) -> dict[tuple[int, str], list[Span]]:
    """The unknown time since the oldest last failure, for each account and provider with open failures."""
    since: dict[tuple[int, str], datetime] = {}
    for status in statuses:
        if status.state in UNANSWERED:
            key, at = _stream_key(status.problem), status.last_failed.logged_at
            since[key] = min(at, since.get(key, at))
    streams = _streams(since)
    return {key: missing_time(streams[key], at, now) for key, at in since.items()}


def _since_last_failure(
    status: ScimProblemStatus, unknown: dict[tuple[int, str], list[Span]], now: datetime
) -> list[Span]:
    failed_at = status.last_failed.logged_at
    return intersect(unknown[_stream_key(status.problem)], [Span(failed_at, max(now, failed_at))])


def _stream_key(problem: ScimProblem) -> tuple[int, str]:
    return problem.account_id, problem.idp_id


def _streams(keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[Stream]]:
    streams: dict[tuple[int, str], list[Stream]] = defaultdict(list)
    if keys:
        idps = {idp_id for _, idp_id in keys}
        for stream in Stream.objects.filter(log=Log.SCIM_UPDATES, idp_id__in=idps).with_ranges():
            streams[stream.account_id, stream.idp_id].append(stream)
    return streams


# No longer retried


def _quiet(statuses: Sequence[ScimProblemStatus], now: datetime) -> set[int]:
    """The open ones that are no longer retried; that doesn't mean they are healed."""
    stale = [
        status
        for status in statuses
        if status.state in UNANSWERED and now - status.last_failed.logged_at >= SHORTEST_QUIET
    ]
    if not stale:
        return set()
    tries: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    failures = ScimUpdate.objects.filter(problem__in={status.problem_id for status in stale}).with_root()
    roots = {status.resource_id for status in stale}
    rows = (
        failures.filter(root__in=roots, logged_at__lte=now)
        .order_by("-logged_at")
        .values_list("problem", "root", "logged_at")
    )
    for problem, root, at in rows[:MOST_TRIES]:
        tries[problem, root].append(at)
    # If others fill all of MOST_TRIES, only the last failure is left to look at.
    last = {status.pk: [status.last_failed.logged_at] for status in stale}
    of = {status.pk: tries[status.problem_id, status.resource_id] or last[status.pk] for status in stale}
    return {pk for pk, times in of.items() if is_quiet(times, now)}


# Failing users without a login


def never_logged_in(problems: Problems) -> Statuses:
    """Where users stand who fail now and have no login on record, in accounts of which logins are known at all.

    Cloudflare documents that it provisions a user only after their first login.
    """
    has_login = PersonAddress.objects.filter(
        account=OuterRef("problem__account"), person=OuterRef("last_failed__person"), login_at__isnull=False
    )
    knows_logins = CoveredRange.objects.filter(
        stream__account=OuterRef("problem__account"), stream__log=Log.ACCESS_REQUESTS, state__in=KNOWN
    )
    without_login = Q(problem__resource_type="USER") & ~Q(last_failed__person="") & ~Q(Exists(has_login))
    return unanswered(problems).filter(without_login, Exists(knows_logins))


def logins_known_since(account_ids: Collection[str], now: datetime) -> datetime | None:
    """Since when logins are known in all of these accounts that know any, or in all accounts if none is given.

    None if none of them knows any.
    """
    streams = Stream.objects.filter(log=Log.ACCESS_REQUESTS).expected().with_ranges()
    if account_ids:
        streams = streams.filter(account__account_id__in=account_ids)
    known = [coverage.known for coverage in coverage_of(streams, Span(BEGINNING, now)).of.values()]
    return max((spans[0].since for spans in known if spans), default=None)


class ProblemState(NamedTuple):
    """What became of a failure, and, if it is unanswered, whether another kind of request has succeeded since."""

    state: str
    has_succeeded_otherwise: bool


def problem_states(updates: Sequence[ScimUpdate]) -> dict[int, ProblemState]:
    """By update, what became of each of these failures.

    A failure that names no resource has no state: no later request can be known to be about the same one. Where too
    many requests were made for a resource, the state is that of the problem with it.
    """
    failed = [update.pk for update in updates if update.problem_id and update.resource_id]
    if not failed:
        return {}
    named = ScimUpdate.objects.filter(pk__in=failed).with_root()
    of = {pk: (problem, root) for pk, problem, root in named.values_list("pk", "problem", "root")}
    statuses = ScimProblemStatus.objects.filter(
        problem__in={problem for problem, _ in of.values()}, resource__in={root for _, root in of.values()}
    )
    rows = statuses.values_list("problem", "resource", "state", "other_success")
    states = {(problem, root): ProblemState(state, other is not None) for problem, root, state, other in rows}
    found = {pk: states[key] for pk, key in of.items() if key in states}
    for pk, own in own_outcomes({of[pk][1] for pk, one in found.items() if one.state in UNANSWERED}).items():
        if pk in found and own not in UNANSWERED:
            found[pk] = ProblemState(own, has_succeeded_otherwise=False)
    return found


def own_outcomes(roots: Collection[int]) -> dict[int, State]:
    """What became of each failure of these resources; of none if there are too many requests for them."""
    if not roots or updates_of(roots).order_by().values("pk")[: MOST_REQUESTS + 1].count() > MOST_REQUESTS:
        return {}
    return outcomes_of(roots)
