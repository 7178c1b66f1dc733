"""SCIM failures added up by problem: how many resources each keeps failing now, and how often it failed in a range.

Where a problem stands is as of now, whatever the range; the requests are those of the range.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from dashboard.page.timerange import TimeRange
from logsync.models import ScimProblemStatus, ScimUpdate
from logsync.scim.history.problem_lifecycle import RANK, UNANSWERED, State

# The state of a problem of which no failure names a resource, so that nothing can heal it.
UNNAMED = "unnamed"
HEALED = (State.HEALED, State.PERHAPS_HEALED)

# Of ScimProblem, with what is annotated here.
Problems = QuerySet[Any]


def with_state(problems: Problems) -> Problems:
    """Problems with their `state`: the worst of their resources, or UNNAMED."""
    rank = Case(*(When(state=state, then=Value(rank)) for state, rank in RANK.items()), output_field=IntegerField())
    worst = ScimProblemStatus.objects.filter(problem=OuterRef("pk")).annotate(rank=rank).order_by("rank", "pk")
    found: Problems = problems.annotate(
        state=Coalesce(Subquery(worst.values("state")[:1]), Value(UNNAMED), output_field=TextField())
    )
    return found


def concerning(problems: Problems, range: TimeRange) -> Problems:
    """Those that failed in the range, and those of before its end that are open now."""
    failed = ScimUpdate.objects.filter(problem=OuterRef("pk")).between(range.since, range.until)
    unanswered = ScimProblemStatus.objects.filter(problem=OuterRef("pk"), state__in=UNANSWERED)
    if range.until:
        unanswered = unanswered.filter(first_failed__logged_at__lt=range.until)
    return problems.filter(Exists(failed) | Exists(unanswered))


def with_sums(problems: Problems, range: TimeRange) -> Problems:
    """Problems with what their row says.

    `open_resources` and `healed_resources` are as of now. `requests` failed in the range, `unnamed_requests` of them
    name no resource. `first_seen` and `last_seen` are the ends of all that is on record.
    """
    statuses = ScimProblemStatus.objects.filter(problem=OuterRef("pk"))
    failures = ScimUpdate.objects.filter(problem=OuterRef("pk"))
    inside = failures.between(range.since, range.until)
    found: Problems = problems.annotate(
        open_resources=_count(statuses.filter(state__in=UNANSWERED)),
        healed_resources=_count(statuses.filter(state__in=HEALED)),
        requests=_count(inside),
        unnamed_requests=_count(inside.filter(resource=None)),
        first_seen=_end(failures, "logged_at"),
        last_seen=_end(failures, "-logged_at"),
    )
    return found


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("problem").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def _end(failures: QuerySet[ScimUpdate], order: str) -> Subquery:
    return Subquery(failures.order_by(order).values("logged_at")[:1])


def in_order(problems: Problems, sort: str) -> Problems:
    """Sorted by a column; equal ones with the worst, then the newest, first."""
    rank = Case(
        *(When(state=state, then=Value(rank)) for state, rank in RANK.items()),
        default=Value(len(RANK)),
        output_field=IntegerField(),
    )
    by = {"state": "rank", "-state": "-rank"}.get(sort, sort)
    found: Problems = problems.annotate(rank=rank).order_by(by, "rank", "-last_seen", "pk")
    return found


def open_resources(problems: Problems) -> int:
    """How many different resources these problems keep failing now."""
    unanswered = ScimProblemStatus.objects.filter(problem__in=problems.values("pk"), state__in=UNANSWERED)
    return unanswered.order_by().values("resource").distinct().count()


def open_since(problems: Problems) -> dict[tuple[int, str], datetime]:
    """For each account and provider the earliest last failure of what is open: a success since then that is not on
    record would have healed it."""
    unanswered = ScimProblemStatus.objects.filter(problem__in=problems.values("pk"), state__in=UNANSWERED)
    ends = (
        unanswered.order_by().values_list("problem__account", "problem__idp_id").annotate(Min("last_failed__logged_at"))
    )
    return {(account, idp_id): at for account, idp_id, at in ends}
