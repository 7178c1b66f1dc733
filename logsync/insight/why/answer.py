"""What can be said of a login: each policy, each rule, whether it was met, and by what that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logsync.cloudflare.policies import Policy, Rule
from logsync.insight.why.facts import AppPolicies, Change


class Result(StrEnum):
    """Whether something was met; the words are those of the JSON."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """What a result is known by, from the strongest to the weakest: the login’s own row, something older, nothing."""

    ROW = "row"
    OLDER = "older"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule of a policy or a rule group.

    `list` is include, require or exclude; `result` is that of the rule itself, also in exclude, where a rule that is
    met counts against the policy. `seen` is the value that was compared, blank if there was none; `where` says in a
    word or two where it comes from ("login", "last seen identity", "SCIM", "list"), and `at` of when that is.
    `reason` says why it is unknown. `parts` are the rules of a rule group.
    """

    list: str
    rule: Rule
    result: Result
    source: Source
    seen: str = ""
    where: str = ""
    at: datetime | None = None
    reason: str = ""
    parts: tuple[RuleAnswer, ...] = ()

    @property
    def holds_against(self) -> bool:
        """Whether this rule keeps its policy from being met."""
        return self.result is (Result.MET if self.list == "exclude" else Result.NOT_MET)


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """One policy: whether all of it was met, by which source (the weakest that the result rests on), and its rules.

    `deciding` are the rules to name in a sentence: those that kept it from being met, those that are unknown if it is
    unknown, those by which it was met if it was. Rules of include count only as long as no other of them is met.
    """

    policy: Policy
    result: Result
    source: Source
    rules: tuple[RuleAnswer, ...]
    deciding: tuple[RuleAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one login: the id of its headline, and its policies as Cloudflare judges them.

    The headline is Y1 to Y6 for a login that was denied, and A1 to A3 or Y6 for any other; see `headline`. `subject` is
    the policy that it is about, if it is about one, and `against` one that blocks and may come before it.
    `nearest` is the allow policy with the fewest rules to be met that were not, then the fewest unknown, then the
    first; `admitting` is the first that admits by what is known. `provider` says whether the login came through a
    provider that the application takes, None if it takes any. `older` are the rules by older evidence that the headline
    rests on, for their times.
    """

    headline: str
    app: AppPolicies
    policies: tuple[PolicyAnswer, ...]
    subject: PolicyAnswer | None = None
    nearest: PolicyAnswer | None = None
    against: PolicyAnswer | None = None
    provider: RuleAnswer | None = None
    admitting: PolicyAnswer | None = None
    older: tuple[RuleAnswer, ...] = ()

    @property
    def read_at(self) -> datetime | None:
        return self.app.read_at

    @property
    def changed_since(self) -> tuple[Change, ...]:
        return self.app.changed_since
