"""Every kind of rule and every headline, by the table of cases."""

from __future__ import annotations

import pytest

from logsync.insight.why.judge import explain
from logsync.insight.why.rules import CHECKS, NEVER_DECIDED
from logsync.insight.why.sentences import headline_of
from tests.logsync.insight.why.cases import evidence_of, results_of, said
from tests.why_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_judged(case):
    evidence = evidence_of(case)
    why = explain(evidence)
    assert results_of(why) == case.results
    assert (why.headline, said(headline_of(why, evidence))) == (case.headline, case.sentence)


def test_every_kind_has_cases():
    kinds = {
        kind
        for case in CASES
        for one in (*case.policies, *case.groups)
        for name in ("include", "require", "exclude")
        for rule in one.get(name, ())
        for kind in rule
    }
    assert kinds >= CHECKS.keys() | NEVER_DECIDED | {"group"}


def test_every_headline_has_cases():
    assert {case.headline for case in CASES} == {"Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "A1", "A2", "A3"}


def test_names_of_cases_differ():
    assert len({case.name for case in CASES}) == len(CASES)
