"""From kept policies to an answer about a login."""

from __future__ import annotations

from datetime import timedelta

from logsync.insight.explain import why_of
from tests.conftest import NOW

ENGINEERS = {
    "id": "5f0a37d0-6d3b-4c5c-8e4f-0a6f2f3f3d01",
    "name": "Engineers",
    "decision": "allow",
    "include": [{"group": {"id": "b1b7b1f0-0f0e-4d39-9f0b-6a3f0c8f7a11"}}],
    "require": [{"geo": {"country_code": "DE"}}],
    "exclude": [],
}
MERIDIAN = {
    "id": "b1b7b1f0-0f0e-4d39-9f0b-6a3f0c8f7a11",
    "name": "Meridian",
    "include": [{"email_domain": {"domain": "meridian.example"}}],
}


def test_denied_by_row_alone(make_login, read_policies):
    read_policies(ENGINEERS, groups=[MERIDIAN])
    why = why_of(make_login())
    assert (why.headline, why.app.as_of_login) == ("Y2", True)
    [policy] = why.policies
    assert [(rule.list, rule.result, rule.seen) for rule in policy.rules] == [
        ("include", "met", ""),
        ("require", "not_met", "NL"),
    ]
    assert why.nearest is policy


def test_later_policy_is_told(make_login, read_policies):
    login = make_login(created_at=NOW - timedelta(days=3))
    read_policies(ENGINEERS, groups=[MERIDIAN], until=NOW - timedelta(days=2))
    read_policies(ENGINEERS | {"require": []}, groups=[MERIDIAN], at=NOW - timedelta(days=1))
    why = why_of(login)
    assert why.headline == "Y2"
    assert [change.name for change in why.changed_since] == ["Engineers"]


def test_app_without_policies_is_unreadable(make_login):
    why = why_of(make_login())
    assert (why.headline, why.app.unreadable) == ("Y6", "Gatehouse has not read this application yet.")
