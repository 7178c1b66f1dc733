"""From kept policies to an answer about a login."""

from __future__ import annotations

from datetime import timedelta

from logsync.insight.explain import why_of
from logsync.insight.explain.load import evidence_on
from logsync.insight.why.judge import explain
from logsync.models import AccessRequest
from logsync.models.sight import Sight, seeing
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


class MaskedSight(Sight):
    is_masked = True


def test_masked_viewers_get_same_results(make_login, read_policies):
    office = ENGINEERS | {"require": [{"ip": {"ip": "192.0.2.7/32"}}], "exclude": [{"ip": {"ip": "192.0.2.8/32"}}]}
    read_policies(office, groups=[MERIDIAN])
    login = make_login()
    whole = why_of(login)
    with seeing(MaskedSight()):
        masked = why_of(AccessRequest.objects.get(pk=login.pk))
    assert whole.headline == masked.headline == "Y5"
    assert [[rule.result for rule in policy.rules] for policy in masked.policies] == [["met", "met", "not_met"]]
    assert [str(rule.seen) for rule in masked.policies[0].rules] == ["", "192.0.2.•••", "192.0.2.•••"]
    assert masked.nearest in masked.policies


def test_many_at_once_are_as_one_by_one(make_login, read_policies, django_assert_max_num_queries):
    read_policies(ENGINEERS, groups=[MERIDIAN], until=NOW - timedelta(days=4))
    read_policies(ENGINEERS | {"require": []}, groups=[MERIDIAN], at=NOW - timedelta(days=1))
    logins = [
        make_login(
            created_at=NOW - timedelta(hours=6 * number),
            user_email=f"p{number % 7}@{'meridian' if number % 3 else 'other'}.example",
            user_id=f"id-{number % 7}",
            country=["DE", "NL", ""][number % 3],
            lacks_time=number % 5 == 0,
            app_uid="" if number == 3 else "13d976ec-915a-4e59-afab-cef6291764b8",
        )
        for number in range(30)
    ]
    with django_assert_max_num_queries(25):
        together = evidence_on(logins)
    assert together == [evidence_on([login])[0] for login in logins]
    assert {explain(evidence).headline for evidence in together} == {"Y2", "Y4", "Y5", "Y6"}
