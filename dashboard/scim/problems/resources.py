"""The resources of SCIM problems: where each stands, and the requests that prove it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString

from dashboard.page.links import updates_href
from dashboard.scim.problems.states import resource_badge
from logsync.coverage import coverage_of, without_pause
from logsync.insight.update_descriptions import read_intents, describe_briefly
from logsync.models import Log, ScimIdentifier, ScimProblem, ScimProblemStatus, ScimUpdate, Stream
from logsync.scim.history.problem_lifecycle import RANK, SHORTEST_QUIET, UNANSWERED, State, is_quiet
from logsync.spans import Span, intersect
from logsync.words import counted

# The newest failures that are looked at to tell whether a resource is still tried; a retry loop has no end.
MOST_TRIES = 5000

Standings = QuerySet[ScimProblemStatus]


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """One resource of a problem.

    `proof` is the request that answered it and `other` one that did not, each with what it asked in words.
    `missing` is the time since the last failure of which nothing is known; a success there would not show.
    """

    standing: ScimProblemStatus
    name: str
    tries_href: str
    history_href: str
    proof_words: str
    other_words: str
    missing: list[Span]
    is_quiet: bool

    @property
    def badge(self) -> SafeString:
        return resource_badge(self.standing.state)

    @property
    def is_open(self) -> bool:
        return self.standing.state in UNANSWERED

    @property
    def is_person(self) -> bool:
        """Whether the name is an e-mail address, and not an id."""
        return self.standing.problem.resource_type == "USER" and "@" in self.name

    @property
    def after(self) -> Any:
        """How long after the first failure the proof came."""
        proof = self.standing.proof
        return proof.logged_at - self.standing.first_failed.logged_at if proof else None


def worst_first(statuses: Standings) -> Standings:
    """Standings with all that a line shows, those that need a look first, and of equal ones the newest."""
    rank = Case(*(When(state=state, then=Value(rank)) for state, rank in RANK.items()), output_field=IntegerField())
    updates = ("first_failed", "last_failed", "proof", "other_success", "problem")
    return statuses.select_related(*updates).annotate(rank=rank).order_by("rank", "-last_failed__logged_at", "pk")


def lines_of(found: Iterable[ScimProblemStatus], now: datetime) -> list[ResourceLine]:
    """A line for each standing, in the same order."""
    statuses = list(found)
    proofs = [standing.proof or standing.other_success for standing in statuses]
    updates = {update.pk: update for update in proofs if update}
    intents = read_intents(list(updates.values()))
    words = {pk: describe_briefly(update, intents[pk]) for pk, update in updates.items()}
    names = _names(statuses)
    missing = _Missing(statuses, now)
    quiet = _quiet(statuses, now)
    return [
        ResourceLine(
            standing=standing,
            name=names[standing.pk],
            tries_href=updates_href(problem=standing.problem.key, resource=standing.resource_id),
            history_href=updates_href(resource=standing.resource_id, status="any"),
            proof_words=words.get(standing.proof_id or 0, ""),
            other_words=words.get(standing.other_success_id or 0, ""),
            missing=missing.since_last_failure(standing) if standing.state in UNANSWERED else [],
            is_quiet=standing.pk in quiet,
        )
        for standing in statuses
    ]


def _names(statuses: Sequence[ScimProblemStatus]) -> dict[int, str]:
    """What each resource is called: by its last failure, else by any row, else its id."""
    names = {}
    for standing in statuses:
        update = standing.last_failed
        names[standing.pk] = update.resource_user_email or update.resource_group_name
    unnamed = {standing.resource_id for standing in statuses if not names[standing.pk]}
    kinds = (ScimIdentifier.Kind.NAME, ScimIdentifier.Kind.ONLY_NAME)
    known = ScimIdentifier.objects.filter(resource__in=unnamed, kind__in=kinds).order_by("pk")
    by_resource = dict(known.values_list("resource", "value")) if unnamed else {}
    for standing in statuses:
        names[standing.pk] = (
            names[standing.pk] or by_resource.get(standing.resource_id, "") or standing.last_failed.resource_label
        )
    return names


# What is not known


class _Missing:
    """The time of which nothing is known, for each stream that these statuses are of."""

    def __init__(self, statuses: Sequence[ScimProblemStatus], now: datetime) -> None:
        self.now = now
        since: dict[tuple[int, str], datetime] = {}
        for standing in statuses:
            if standing.state in UNANSWERED:
                key, at = _stream_key(standing.problem), standing.last_failed.logged_at
                since[key] = min(at, since.get(key, at))
        streams = _streams(since)
        self.spans = {key: missing_time(streams[key], at, now) for key, at in since.items()}

    def since_last_failure(self, standing: ScimProblemStatus) -> list[Span]:
        after = Span(standing.last_failed.logged_at, max(self.now, standing.last_failed.logged_at))
        return intersect(self.spans[_stream_key(standing.problem)], [after])


def _stream_key(problem: ScimProblem) -> tuple[int, str]:
    return problem.account_id, problem.idp_id


def _streams(keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[Stream]]:
    streams: dict[tuple[int, str], list[Stream]] = defaultdict(list)
    if keys:
        idps = {idp_id for _, idp_id in keys}
        for stream in Stream.objects.filter(log=Log.SCIM_UPDATES, idp_id__in=idps).with_ranges():
            streams[stream.account_id, stream.idp_id].append(stream)
    return streams


def missing_time(streams: Sequence[Stream], since: datetime, now: datetime) -> list[Span]:
    """What is not known of the time since then, without the pause since the last round."""
    return without_pause(coverage_of(streams, Span(since, now)).missing, now) if since < now else []


# Who has stopped trying


def _quiet(statuses: Sequence[ScimProblemStatus], now: datetime) -> set[int]:
    """Which open ones are not tried any more: that is no sign that they are healed."""
    stale = [
        standing
        for standing in statuses
        if standing.state in UNANSWERED and now - standing.last_failed.logged_at >= SHORTEST_QUIET
    ]
    if not stale:
        return set()
    tries: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    failures = ScimUpdate.objects.filter(problem__in={standing.problem_id for standing in stale}).annotate(
        root=Coalesce("resource__same_as", "resource")
    )
    roots = {standing.resource_id for standing in stale}
    rows = failures.filter(root__in=roots).order_by("-logged_at").values_list("problem", "root", "logged_at")
    for problem, root, at in rows[:MOST_TRIES]:
        tries[problem, root].append(at)
    # Of a very long loop of others nothing may be left to look at but the last try.
    alone = {standing.pk: [standing.last_failed.logged_at] for standing in stale}
    of = {standing.pk: tries[standing.problem_id, standing.resource_id] or alone[standing.pk] for standing in stale}
    return {pk for pk, times in of.items() if is_quiet(times, now)}


def count_words(counts: dict[str, int], noun: str) -> str:
    """How many stand where: "1 group is failing, 2 have healed"."""
    parts: list[str] = []
    for states, verbs in _PARTS:
        number = sum(counts.get(state, 0) for state in states)
        if number:
            what = counted(number, noun) if not parts else f"{number:,}"
            parts.append(f"{what} {verbs[number > 1]}")
    return ", ".join(parts)


_PARTS: list[tuple[tuple[State, ...], tuple[str, str]]] = [
    ((State.OPEN, State.REGRESSED), ("is failing", "are failing")),
    ((State.HEALED,), ("has healed", "have healed")),
    ((State.PERHAPS_HEALED,), ("may have healed", "may have healed")),
    ((State.MOVED,), ("fails otherwise now", "fail otherwise now")),
    ((State.DELETED,), ("was deleted", "were deleted")),
]
