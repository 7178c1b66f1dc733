"""Judge a login again by its policies, in Kleene's three-valued logic, as Cloudflare judges it.

A policy is met if any rule of include is, all of require are, and none of exclude is. Policies of bypass and Service
Auth come first, then those that allow and deny, each by precedence; the first that is met decides.
Source: "Policies" in Cloudflare's Zero Trust documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH, Policy, Rule, RuleLists
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Source, Why
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules import find

_STRENGTH = {Source.ROW: 0, Source.OLDER: 1, Source.NONE: 2}


def explain(evidence: Evidence) -> Why:
    """The answer for one login."""
    app = evidence.app
    if not app.policies:
        return Why("Y6", app, ())
    answers = tuple(answer_policy(policy, evidence) for policy in in_order(app.policies))
    allowing = [answer for answer in answers if answer.policy.decision == ALLOW]
    nearest = min(allowing, key=_distance, default=None)
    headline, subject = _headline(answers, allowing, nearest)
    return Why(headline, app, answers, subject, nearest)


def in_order(policies: Iterable[Policy]) -> list[Policy]:
    """Policies in the order in which Cloudflare judges them."""
    last = float("inf")
    return sorted(
        policies,
        key=lambda one: (
            one.decision not in (BYPASS, SERVICE_AUTH),
            last if one.precedence is None else one.precedence,
        ),
    )


def answer_policy(policy: Policy, evidence: Evidence) -> PolicyAnswer:
    """What is known of one policy."""
    rules = tuple(_answers(policy.rules, evidence, frozenset()))
    result, source = _combined(rules)
    deciding = tuple(_deciding(rules, result))
    return PolicyAnswer(policy, result, source, rules, deciding)


def _answers(lists: RuleLists, evidence: Evidence, inside: frozenset[str]) -> Iterator[RuleAnswer]:
    for name, rules in lists.named():
        for rule in rules:
            yield _answer(name, rule, evidence, inside)


def _answer(name: str, rule: Rule, evidence: Evidence, inside: frozenset[str]) -> RuleAnswer:
    if rule.kind == "group":
        return _answer_group(name, rule, evidence, inside)
    found = find(rule, evidence)
    return RuleAnswer(name, rule, found.result, found.source, found.seen, found.where, reason=found.reason)


def _answer_group(name: str, rule: Rule, evidence: Evidence, inside: frozenset[str]) -> RuleAnswer:
    group = evidence.surroundings.groups.get(rule.text("id"))
    if group is None or group.group_id in inside:
        reason = "the rule group contains itself" if group else "the rule group could not be read"
        return RuleAnswer(name, rule, Result.UNKNOWN, Source.NONE, reason=reason)
    parts = tuple(_answers(group.rules, evidence, inside | {group.group_id}))
    result, source = _combined(parts)
    return RuleAnswer(name, rule, result, source, parts=parts)


def _combined(rules: Iterable[RuleAnswer]) -> tuple[Result, Source]:
    """Whether the three lists are met together, and the weakest source that this rests on."""
    lists: dict[str, list[RuleAnswer]] = {"include": [], "require": [], "exclude": []}
    for rule in rules:
        lists[rule.list].append(rule)
    verdicts = [
        _any(lists["include"], Result.MET),
        *((_inverted(one.result) if one.list == "exclude" else one.result, one.source)
          for one in (*lists["require"], *lists["exclude"])),
    ]  # fmt: skip
    against = [source for result, source in verdicts if result is Result.NOT_MET]
    if against:
        return Result.NOT_MET, min(against, key=_STRENGTH.__getitem__)
    if any(result is Result.UNKNOWN for result, _ in verdicts):
        return Result.UNKNOWN, Source.NONE
    return Result.MET, max((source for _, source in verdicts), key=_STRENGTH.__getitem__)


def _any(rules: list[RuleAnswer], wanted: Result) -> tuple[Result, Source]:
    """Kleene's OR: met by the strongest rule that is met; not met only if no rule can be met any more."""
    met = [rule.source for rule in rules if rule.result is wanted]
    if met:
        return Result.MET, min(met, key=_STRENGTH.__getitem__)
    if any(rule.result is Result.UNKNOWN for rule in rules):
        return Result.UNKNOWN, Source.NONE
    return Result.NOT_MET, max((rule.source for rule in rules), key=_STRENGTH.__getitem__, default=Source.ROW)


def _inverted(result: Result) -> Result:
    return {Result.MET: Result.NOT_MET, Result.NOT_MET: Result.MET}.get(result, result)


def _deciding(rules: tuple[RuleAnswer, ...], result: Result) -> Iterator[RuleAnswer]:
    if result is Result.UNKNOWN:
        yield from (rule for rule in rules if rule.result is Result.UNKNOWN)
    elif result is Result.NOT_MET:
        yield from (rule for rule in rules if rule.holds_against)
    else:
        yield from (rule for rule in rules if rule.list != "exclude" and rule.result is Result.MET)


def _distance(answer: PolicyAnswer) -> tuple[int, int, float]:
    against = sum(rule.holds_against for rule in answer.rules)
    unknown = sum(rule.result is Result.UNKNOWN for rule in answer.rules)
    precedence = answer.policy.precedence
    return against, unknown, float("inf") if precedence is None else precedence


def _headline(
    answers: tuple[PolicyAnswer, ...], allowing: list[PolicyAnswer], nearest: PolicyAnswer | None
) -> tuple[str, PolicyAnswer | None]:
    """The first headline that holds, and the policy that it is about; see `why.sentences`."""
    for answer in answers:
        if answer.result is Result.MET and answer.policy.decision == DENY and answer.source is Source.ROW:
            return "Y1", answer
        if answer.policy.decision == ALLOW and answer.result is not Result.NOT_MET:
            break
    if all(answer.result is Result.NOT_MET for answer in allowing):
        only_by_row = all(answer.source is Source.ROW for answer in allowing)
        return ("Y2" if only_by_row else "Y3"), nearest
    met = next((answer for answer in allowing if answer.result is Result.MET), None)
    if met:
        return "Y5", met
    return "Y4", next(answer for answer in allowing if answer.result is Result.UNKNOWN)
