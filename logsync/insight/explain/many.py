"""What the policies of an application asked of many denied people at once: how many of them lack which rule.

Each person is judged by one login, with the policies of its time. What a policy asks for comes in conditions: its
include list is one, as any rule of it is enough, and each rule of require and exclude is one of its own. Nothing here
says why anybody was denied.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from logsync.cloudflare.policies import Policy, Rule
from logsync.insight.explain.load import evidence_on
from logsync.insight.why.answer import Result, RuleAnswer, Source, Why
from logsync.insight.why.facts import AppPolicies, Surroundings
from logsync.insight.why.judge import explain
from logsync.models import AccessRequest

# So many people are judged, those who were denied last; fewer if their policies have many rules.
MOST_PEOPLE = 500
MOST_RULES = 40_000
# Of a condition of more rules, and of groups nested deeper, the parts are not counted.
MOST_PARTS, DEEPEST = 12, 3

Answers = tuple[RuleAnswer, ...]


@dataclass(slots=True)
class Condition:
    """What a policy or a rule group asks for: any of the rules of `include`, or one rule of `require` or `exclude`.

    `people` are the primary keys of the judged logins by whether it was met: a rule of exclude is met if it does not
    hold. `older` of those that did not meet it did so as last seen, not by the login itself. `parts` are the rules of
    an include list, or what a rule group asks for.
    """

    key: str
    list_name: str
    rules: tuple[Rule, ...]
    people: dict[Result, list[int]] = field(default_factory=lambda: {result: [] for result in Result})
    older: int = 0
    parts: list[Condition] = field(default_factory=list)

    def count(self, result: Result) -> int:
        return len(self.people[result])

    @property
    def judged(self) -> int:
        return sum(map(len, self.people.values()))


@dataclass(slots=True)
class PolicyTally:
    """A policy, in the newest of the forms by which somebody was judged, and who met it, didn't, or can't be told.

    `nearest` are those to whom no other policy comes nearer.
    """

    policy: Policy
    place: int
    people: dict[Result, list[int]] = field(default_factory=lambda: {result: [] for result in Result})
    nearest: list[int] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    @property
    def key(self) -> str:
        """A short name for addresses: an id may be any text."""
        return _short(self.policy.policy_id)

    def count(self, result: Result) -> int:
        return len(self.people[result])


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the policies of an application asked of people who were denied there.

    `denied` is how many there are, `judged` how many of them are counted here: those who were denied last. `app` and
    `surroundings` are those of the newest login. `headlines` has the judged logins by the id of their headline, and
    `answers` the answer of each. `unproved` of the logins are judged by policies that are not proved to be those of
    their time, and `has_changed` says whether the policies were others for some.
    """

    denied: int
    judged: int
    app: AppPolicies
    surroundings: Surroundings
    policies: tuple[PolicyTally, ...]
    headlines: Mapping[str, Sequence[int]]
    answers: Mapping[int, Why]
    unproved: int
    has_changed: bool

    @property
    def is_known(self) -> bool:
        """Whether any policy could be read."""
        return bool(self.policies)

    @property
    def nearest(self) -> PolicyTally | None:
        """The policy that comes nearest to most of the people; of several, the first."""
        near = [tally for tally in self.policies if tally.nearest]
        return max(near, key=lambda tally: (len(tally.nearest), -tally.place), default=None)

    def policy(self, key: str) -> PolicyTally | None:
        """The policy with this key."""
        return next((tally for tally in self.policies if tally.key == key), None)

    def condition(self, key: str) -> Condition | None:
        """The condition with this key, wherever it is."""
        waiting = [condition for tally in self.policies for condition in tally.conditions]
        for condition in waiting:
            if condition.key == key:
                return condition
            waiting += condition.parts
        return None


def lacking(logins: Sequence[int]) -> Lacking | None:
    """What people lack, each by the login that decides for them: primary keys, the newest first; None without any."""
    tally, newest = _Tally(), logins[:MOST_PEOPLE]
    found = AccessRequest.objects.in_bulk(newest)
    rows = [found[pk] for pk in newest if pk in found]
    for row, evidence in zip(rows, evidence_on(rows), strict=True):
        tally.add(row.pk, explain(evidence), evidence.surroundings)
        if tally.rules > MOST_RULES:
            break
    return tally.result(len(logins))


class _Tally:
    """Counts answers as they come, the newest login first."""

    def __init__(self) -> None:
        self.rules = 0
        self.answers: dict[int, Why] = {}
        self.headlines: dict[str, list[int]] = defaultdict(list)
        self.policies: dict[str, PolicyTally] = {}
        self.first: tuple[AppPolicies, Surroundings] | None = None
        self._by_rules: dict[tuple[object, ...], Condition] = {}
        self._by_key: dict[str, Condition] = {}

    def add(self, pk: int, why: Why, surroundings: Surroundings) -> None:
        if self.first is None:
            self.first = why.app, surroundings
        self.answers[pk] = why
        self.headlines[why.headline].append(pk)
        for place, answer in enumerate(why.policies, start=1):
            tally = self.policies.get(answer.policy.policy_id)
            if tally is None:
                tally = self.policies[answer.policy.policy_id] = PolicyTally(answer.policy, place)
            tally.people[answer.result].append(pk)
            if answer is why.nearest:
                tally.nearest.append(pk)
            self._count(pk, tally.conditions, answer.policy.policy_id, answer.rules, depth=0)

    def result(self, denied: int) -> Lacking | None:
        if self.first is None:
            return None
        app, surroundings = self.first
        forms = {id(why.app): why.app.policies for why in self.answers.values()}
        order = sorted(self.policies.values(), key=lambda tally: tally.place)
        return Lacking(
            denied=denied,
            judged=len(self.answers),
            app=app,
            surroundings=surroundings,
            policies=tuple(order),
            headlines=dict(self.headlines),
            answers=self.answers,
            unproved=sum(not why.app.as_of_login for why in self.answers.values()),
            has_changed=any(policies != app.policies for policies in forms.values()),
        )

    def _count(self, pk: int, found: list[Condition], within: str, rules: Answers, depth: int) -> None:
        """Count what lists of rules ask for, among the conditions that were found before."""
        self.rules += len(rules)
        include = tuple(rule for rule in rules if rule.list == "include")
        others = [(rule,) for rule in rules if rule.list != "include"]
        for answers in [include, *others] if include else others:
            condition = self._condition(within, answers)
            if not condition.judged:
                found.append(condition)
            result, source = _combined(answers)
            condition.people[result].append(pk)
            condition.older += result is Result.NOT_MET and source is Source.OLDER
            if depth < DEEPEST and len(answers) <= MOST_PARTS:
                self._count_parts(pk, condition, answers, depth)

    def _count_parts(self, pk: int, condition: Condition, answers: Answers, depth: int) -> None:
        if len(answers) == 1:
            self._count(pk, condition.parts, condition.key, answers[0].parts, depth + 1)
            return
        for answer in answers:
            part = self._condition(condition.key, (answer,))
            if not part.judged:
                condition.parts.append(part)
            part.people[answer.result].append(pk)
            part.older += answer.result is Result.NOT_MET and answer.source is Source.OLDER
            self._count(pk, part.parts, part.key, answer.parts, depth + 1)

    def _condition(self, within: str, answers: Answers) -> Condition:
        """The condition of these rules, one and the same in all forms of a policy that have it."""
        # Logins of one time share their rules, so that few have to be written out.
        same = within, answers[0].list, len(answers), *(id(answer.rule) for answer in answers)
        condition = self._by_rules.get(same)
        if condition is None:
            rules = tuple(answer.rule for answer in answers)
            key = _key(within, answers[0].list, rules)
            condition = self._by_key.setdefault(key, Condition(key, answers[0].list, rules))
            self._by_rules[same] = condition
        return condition


def _key(within: str, name: str, rules: Iterable[Rule]) -> str:
    """A short name for addresses, the same for equal rules in any order."""
    written = sorted(json.dumps([rule.kind, rule.value], sort_keys=True, default=str) for rule in rules)
    return _short(json.dumps([within, name, written]))


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _combined(answers: Answers) -> tuple[Result, Source]:
    """Whether a condition is met, and by what it is known; of include any rule is enough."""
    if answers[0].list != "include":
        [answer] = answers
        return _for_policy(answer), answer.source
    met = [answer.source for answer in answers if answer.result is Result.MET]
    if met:
        return Result.MET, Source.ROW if Source.ROW in met else Source.OLDER
    if any(answer.result is Result.UNKNOWN for answer in answers):
        return Result.UNKNOWN, Source.NONE
    return Result.NOT_MET, Source.OLDER if any(one.source is Source.OLDER for one in answers) else Source.ROW


def _for_policy(answer: RuleAnswer) -> Result:
    if answer.list != "exclude":
        return answer.result
    return {Result.MET: Result.NOT_MET, Result.NOT_MET: Result.MET}.get(answer.result, answer.result)
