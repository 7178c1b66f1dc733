"""The links that choose a state, and the count of ignored problems below the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from dashboard.scim.problems.filters import IGNORED, STATES, ProblemFilter
from logsync.insight.problem_queries import HEALED
from logsync.scim.history.problem_lifecycle import State


@dataclass(frozen=True, slots=True)
class Segment:
    """A state to choose: its word, how many problems are in it, and its link."""

    word: str
    count: int
    href: str
    is_chosen: bool


def count_states(filterset: ProblemFilter) -> Counter[tuple[str, bool]]:
    """How many problems are in each state, by whether they are ignored."""
    problems: Any = filterset.rows_without("state")
    rows = problems.order_by().values_list("state", "is_ignored")
    return Counter({(state, is_ignored): number for state, is_ignored, number in rows.annotate(number=Count("pk"))})


def segments_of(filterset: ProblemFilter, counts: Counter[tuple[str, bool]]) -> list[Segment]:
    """The states to choose from. Empty ones are left out unless people look for them."""
    chosen = [value for value in filterset.data.getlist("state") if value]
    address = filterset.query_string
    others = sum(n for (_, is_ignored), n in counts.items() if not is_ignored)
    segments = [Segment("All", others, address.replacing(state=None), not chosen)]
    for name, word in STATES[:-1]:
        number = _number(name, counts)
        if number or name in ("open", "regressed", "healed"):
            segments.append(Segment(word, number, address.replacing(state=name), chosen == [name]))
    return segments


def _number(name: str, counts: Counter[tuple[str, bool]]) -> int:
    if name == IGNORED:
        return sum(n for (_, is_ignored), n in counts.items() if is_ignored)
    states = HEALED if name == "healed" else (name,)
    return sum(counts[state, False] for state in states)


@dataclass(frozen=True, slots=True)
class Ignored:
    """How many ignored problems are hidden, how many of those regressed, and the link that shows them."""

    count: int
    regressed: int
    href: str


def ignored_of(filterset: ProblemFilter, counts: Counter[tuple[str, bool]]) -> Ignored | None:
    """The ignored problems; None if there are none, or if the list shows them."""
    number = _number(IGNORED, counts)
    if not (number and filterset.is_default_in_force):
        return None
    return Ignored(number, counts[State.REGRESSED, True], filterset.query_string.replacing(state=IGNORED))
