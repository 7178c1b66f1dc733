"""The table of cases from the database to the JSON of the login, and to the card on its page."""

from __future__ import annotations

from datetime import datetime
from html import unescape

import pytest
from django.utils.html import strip_tags

from dashboard.page.viewer import Viewer
from dashboard.why.card import WhyRenderer
from dashboard.why.discretion import Discretion
from logsync.insight.explain.load import explained
from logsync.words import exact_moment
from tests.conftest import NOW
from tests.why_cases import CASES

# What SCIM said is told by updates of the SCIM log, which these tests don't make.
WITHOUT_SCIM = [case for case in CASES if not case.scim]


def written(sentence: str) -> str:
    """A sentence of the table as JSON has it: without marks around log text."""
    return sentence.replace("“", "").replace("”", "").replace("at 14:06", f"at {exact_moment(NOW)}")


@pytest.mark.parametrize("case", WITHOUT_SCIM, ids=str)
def test_case_is_told_in_json_and_card(case, keep, signed_in):
    login = keep(case)
    why = signed_in.get(f"/logins/{login.key.hex}.json").json()["why"]
    assert why["headline"] == case.headline
    assert why["sentence"] == written(case.sentence)
    assert {
        policy["name"]: [f"{rule['result']} {rule['evidence']}" for rule in policy["rules"]]
        for policy in why["policies"]
    } == case.results
    renderer = WhyRenderer(Viewer(), NOW, Discretion(sees_policies=True, is_masked=False))
    card = renderer.card(explained(login), login.key.hex)
    assert unescape(strip_tags(card.sentence)) == case.sentence.replace("“", "").replace("”", "")
    assert {strip_tags(policy.name) for policy in card.policies} == case.results.keys()


def test_times_of_json_are_in_utc(keep, signed_in):
    answer = signed_in.get(f"/logins/{keep(CASES[0]).key.hex}.json").json()
    assert datetime.fromisoformat(answer["why"]["read_at"]) == NOW
    assert answer["event"]["created_at"] == "2026-11-19T13:06:12.000000Z"
