"""All that is shown of one SCIM problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from dashboard.page.badges import PROBLEM_BADGES, problem_badge, template_text
from dashboard.page.links import problem_href, updates_href
from dashboard.scim.problems.notes import LONGEST_NOTE, Act
from dashboard.scim.problems.resources import ResourceLine, count_words, lines_of, worst_first
from dashboard.scim.problems.ticket import MOST_LISTED, ticket_text
from logsync.insight.problem_queries import HEALED, with_state
from logsync.insight.update_descriptions import read_intents
from logsync.models import IdentityProvider, ScimProblem, ScimProblemStatus, ScimUpdate
from logsync.scim.description import Intent
from logsync.scim.fingerprint import looks_alike
from logsync.scim.history.problem_lifecycle import UNANSWERED, State

# So many resources are shown on the page of a problem, and so many where it unfolds in the list.
MOST_RESOURCES = 200
FEW_RESOURCES = 20
MOST_ALIKE = 5
MOST_COMPARED = 1000

# What the parameter `state` of the page asks for.
CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "failing": ("Failing now", tuple(UNANSWERED)),
    "healed": ("Healed", HEALED),
    "moved": ("Moved", (State.MOVED,)),
    "deleted": ("Deleted", (State.DELETED,)),
}


def problem_named(key: str) -> ScimProblem | None:
    """The problem of a key, with its state."""
    return with_state(ScimProblem.objects.select_related("account").filter(key=key)).first()


def problem_detail(problem: Any, asked: str, address: str, most: int = MOST_RESOURCES) -> dict[str, Any]:
    """One problem with at most so many of its resources, those of one of CHOICES if it is asked for.

    `address` is its whole address, for the ticket.
    """
    counts = Counter(dict(problem.statuses.order_by().values_list("state").annotate(Count("pk"))))
    statuses = ScimProblemStatus.objects.filter(problem=problem)
    if asked in CHOICES:
        statuses = statuses.filter(state__in=CHOICES[asked][1])
    lines = lines_of(worst_first(statuses)[:most], timezone.now())
    newest = problem.updates.first()
    provider = IdentityProvider.objects.filter(account=problem.account, idp_id=problem.idp_id).first()
    noun = {"USER": "user", "GROUP": "group"}.get(problem.resource_type, "resource")
    detail = {
        "key": problem.key,
        "problem": problem,
        "href": problem_href(problem),
        "template": template_text(problem.template),
        "badge": problem_badge(problem.state),
        "provider": provider,
        "noun": noun,
        "counts": count_words(counts, noun),
        "choices": _choices(problem, counts, asked),
        "lines": lines,
        "resources": counts.total(),
        "shown_of": sum(counts[state] for state in (CHOICES[asked][1] if asked in CHOICES else counts)),
        "newest": newest,
        "intent": _brief_intent(newest) if newest else None,
        "requests": problem.updates.count(),
        "unnamed": problem.updates.filter(resource=None).count(),
        "rows_href": updates_href(problem=problem.key),
        "alike": [(template_text(other.template), problem_href(other)) for other in _alike(problem)],
        "notes": list(problem.notes.all()),
        "acts": Act,
        "longest_note": LONGEST_NOTE,
        "session_setting": _session_setting(provider),
    }
    failing = sum(counts[state] for state in UNANSWERED)
    if failing and asked in CHOICES and asked != "failing":
        lines = lines_of(worst_first(problem.statuses.filter(state__in=UNANSWERED))[:MOST_LISTED], timezone.now())
    return detail | {"ticket": _ticket(problem, detail, lines, failing, address)}


def _brief_intent(update: ScimUpdate) -> Intent:
    intent = read_intents([update])[update.pk]
    return intent.brief or intent


def _choices(problem: ScimProblem, counts: Counter[str], asked: str) -> list[tuple[str, int, str, bool]]:
    """Word, count, address and whether it is chosen, for all and for each state that there is."""
    href = problem_href(problem)
    choices = [("All", counts.total(), href, asked not in CHOICES)]
    for name, (word, states) in CHOICES.items():
        if number := sum(counts[state] for state in states):
            choices.append((word, number, f"{href}?state={name}", asked == name))
    return choices


def _alike(problem: ScimProblem) -> list[ScimProblem]:
    """Problems of the same kind of request whose words are nearly the same; a suggestion, nothing more."""
    same: QuerySet[ScimProblem] = ScimProblem.objects.filter(
        account=problem.account, resource_type=problem.resource_type, request_method=problem.request_method
    )
    others = same.exclude(pk=problem.pk).order_by("-pk")[:MOST_COMPARED]
    return [other for other in others if looks_alike(problem.template, other.template)][:MOST_ALIKE]


def _session_setting(provider: IdentityProvider | None) -> str:
    """Whether sessions end when SCIM deactivates a user, as far as Cloudflare said."""
    if provider is None or provider.user_deprovision is None:
        return "unknown"
    return "on" if provider.user_deprovision else "off"


def _ticket(problem: Any, detail: dict[str, Any], lines: Sequence[ResourceLine], failing: int, address: str) -> str:
    newest = detail["newest"]
    word = PROBLEM_BADGES.get(problem.state, (problem.state, "", ""))[0]
    return ticket_text(
        template=problem.template,
        kind=f"{problem.request_method} {problem.resource_type}",
        provider=str(detail["provider"] or problem.idp_id),
        state=f"{word}, ignored" if problem.is_ignored else word,
        counts=detail["counts"],
        error=newest.error_description if newest else "",
        lines=lines,
        failing=failing,
        href=address,
    )


def is_known_choice(asked: str) -> bool:
    """Whether the page knows this value of `state`."""
    return asked in ("", *CHOICES)
