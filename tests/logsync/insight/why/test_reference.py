"""The evaluator agrees with the same judgement written another way, on policies and logins made at random."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from logsync.insight.why.judge import explain
from tests.examples import seldom
from tests.logsync.insight.why.random_evidence import some_evidence
from tests.logsync.insight.why.reference import Reference

PARTS, IN_ALL = 10, 100_000


def result_of(by_row, by_all):
    """What the reference's two sets are in the evaluator's words."""
    for found, source in ((by_row, "row"), (by_all, "older")):
        if len(found) == 1:
            return ("met" if True in found else "not_met"), source
    return "unknown", "none"


def disagreements(evidence):
    """Where the evaluator and the reference differ."""
    why, reference = explain(evidence), Reference(evidence)
    pairs: list[tuple[str, object, object]] = [("headline", why.headline, reference.headline())]
    nearest = reference.nearest()
    pairs.append(("nearest", why.nearest and why.nearest.policy, nearest))
    for answer, policy in zip(why.policies, reference.ordered(), strict=True):
        pairs.append(("order", answer.policy, policy))
        pairs.append((policy.name, (answer.result, answer.source), result_of(*reference.lists(policy.rules))))
        known = [rule for _, rules in policy.rules.named() for rule in rules]
        answers = [rule for rule in answer.rules if rule.rule.kind or rule.rule.value is not None]
        for one, rule in zip(answers, known, strict=True):
            pairs.append((repr(rule), (one.result, one.source), result_of(*reference.rule(rule))))
    return [pair for pair in pairs if pair[1] != pair[2]], why.headline


@pytest.mark.parametrize("part", range(PARTS))
def test_reference_agrees(part, record_property):
    random = Random(part)
    headlines = Counter[str]()
    number = seldom(IN_ALL) // PARTS
    for _ in range(number):
        evidence = some_evidence(random)
        found, headline = disagreements(evidence)
        assert found == [], evidence
        headlines[headline] += 1
    assert headlines.keys() == {"Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "A1", "A2", "A3"}
    record_property("judged", number)
