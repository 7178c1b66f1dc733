"""Which of the headlines holds for a login: the first of them that does.

Y1  A policy blocks, by the login's own row alone, and none that admits and is met comes before it.
Y2  No policy admits the login, by its own row alone.
Y3  No policy admits it, but that rests on older evidence.
Y4  An allow policy (for a service, one of Service Auth) may admit it: some of its rules are unknown, none is not met.
Y5  A policy admits it.
Y6  The application has no policies that could be read.

A login that was not denied has headlines of its own: A1, a policy admits it; A2, one may; A3, none does.

Whether a policy admits also depends on those that block and come before it: if one of them is met it doesn't, and if
one is unknown it may. A policy whose decision isn't known here may do either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH
from logsync.insight.why.answer import PolicyAnswer
from logsync.insight.why.conditions import distance
from logsync.insight.why.truth import MET, NOT_MET, UNKNOWN, truth

ADMITTING = frozenset({ALLOW, BYPASS, SERVICE_AUTH})


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline by its id, and its policies as in Why."""

    id: str
    subject: PolicyAnswer | None
    against: PolicyAnswer | None = None
    admitting: PolicyAnswer | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """A policy that may admit: whether its own rules are met, and whether it admits where it stands.

    `against` is the policy before it that blocks, or may, best known first.
    """

    answer: PolicyAnswer
    own: int
    effective: int
    against: PolicyAnswer | None


def headline(answers: Sequence[PolicyAnswer], nearest: PolicyAnswer | None, *, was_denied: bool) -> Headline:
    """The headline for policies in the order in which Cloudflare judges them."""
    standings = list(_standings(answers))
    if not was_denied:
        return _of_admitted(standings, nearest)
    blocking = _blocking(answers)
    if blocking:
        return Headline("Y1", blocking)
    if all(one.effective < UNKNOWN for one in standings):
        if all(one.effective == NOT_MET for one in standings):
            return Headline("Y2", nearest)
        shadowed = next((one for one in standings if one.own >= UNKNOWN), None)
        return Headline("Y3", shadowed.against if shadowed else nearest)
    usual = nearest.policy.decision if nearest else ALLOW
    unknown = [one for one in standings if one.own == one.effective == UNKNOWN and one.answer.policy.decision == usual]
    met = next((one for one in standings if one.effective > UNKNOWN), None)
    if met and not unknown:
        return Headline("Y5", met.answer, admitting=met.answer)
    found = _of_unknown("Y4", unknown or [one for one in standings if one.effective == UNKNOWN], usual)
    return replace(found, admitting=met.answer if met else None)


def _standings(answers: Sequence[PolicyAnswer]) -> Iterator[_Standing]:
    blocks, against = NOT_MET, None
    for answer in answers:
        own = truth(answer.result, answer.source)
        decision = answer.policy.decision
        if decision != DENY:
            may = own if decision in ADMITTING else min(own, UNKNOWN)
            yield _Standing(answer, own, min(may, -blocks), against)
        if decision not in ADMITTING:
            may = own if decision == DENY else min(own, UNKNOWN)
            if may > blocks:
                blocks, against = may, answer if may >= UNKNOWN else against


def _blocking(answers: Sequence[PolicyAnswer]) -> PolicyAnswer | None:
    """The first policy that is met, if it blocks by the row alone."""
    for answer in answers:
        own = truth(answer.result, answer.source)
        if answer.policy.decision == DENY and own == MET:
            return answer
        if answer.policy.decision != DENY and own > UNKNOWN:
            return None
    return None


def _of_unknown(headline_id: str, unknown: Sequence[_Standing], usual: str) -> Headline:
    """About the nearest of the policies that may admit, one of the usual decision if there is any."""
    subject = min(unknown, key=lambda one: (one.answer.policy.decision != usual, distance(one.answer)))
    return Headline(headline_id, subject.answer, subject.against if subject.own > UNKNOWN else None)


def _of_admitted(standings: Sequence[_Standing], nearest: PolicyAnswer | None) -> Headline:
    """A login that was not denied. Whatever may block it did not."""
    admitting = [one for one in standings if one.answer.policy.decision in ADMITTING]
    met = next((one for one in admitting if one.own > UNKNOWN and one.effective >= UNKNOWN), None)
    if met:
        return Headline("A1", met.answer, admitting=met.answer)
    unknown = [one for one in standings if one.effective == UNKNOWN]
    usual = nearest.policy.decision if nearest else ALLOW
    return _of_unknown("A2", unknown, usual) if unknown else Headline("A3", nearest)
