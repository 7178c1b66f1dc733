"""What is said of the states of problems, and as of when: states change, and a range may lie in the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from dashboard.page.wording import exact_moment
from logsync.insight.past_problems import PastProblems, past_problems
from logsync.scim.history.problem_lifecycle import State
from logsync.words import counted, rfc3339


@dataclass(frozen=True, slots=True)
class StateMoment:
    """As of when states are told: of `past`, or as of now if that is None.

    `asked` is the end of a range in the past; None if the range reaches to now. If states as of then could not be
    worked out, they are as of now although a past moment was asked for.
    """

    asked: datetime | None = None
    past: PastProblems | None = None

    @property
    def words(self) -> str:
        """The sentence about it."""
        if self.asked is None:
            return "States are as of now."
        if self.past is None:
            end = exact_moment(self.asked)
            return f"States are as of now, not as of the range’s end ({end}): too much has happened since then."
        return f"States are as of {exact_moment(self.past.at)}, the end of the range; later requests are left out."

    def failing(self, resources: int) -> str:
        """How many resources are failing, or were then."""
        if self.past is None:
            return f"{counted(resources, 'resource is', 'resources are')} failing now"
        were = counted(resources, "resource was", "resources were")
        return f"{were} failing at {exact_moment(self.past.at)}"

    def counts(self, counts: Mapping[str, int], noun: str) -> str:
        """How many resources are, or were, in which state: "1 group is failing, 2 have healed"."""
        parts: list[str] = []
        for states, now, then in _VERBS:
            number = sum(counts.get(state, 0) for state in states)
            if number:
                what = f"{number:,}" if parts else counted(number, noun)
                parts.append(f"{what} {(then if self.past else now)[number > 1]}")
        return ", ".join(parts)

    @property
    def query(self) -> str:
        """What asks a page about one problem for the same moment; blank for now."""
        return urlencode({"until": rfc3339(self.past.at, "auto")}) if self.past else ""

    @property
    def failing_column(self) -> str:
        """The heading of the number of failing resources."""
        return "Failing now" if self.past is None else "Failing then"


# States, and the verbs for one resource and for several, now and then.
_VERBS: list[tuple[tuple[State, ...], tuple[str, str], tuple[str, str]]] = [
    ((State.OPEN, State.REGRESSED), ("is failing", "are failing"), ("was failing", "were failing")),
    ((State.HEALED,), ("has healed", "have healed"), ("had healed", "had healed")),
    ((State.PERHAPS_HEALED,), ("may have healed", "may have healed"), ("may have healed", "may have healed")),
    (
        (State.MOVED,),
        ("fails with another error now", "fail with another error now"),
        ("failed with another error", "failed with another error"),
    ),
    ((State.DELETED,), ("was deleted", "were deleted"), ("had been deleted", "had been deleted")),
]

NOW = StateMoment()


def moment_of(until: datetime | None, now: datetime) -> StateMoment:
    """As of when states are told for a range that ends at `until`."""
    if until is None or until >= now:
        return NOW
    return StateMoment(until, past_problems(until))
