"""Questions about SCIM problems: where each stands, how many resources it keeps failing, and how often it failed.

State is as of now, whatever the span, or as of the moment of `past`; requests are counted in the span.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    Field,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from logsync.insight.past_problems import PastProblems
from logsync.models import ScimProblem, ScimProblemStatus, ScimUpdate
from logsync.scim.fingerprint import looks_alike
from logsync.scim.history.problem_lifecycle import RANK, UNANSWERED, ProblemStatus, State
from logsync.spans import END, Span

# The state of a problem whose failures name no resource, so that no later success can be matched to one.
UNNAMED = "unnamed"
HEALED = (State.HEALED, State.PERHAPS_HEALED)
# To find similar problems, compare with no more than this many of the newest, and give no more than this many.
MOST_COMPARED, MOST_SIMILAR = 1000, 5

# Of ScimProblem, with the annotations that the functions below add.
Problems = QuerySet[Any]


def with_state(problems: Problems, past: PastProblems | None = None) -> Problems:
    """Add `state`: the worst state of the problem's resources, or UNNAMED."""
    worst = ScimProblemStatus.objects.filter(problem=OuterRef("pk")).annotate(rank=state_rank()).order_by("rank", "pk")
    now = Coalesce(Subquery(worst.values("state")[:1]), Value(UNNAMED), output_field=TextField())
    then = past.by_state(UNNAMED) if past else {}
    found: Problems = problems.annotate(state=_then(then, now, TextField()))
    return found


def _then(then: Mapping[Any, Collection[int]], now: Any, field: Field[Any, Any]) -> Any:
    """A value as of then, where problems have another one than now."""
    whens = [When(pk__in=problems, then=Value(value)) for value, problems in then.items()]
    return Case(*whens, default=now, output_field=field) if whens else now


def state_rank() -> Case:
    """The rank of `state`, 0 for the worst; UNNAMED comes last."""
    ranks = [When(state=state, then=Value(rank)) for state, rank in RANK.items()]
    return Case(*ranks, default=Value(len(RANK)), output_field=IntegerField())


def failed_or_open(problems: Problems, span: Span, past: PastProblems | None = None) -> Problems:
    """Problems that failed in the span, and those that first failed before its end and are, or were then, open."""
    failed = ScimUpdate.objects.filter(problem=OuterRef("pk")).between(*span)
    unanswered = ScimProblemStatus.objects.filter(problem=OuterRef("pk"), state__in=UNANSWERED)
    if span.until != END:
        unanswered = unanswered.filter(first_failed__logged_at__lt=span.until)
    if past is None:
        return problems.filter(Exists(failed) | Exists(unanswered))
    open_then = [pk for number, pks in past.by_count(UNANSWERED).items() if number for pk in pks]
    stayed = ~Q(pk__in=past.problems) & Exists(unanswered)
    return problems.filter(Exists(failed) | Q(pk__in=open_then) | stayed)


def with_counts(problems: Problems, span: Span, past: PastProblems | None = None) -> Problems:
    """Add the numbers of each problem.

    `open_resources` and `healed_resources` are as of now, or then. `requests` counts the failures in the span, and
    `unnamed_requests` those of them that name no resource. `first_seen` and `last_seen` look at everything stored, or
    at everything before then.
    """
    statuses = ScimProblemStatus.objects.filter(problem=OuterRef("pk"))
    failures = ScimUpdate.objects.filter(problem=OuterRef("pk")).between(None, past.at if past else None)
    inside = failures.between(*span)
    open_then, healed_then = (past.by_count(UNANSWERED), past.by_count(HEALED)) if past else ({}, {})
    found: Problems = problems.annotate(
        open_resources=_then(open_then, _count(statuses.filter(state__in=UNANSWERED)), IntegerField()),
        healed_resources=_then(healed_then, _count(statuses.filter(state__in=HEALED)), IntegerField()),
        requests=_count(inside),
        unnamed_requests=_count(inside.filter(resource=None)),
        first_seen=Subquery(failures.order_by("logged_at").values("logged_at")[:1]),
        last_seen=Subquery(failures.order_by("-logged_at").values("logged_at")[:1]),
    )
    return found


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("problem").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def sort_by(problems: Problems, column: str) -> Problems:
    """Sort by a column, descending with a leading "-"; ties: worst state first, then newest."""
    by = {"state": "rank", "-state": "-rank"}.get(column, column)
    found: Problems = problems.annotate(rank=state_rank()).order_by(by, "rank", "-last_seen", "pk")
    return found


def count_open_resources(problems: Problems, past: PastProblems | None = None) -> int:
    """How many different resources these problems keep failing now, or kept failing then."""
    stayed = unanswered(problems, past).values("resource").distinct().count()
    return stayed + len({resource for _, resource, _ in _open_then(problems, past)})


def unanswered_since(problems: Problems, past: PastProblems | None = None) -> dict[tuple[int, str], datetime]:
    """For each account and provider, when what is open failed last; of several resources, the earliest.

    If data since that moment is missing, a success that healed one of them may be missing too.
    """
    by_provider = unanswered(problems, past).values_list("problem__account", "problem__idp_id")
    ends = by_provider.annotate(Min("last_failed__logged_at"))
    since = {(account, idp_id): at for account, idp_id, at in ends}
    then = _open_then(problems, past)
    found = ScimProblem.objects.filter(pk__in={problem for problem, _, _ in then}) if then else ()
    key_of = {problem.pk: (problem.account_id, problem.idp_id) for problem in found}
    for problem, _, status in then:
        key, at = key_of[problem], status.last_failed.at
        since[key] = min(at, since.get(key, at))
    return since


def _open_then(problems: Problems, past: PastProblems | None) -> list[tuple[int, int, ProblemStatus]]:
    """What was open in a past that differs from now: problem, resource and status."""
    if past is None:
        return []
    return past.unanswered(problems.filter(pk__in=past.problems).values_list("pk", flat=True))


def count_open(problems: Problems, past: PastProblems | None = None) -> int:
    """How many of these problems have resources that still fail, or failed then."""
    if past is None:
        return unanswered(problems).values("problem").distinct().count()
    stayed = problems.exclude(pk__in=past.problems)
    return count_open(stayed) + len(_failing_then(problems, past))


def most_failing(problems: Problems, most: int, past: PastProblems | None = None) -> list[tuple[int, int, int]]:
    """The problems with most failing resources: primary key, how many fail, and how many of these failed again."""
    stayed = problems.exclude(pk__in=past.problems) if past else problems
    counts = (
        unanswered(stayed)
        .values_list("problem")
        .annotate(resources=Count("pk"), again=Count("pk", filter=Q(state=State.REGRESSED)))
    )
    found = list(counts.order_by("-resources", "-again", "problem")[:most])
    if past:
        found += _failing_then(problems, past)
    return sorted(found, key=lambda one: (-one[1], -one[2], one[0]))[:most]


def _failing_then(problems: Problems, past: PastProblems) -> list[tuple[int, int, int]]:
    """Those of the problems that stood otherwise then, and had failing resources: as `most_failing` gives them."""
    counts = [
        (pk, sum(past.counts[pk][state] for state in UNANSWERED), past.counts[pk][State.REGRESSED])
        for pk in problems.filter(pk__in=past.problems).values_list("pk", flat=True)
    ]
    return [one for one in counts if one[1]]


def unanswered(problems: Problems, past: PastProblems | None = None) -> QuerySet[ScimProblemStatus]:
    """Where the resources stand that these problems keep failing now, in no order.

    With a `past`, only the resources that stand as they did then.
    """
    statuses = ScimProblemStatus.objects.filter(problem__in=problems.values("pk"), state__in=UNANSWERED).order_by()
    return statuses.exclude(resource__in=past.resources) if past else statuses


def similar_problems(problem: ScimProblem) -> list[ScimProblem]:
    """Problems of the same kind of request with nearly the same words; only a suggestion."""
    others = ScimProblem.objects.exclude(pk=problem.pk).filter(
        account=problem.account, resource_type=problem.resource_type, request_method=problem.request_method
    )
    newest = others.order_by("-pk")[:MOST_COMPARED]
    return [other for other in newest if looks_alike(problem.template, other.template)][:MOST_SIMILAR]
