"""Where SCIM problems stood at a moment in the past.

What is stored is where they stand now. That follows from the updates of each resource, and so does where they stood
then; only resources with a status that later updates may have changed are worked out again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from logsync.derived.scim_problems import statuses_of, updates_of
from logsync.models import ScimProblemStatus, ScimUpdate
from logsync.scim.history.problem_lifecycle import RANK, UNANSWERED, ProblemStatus, State, worst

# If more resources, or more of their updates, would have to be gone through, nothing is said of the past.
MOST_RESOURCES, MOST_UPDATES = 1000, 20_000


@dataclass(frozen=True, slots=True)
class PastProblems:
    """Where problems stood at `at`, as far as it differs from where they stand now, or may.

    `statuses` has those of the resources that were worked out again, `resources`, by problem and resource. `counts`
    says of each of their problems how many resources, also of the others, were in which state.
    """

    at: datetime
    resources: frozenset[int]
    statuses: Mapping[tuple[int, int], ProblemStatus]
    counts: Mapping[int, Counter[str]]

    @property
    def problems(self) -> frozenset[int]:
        return frozenset(self.counts)

    def by_state(self, otherwise: str) -> dict[str, list[int]]:
        """The problems in each state: the worst of their resources', or `otherwise` without any."""
        found: dict[str, list[int]] = defaultdict(list)
        for problem, counts in self.counts.items():
            found[worst(map(State, +counts)) if +counts else otherwise].append(problem)
        return found

    def by_count(self, states: Iterable[str]) -> dict[int, list[int]]:
        """The problems by how many of their resources are in these states."""
        found: dict[int, list[int]] = defaultdict(list)
        for problem, counts in self.counts.items():
            found[sum(counts[state] for state in states)].append(problem)
        return found

    def unanswered(self, problems: Iterable[int]) -> list[tuple[int, int, ProblemStatus]]:
        """Problem, resource and status of what was open or regressed, of the resources that were worked out again."""
        wanted = set(problems)
        return [
            (problem, resource, status)
            for (problem, resource), status in self.statuses.items()
            if problem in wanted and status.state in UNANSWERED
        ]


def past_problems(at: datetime) -> PastProblems | None:
    """Where problems stood at a moment; None if too much has happened since to work it out for a page."""
    later = Q()
    for name in ("first_failed", "last_failed", "proof", "other_success"):
        later |= Q(**{f"{name}__logged_at__gte": at})
    changed = ScimProblemStatus.objects.filter(later).order_by().values_list("resource", flat=True).distinct()
    resources = frozenset(changed[: MOST_RESOURCES + 1])
    if len(resources) > MOST_RESOURCES:
        return None
    before = updates_of(resources).filter(logged_at__lt=at).order_by()
    if before.values("pk")[: MOST_UPDATES + 1].count() > MOST_UPDATES:
        return None
    found = statuses_of(resources, until=at) if resources else {}
    statuses = {(int(one.problem), root): one for root, all_of in found.items() for one in all_of}
    return PastProblems(at, resources, statuses, _counts(resources, statuses))


def _counts(resources: frozenset[int], statuses: Mapping[tuple[int, int], ProblemStatus]) -> dict[int, Counter[str]]:
    now = ScimProblemStatus.objects.filter(resource__in=resources).order_by()
    problems = set(now.values_list("problem", flat=True)) | {problem for problem, _ in statuses}
    counts: dict[int, Counter[str]] = {problem: Counter() for problem in problems}
    for (problem, _), status in statuses.items():
        counts[problem][status.state] += 1
    others = ScimProblemStatus.objects.filter(problem__in=problems).exclude(resource__in=resources).order_by()
    for problem, state, number in others.values_list("problem", "state").annotate(Count("pk")):
        counts[problem][state] += number
    return counts


def past_statuses(past: PastProblems, problem: int) -> list[ScimProblemStatus]:
    """Where every resource of a problem stood then, worst first, then newest; none of it is to be saved."""
    names = ("first_failed", "last_failed", "proof", "other_success")
    unchanged = ScimProblemStatus.objects.filter(problem=problem).exclude(resource__in=past.resources)
    found = list(unchanged.select_related(*names, "problem"))
    own = [(root, status) for (other, root), status in past.statuses.items() if other == problem]
    wanted = {row.id for _, status in own for name in names if (row := getattr(status, name))}
    updates = ScimUpdate.objects.in_bulk(wanted)
    for number, (root, status) in enumerate(own, 1):
        rows = {name: updates.get(row.id) if (row := getattr(status, name)) else None for name in names}
        # What is stored has other keys.
        past_one = ScimProblemStatus(pk=-number, problem_id=problem, resource_id=root, state=status.state, **rows)
        past_one.tries = status.tries
        found.append(past_one)
    return sorted(found, key=lambda one: (RANK[State(one.state)], -one.last_failed.logged_at.timestamp(), one.pk))
