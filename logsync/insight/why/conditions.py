"""What three lists of rules come down to: include is one condition, each rule of require and exclude one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Source
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


def inner(rule: RuleAnswer, by_row: bool = False) -> tuple[RuleAnswer, ...]:
    """The rules by which a rule group is what it is; groups that only hold another are passed over."""
    rules = deciding(rule.parts, truth(rule.result, rule.source))
    rules = by_row_alone(rules) if by_row else rules
    if len(rules) == 1 and rules[0].parts and rules[0].list != "exclude":
        return inner(rules[0], by_row)
    return rules


def by_row_alone(rules: tuple[RuleAnswer, ...]) -> tuple[RuleAnswer, ...]:
    """Of rules that aren't met, the conditions that the login's own row alone shows."""
    only_by_row = all(rule.source is Source.ROW for rule in rules if rule.list == "include")
    found = tuple(rule for rule in rules if (only_by_row if rule.list == "include" else rule.source is Source.ROW))
    return found or rules


def leaves(rules: Iterable[RuleAnswer], by_row: bool = False) -> Iterator[RuleAnswer]:
    """These rules, and instead of a rule group that isn't met those by which it is not."""
    for rule in rules:
        if rule.parts and rule.list != "exclude":
            yield from leaves(inner(rule, by_row), by_row)
        else:
            yield rule


def every_rule(rules: Iterable[RuleAnswer]) -> Iterator[RuleAnswer]:
    """These rules, and all within rule groups."""
    for rule in rules:
        yield rule
        yield from every_rule(rule.parts)


def older_evidence(answers: Iterable[PolicyAnswer], result: Result) -> tuple[RuleAnswer, ...]:
    """The rules by older evidence that the first of these policies rests on which has this result and rests on any."""
    for answer in answers:
        if answer.result is result:
            rules = every_rule(answer.rules) if result is Result.MET else leaves(answer.deciding)
            if found := tuple(rule for rule in rules if rule.source is Source.OLDER and not rule.parts):
                return found
    return ()
