"""Policies made for many logins judge each of them as they do one by one."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from logsync.insight.why.compiled import Known, Rulebook, Seen
from logsync.insight.why.facts import Who
from tests.examples import seldom
from tests.logsync.insight.why.random_evidence import some_evidence
from tests.logsync.insight.why.reference import KNOWN_FALSE, KNOWN_TRUE, Reference


def admission(evidence):
    """Whether the reference lets a login in."""
    reference = Reference(evidence)
    found = reference.admissions([(one.decision, reference.lists(one.rules)[1]) for one in reference.ordered()])
    if KNOWN_TRUE in found:
        return "admitted"
    return "refused" if all(one == KNOWN_FALSE for one in found) else "unknown"


def test_compiled_policies_judge_as_reference():
    random = Random(1)
    outcomes = set()
    for _ in range(seldom(10_000)):
        evidence = some_evidence(random)
        # A replay is of logins of people, whatever their times.
        login = replace(evidence.login, who=Who.PERSON, at=None)
        evidence = replace(evidence, login=login)
        seen = Seen(login.user_email, login.user_id, login.ip_address, login.country, login.connection)
        known = Known(evidence.identity, evidence.scim_groups)
        found = Rulebook(evidence.app, evidence.surroundings).decide(seen, known).admission
        assert found == admission(evidence), evidence
        outcomes.add(found)
    assert len(outcomes) == 3
