"""The card of the SCIM problems that still have failing resources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.overview.figures import Figures
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import ROW_ANCHOR
from logsync.insight.problem_queries import count_open, most_failing, with_counts
from logsync.models import IdentityProvider, Log, ScimProblem
from logsync.scim.history.problem_lifecycle import State

MOST = 5


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """A problem. `resources` fail now, `again` of them after they had healed; `requests` failed in the range.

    `subject` says which provider sends what: "Okta · POST USER".
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


@dataclass(frozen=True, slots=True)
class OpenProblems:
    """The problems with most failing resources, how many more there are, and what is known of the SCIM log.

    `as_of` says as of when, blank for now.
    """

    rows: list[OpenProblem]
    more: int
    line: CoverageLine
    as_of: str = ""


def open_problems(figures: Figures) -> OpenProblems:
    """The problems that the card shows."""
    past = figures.past
    ranked = most_failing(figures.problems, MOST, past)
    shown = with_counts(ScimProblem.objects.filter(pk__in=[pk for pk, *_ in ranked]), figures.scope.range.span, past)
    problems = {problem.pk: problem for problem in shown}
    names = IdentityProvider.objects.names()
    rows = [_open_problem(figures, problems[pk], resources, again, names) for pk, resources, again in ranked]
    more = max(count_open(figures.problems, past) - len(rows), 0)
    as_of = f"as of {figures.scope.moment(past.at)}" if past else ""
    return OpenProblems(rows, more, figures.scope.lines[Log.SCIM_UPDATES], as_of)


def _open_problem(
    figures: Figures, problem: ScimProblem, resources: int, again: int, names: dict[tuple[int, str], str]
) -> OpenProblem:
    request = " ".join(filter(None, [problem.request_method, problem.resource_type]))
    provider = names.get((problem.account_id, problem.idp_id), problem.idp_id)
    return OpenProblem(
        template=problem.template,
        state=State.REGRESSED if again else State.OPEN,
        subject=" · ".join(filter(None, [provider, request])),
        resources=resources,
        again=again,
        requests=problem.requests,  # type: ignore[attr-defined]
        last=problem.last_seen,  # type: ignore[attr-defined]
        href=figures.scope.href("scim:problems", open=problem.key) + f"#{ROW_ANCHOR}-{problem.key}",
        requests_href=figures.scope.href("scim:list", problem=problem.key),
    )
