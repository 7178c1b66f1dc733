"""One SCIM problem, on its own page or unfolded in the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Count, Min, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from dashboard.lists.events.body import Body, render_body
from dashboard.lists.events.resource_lines import ResourceLine, lines_of
from dashboard.lists.export import ExportLinks
from dashboard.page.badges import IGNORED_BADGE, problem_badge, problem_word, template_text
from dashboard.page.links import problem_href, updates_href
from dashboard.page.query_string import QueryString
from dashboard.scim.problems.notes import LONGEST_NOTE
from dashboard.scim.problems.state_moment import NOW, StateMoment
from dashboard.scim.problems.ticket import MOST_LISTED, ticket_text
from logsync.insight.past_problems import PastProblems, past_statuses
from logsync.insight.problem_queries import HEALED, similar_problems, with_state
from logsync.insight.problem_repeats import Repeats, repeats_of
from logsync.insight.problem_resources import worst_first
from logsync.insight.session_revocation import revokes_on_deprovisioning
from logsync.insight.update_descriptions import describe_all_briefly
from logsync.models import IdentityProvider, ProblemNote, ScimProblem, ScimUpdate
from logsync.models.directory import provider_name
from logsync.scim.advice import Advice, advice_on, vendor_of
from logsync.scim.history.problem_lifecycle import UNANSWERED, State
from logsync.words import every, rfc3339

# How many resources the page of a problem shows, and how many it shows where it unfolds in the list.
MOST_RESOURCES = 200
FEW_RESOURCES = 20

# The values of the page's parameter `state`: a word, and the states it stands for.
CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "failing": ("Failing now", tuple(UNANSWERED)),
    "healed": ("Healed", HEALED),
    "moved": ("Moved", (State.MOVED,)),
    "deleted": ("Deleted", (State.DELETED,)),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to the resources in some of the states, and how many there are."""

    word: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """What `template` shows of one problem.

    `lines` are the first of `shown_of` resources in the chosen state, and `resources` counts those in any state;
    `counts` says in words how many are in which. `requests` and `unnamed` count the failures, and those that name no
    resource; `rows_href` lists them. `repeats` is how regularly they fail, None if they don't. `newest` is the newest
    failure, `words` say what it requested, and `body` is what it sent. `advice` is from public documentation, None if
    there is none on such an error. `alike` are similar problems with their pages.
    """

    template: ClassVar[str] = "scim/problems/detail.html"
    longest_note: ClassVar[int] = LONGEST_NOTE

    problem: ScimProblem
    badge: SafeString
    provider: IdentityProvider | None
    noun: str
    counts: str
    choices: list[Choice]
    lines: list[ResourceLine]
    resources: int
    shown_of: int
    newest: ScimUpdate | None
    words: str
    body: Body
    requests: int
    unnamed: int
    first_failed: datetime | None
    repeats: Repeats | None
    advice: Advice | None
    moment: StateMoment
    alike: list[tuple[SafeString, str]]
    notes: list[ProblemNote]
    ticket: str

    @property
    def key(self) -> str:
        return self.problem.key

    @property
    def href(self) -> str:
        return problem_href(self.problem)

    @property
    def body_href(self) -> str:
        """The whole of that body as text; blank if there is none."""
        return reverse("scim:body", args=[self.newest.key.hex]) if self.newest and self.newest.request_body else ""

    @property
    def export(self) -> ExportLinks:
        """All its resources, in any state, as CSV or JSON."""
        return ExportLinks.of("scim:problem-csv", QueryString(QueryDict(self.moment.query)), args=[self.key])

    @property
    def rows_href(self) -> str:
        past = self.moment.past
        until = {"until": rfc3339(past.at, "auto")} if past else {}
        return updates_href(problem=self.problem.key, **until)

    @property
    def provider_name(self) -> str:
        """Who sent the requests."""
        return provider_name(self.provider, self.problem.idp_id)

    @property
    def rhythm(self) -> str:
        """How regularly each resource fails, in words: "about every 40 minutes"; blank if it isn't regular."""
        if self.repeats is None:
            return ""
        lately = "" if self.repeats.is_throughout else "lately "
        return f"{lately}about {every(self.repeats.pause)}{' for each' if self.resources > 1 else ''}"

    @property
    def error_template(self) -> SafeString:
        return template_text(self.problem.template)

    @property
    def session_setting(self) -> str:
        """Whether sessions end when SCIM deactivates a user: on, off or unknown."""
        return revokes_on_deprovisioning(self.provider)


def problem_named(key: str, past: PastProblems | None = None) -> ScimProblem | None:
    """The problem with this key and its state, now or then; None if there is none."""
    return with_state(ScimProblem.objects.select_related("account").filter(key=key), past).first()


def problem_detail(
    problem: Any, chosen: str, url: str, most: int = MOST_RESOURCES, moment: StateMoment = NOW
) -> ProblemDetail:
    """A problem with at most `most` of its resources; only those in the chosen state if `chosen` is one of CHOICES.

    `url` is the whole address of the problem's page, for the ticket. All of it is as of `moment`.
    """
    counts = _counts(problem, moment.past)
    lines = _lines(problem, CHOICES[chosen][1] if chosen in CHOICES else tuple(State), most, moment.past)
    failures = problem.updates.between(None, moment.past.at if moment.past else None)
    newest = failures.first()
    sums = failures.aggregate(
        requests=Count("pk"), unnamed=Count("pk", filter=Q(resource=None)), first=Min("logged_at")
    )
    provider = IdentityProvider.objects.filter(account=problem.account, idp_id=problem.idp_id).first()
    noun = {"USER": "user", "GROUP": "group"}.get(problem.resource_type, "resource")
    in_words = moment.counts(counts, noun)
    failing = sum(counts[state] for state in UNANSWERED)
    return ProblemDetail(
        problem=problem,
        badge=problem_badge(problem.state, is_ignored=problem.is_ignored),
        provider=provider,
        noun=noun,
        counts=in_words,
        choices=_choices(problem, counts, chosen, moment),
        lines=lines,
        resources=counts.total(),
        shown_of=sum(counts[state] for state in (CHOICES[chosen][1] if chosen in CHOICES else counts)),
        newest=newest,
        body=render_body(newest.request_body if newest else ""),
        words=describe_all_briefly([newest])[newest.pk] if newest else "",
        requests=sums["requests"],
        unnamed=sums["unnamed"],
        first_failed=sums["first"],
        repeats=repeats_of(failures, problem.statuses.none() if moment.past else problem.statuses),
        advice=_advice(problem, provider),
        moment=moment,
        alike=[(template_text(other.template), problem_href(other)) for other in similar_problems(problem)],
        notes=list(problem.notes.all()),
        ticket=_ticket(
            problem,
            provider_name(provider, problem.idp_id),
            in_words,
            newest,
            _failing_lines(problem, chosen, lines, moment.past) if failing else [],
            failing,
            moment.words if moment.past else "",
            url,
        ),
    )


def _advice(problem: ScimProblem, provider: IdentityProvider | None) -> Advice | None:
    vendor = vendor_of(provider.type, provider.name) if provider else None
    return advice_on(problem.template, problem.request_method, problem.resource_type, vendor)


def _counts(problem: ScimProblem, past: PastProblems | None) -> Counter[str]:
    """How many resources are, or were then, in each state."""
    if past and problem.pk in past.counts:
        return past.counts[problem.pk]
    return Counter(dict(problem.statuses.order_by().values_list("state").annotate(Count("pk"))))


def _lines(problem: ScimProblem, states: Sequence[str], most: int, past: PastProblems | None) -> list[ResourceLine]:
    """The first resources in some states, worst first."""
    if past:
        found = [status for status in past_statuses(past, problem.pk) if status.state in states]
        return lines_of(found[:most], past.at, is_past=True, with_members=True)
    found_now = worst_first(problem.statuses.filter(state__in=states))[:most]
    return lines_of(found_now, timezone.now(), with_members=True)


def _failing_lines(
    problem: ScimProblem, chosen: str, lines: list[ResourceLine], past: PastProblems | None
) -> list[ResourceLine]:
    """Lines that begin with the failing resources: those of the page, unless it shows resources in another state."""
    if chosen not in CHOICES or chosen == "failing":
        return lines
    return _lines(problem, tuple(UNANSWERED), MOST_LISTED, past)


def _choices(problem: ScimProblem, counts: Counter[str], chosen: str, moment: StateMoment) -> list[Choice]:
    """A link for all resources, and one for each state that any is in."""
    href = problem_href(problem)
    every = f"{href}?{moment.query}" if moment.query else href
    choices = [Choice("All", counts.total(), every, is_chosen=chosen not in CHOICES)]
    for name, (word, states) in CHOICES.items():
        if number := sum(counts[state] for state in states):
            query = "&".join(filter(None, [f"state={name}", moment.query]))
            choices.append(Choice(word, number, f"{href}?{query}", is_chosen=chosen == name))
    return choices


def _ticket(
    problem: Any,
    provider: str,
    counts: str,
    newest: ScimUpdate | None,
    lines: Sequence[ResourceLine],
    failing: int,
    as_of: str,
    url: str,
) -> str:
    word = problem_word(problem.state)
    return ticket_text(
        template=problem.template,
        kind=f"{problem.request_method} {problem.resource_type}",
        provider=provider,
        state=f"{IGNORED_BADGE[0]} ({word.lower()})" if problem.is_ignored else word,
        counts=counts,
        error=newest.error_description if newest else "",
        lines=lines,
        failing=failing,
        as_of=as_of,
        href=url,
    )


def is_known_choice(chosen: str) -> bool:
    """Whether the page knows this value of `state`."""
    return chosen in ("", *CHOICES)
