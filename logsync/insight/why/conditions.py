"""What three lists of rules come down to: include is one condition, each rule of require and exclude one of its own."""

from __future__ import annotations

from collections.abc import Iterable

from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer
from logsync.insight.why.truth import truth


def deciding(rules: Iterable[RuleAnswer], value: int) -> tuple[RuleAnswer, ...]:
    """The rules by which the lists are what they are, which is `value`: met, not met or unknown.

    Of an include that is met only the rules that are known best count.
    """
    found: list[RuleAnswer] = []
    include, others = _split(rules)
    best = max((_truth(rule) for rule in include), default=0)
    if value > 0:
        found += [rule for rule in include if _truth(rule) == best]
        return (*found, *(rule for rule in others if rule.list == "require"))
    if _sign(best) == _sign(value):
        found += [rule for rule in include if _sign(_truth(rule)) == _sign(value)]
    return (*found, *(rule for rule in others if _sign(_for_policy(rule)) == _sign(value)))


def distance(answer: PolicyAnswer) -> tuple[int, int, float]:
    """How far a policy is from being met: how many conditions are not, how many are unknown; its precedence."""
    include, others = _split(answer.rules)
    values = [max((_truth(rule) for rule in include), default=0), *map(_for_policy, others)]
    precedence = answer.policy.precedence
    return (
        sum(value < 0 for value in values),
        sum(value == 0 for value in values),
        float("inf") if precedence is None else precedence,
    )


def _split(rules: Iterable[RuleAnswer]) -> tuple[list[RuleAnswer], list[RuleAnswer]]:
    include: list[RuleAnswer] = []
    others: list[RuleAnswer] = []
    for rule in rules:
        (include if rule.list == "include" else others).append(rule)
    return include, others


def _truth(rule: RuleAnswer) -> int:
    return truth(rule.result, rule.source)


def _for_policy(rule: RuleAnswer) -> int:
    """Whether a rule of require or exclude speaks for its policy."""
    return -_truth(rule) if rule.list == "exclude" else _truth(rule)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def is_missing(rule: RuleAnswer) -> bool:
    """Whether a rule keeps its lists from being met, or may."""
    return rule.holds_against or rule.result is Result.UNKNOWN
