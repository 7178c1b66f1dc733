"""Judge a login again by its policies, in Kleene's three-valued logic, as Cloudflare judges it.

A policy is met if any rule of include is, all of require are, and none of exclude is. Policies of bypass and Service
Auth come first, then those that allow and deny, each by precedence; the first that is met decides.
Source: "Policies" in Cloudflare's Zero Trust documentation.
"""

from __future__ import annotations

from collections.abc import Iterable

from logsync.cloudflare.policies import ALLOW, BYPASS, SERVICE_AUTH, Policy, Rule, RuleLists
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Why
from logsync.insight.why.conditions import deciding, distance, older_evidence
from logsync.insight.why.facts import Evidence, Who
from logsync.insight.why.headline import headline
from logsync.insight.why.rule_groups import RuleGroups
from logsync.insight.why.rules import find
from logsync.insight.why.truth import result_and_source


def explain(evidence: Evidence) -> Why:
    """The answer for one login."""
    app = evidence.app
    if not app.policies:
        return Why("Y6", app, ())
    groups = RuleGroups(evidence)
    answers = tuple(_answer(policy, groups) for policy in in_order(app.policies))
    # Where they stand isn't known either, so they may come before all others.
    unread = tuple(_answer(Policy(policy_id, "", "", RuleLists()), groups) for policy_id in app.unread)
    nearest = min(_candidates(answers, evidence), key=distance, default=None)
    found = headline((*unread, *answers), nearest, was_denied=evidence.login.allowed is False)
    return Why(
        headline=found.id,
        app=app,
        policies=(*answers, *unread),
        subject=found.subject,
        nearest=nearest,
        against=found.against,
        provider=_provider(evidence),
        admitting=found.admitting,
        older=_older(found.subject, answers),
    )


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
    return _answer(policy, RuleGroups(evidence))


def _answer(policy: Policy, groups: RuleGroups) -> PolicyAnswer:
    value, rules = groups.answers(policy.rules)
    result, source = result_and_source(value)
    return PolicyAnswer(policy, result, source, rules, deciding(rules, value))


def _candidates(answers: Iterable[PolicyAnswer], evidence: Evidence) -> list[PolicyAnswer]:
    """Those of which one is the nearest: policies that allow, and for a service those of Service Auth, if there are."""
    service = [answer for answer in answers if answer.policy.decision == SERVICE_AUTH]
    if service and evidence.login.who is Who.SERVICE:
        return service
    return [answer for answer in answers if answer.policy.decision == ALLOW]


def _older(subject: PolicyAnswer | None, answers: Iterable[PolicyAnswer]) -> tuple[RuleAnswer, ...]:
    """The older evidence that a headline rests on: that on its policy, or on others which have the same result."""
    if subject is None:
        return older_evidence(answers, Result.NOT_MET)
    return older_evidence((subject, *answers), subject.result)


def _provider(evidence: Evidence) -> RuleAnswer | None:
    """Whether a person's login came through one of the only providers that the application takes."""
    allowed = evidence.app.allowed_idps
    if not allowed or evidence.login.who is Who.SERVICE:
        return None
    rule = Rule("login_method", {"id": list(allowed)})
    found = find(rule, evidence)
    return RuleAnswer("require", rule, found.result, found.source, found.seen, found.where, found.at, found.reason)
