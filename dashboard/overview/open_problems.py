"""The SCIM problems that still have failing resources, those with most of them first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from dashboard.overview.figures import Figures
from logsync.health.stream_state import provider_names
from logsync.insight.problem_queries import with_counts
from logsync.models import ScimProblem, ScimProblemStatus
from logsync.scim.history.problem_lifecycle import UNANSWERED, State

MOST = 5


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """A problem whose `resources` fail now, `again` of them after they had healed; `requests` failed in the range.

    `subject` says who asked for what: "Okta · POST USER".
    """

    template: str
    state: str
    subject: str
    resources: int
    again: int
    requests: int
    last: datetime
    href: str
    requests_href: str


def open_problems(figures: Figures, most: int = MOST) -> list[OpenProblem]:
    """The problems with most failing resources."""
    unanswered = ScimProblemStatus.objects.filter(problem__in=figures.problems.values("pk"), state__in=UNANSWERED)
    counts = (
        unanswered.order_by()
        .values_list("problem")
        .annotate(resources=Count("pk"), again=Count("pk", filter=Q(state=State.REGRESSED)))
    )
    ranked = list(counts.order_by("-resources", "-again", "problem")[:most])
    pks = [pk for pk, *_ in ranked]
    shown = with_counts(ScimProblem.objects.filter(pk__in=pks), figures.scope.range.span)
    problems = {problem.pk: problem for problem in shown}
    names = provider_names()
    return [_open_problem(figures, problems[pk], resources, again, names) for pk, resources, again in ranked]


def _open_problem(
    figures: Figures, problem: ScimProblem, resources: int, again: int, names: dict[str, str]
) -> OpenProblem:
    asked = " ".join(filter(None, [problem.request_method, problem.resource_type]))
    return OpenProblem(
        template=problem.template,
        state=State.REGRESSED if again else State.OPEN,
        subject=" · ".join(filter(None, [names.get(problem.idp_id, problem.idp_id), asked])),
        resources=resources,
        again=again,
        requests=problem.requests,  # type: ignore[attr-defined]
        last=problem.last_seen,  # type: ignore[attr-defined]
        href=figures.scope.href("scim:problems", open=problem.key) + f"#{problem.key}",
        requests_href=figures.scope.href("scim:list", problem=problem.key),
    )


def count_open(figures: Figures) -> int:
    """How many problems have failing resources."""
    unanswered = ScimProblemStatus.objects.filter(problem__in=figures.problems.values("pk"), state__in=UNANSWERED)
    return unanswered.order_by().values("problem").distinct().count()
