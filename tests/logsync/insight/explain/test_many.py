"""How many of the denied people lack which rule, and what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.explain import many
from logsync.insight.explain.many import lacking
from logsync.insight.explain.sentences import lacking_words, most_lacked, nearest_words, remarks, why_unknown
from logsync.insight.why.answer import Result
from logsync.models import AccessObject, LastSeenIdentity
from tests.conftest import NOW

OKTA = "411d2f50-92ce-442f-a163-866113f28168"
ENGINEERS = {
    "id": "policy-1", "name": "Engineers", "decision": "allow",
    "include": [{"okta": {"name": "eng-prod", "identity_provider_id": OKTA}}],
    "require": [{"geo": {"country_code": "NL"}}],
    "exclude": [],
}  # fmt: skip
CONTRACTORS = {
    "id": "policy-2", "name": "Contractors", "decision": "allow",
    "include": [{"email": {"email": "p1@meridian.example"}}, {"email_domain": {"domain": "partner.example"}}],
    "require": [{"geo": {"country_code": "DE"}}], "exclude": [{"ip": {"ip": "192.0.2.0/24"}}],
}  # fmt: skip


@pytest.fixture
def deny(account, make_login):
    """Deny people at the app, some with groups that Cloudflare last saw; the newest first, as `lacking` wants."""

    def make(*everyone, **values):
        found = []
        for number, groups in enumerate(everyone):
            person, user_id = f"p{number}@meridian.example", f"id-{number}"
            row = {"created_at": NOW - timedelta(minutes=number)} | values
            found.append(make_login(user_email=person, user_id=user_id, **row).pk)
            if groups is not None:
                seen = NOW - timedelta(days=4)
                content = {"email": person, "idp": {"id": OKTA, "type": "okta"}, "groups": groups}
                LastSeenIdentity.objects.create(
                    account=account, access_id=user_id, user_id=user_id, person=person, seen_at=seen,
                    first_read_at=seen, last_read_at=NOW, content=content, digest=user_id,
                )  # fmt: skip
        return found

    return make


def judged(logins):
    found = lacking(logins)
    assert found is not None
    return found


def most(found):
    condition = most_lacked(found)
    assert condition is not None
    return condition


def counts(condition):
    return [condition.count(result) for result in (Result.NOT_MET, Result.MET, Result.UNKNOWN)]


def words_of(found):
    policy = found.nearest.policy.name
    return lacking_words(most(found), policy, found.surroundings, short=False).text(str)


def test_counts_of_each_condition(deny, read_policies, okta):
    read_policies(ENGINEERS, CONTRACTORS)
    found = judged(deny(["sales"], [], ["eng-prod"], None, ["support"]))
    engineers, contractors = found.policies
    assert [counts(condition) for condition in engineers.conditions] == [[3, 1, 1], [0, 5, 0]]
    assert [counts(condition) for condition in contractors.conditions] == [[4, 1, 0], [5, 0, 0], [5, 0, 0]]
    assert [counts(part) for part in contractors.conditions[0].parts] == [[4, 1, 0], [5, 0, 0]]
    assert {headline: len(people) for headline, people in found.headlines.items()} == {"Y3": 3, "Y4": 1, "Y5": 1}
    assert (found.nearest, len(engineers.nearest)) == (engineers, 5)
    nearest = nearest_words(found)
    assert nearest
    assert nearest.text(str) == "Engineers comes nearest to being met for all 5 denied people."
    assert words_of(found) == (
        "3 of 5 denied people lack membership of the Okta group eng-prod, as last seen; for 1 it can’t be told."
    )
    assert list(remarks(found)) == []


def test_condition_leads_to_its_people(deny, read_policies, okta):
    read_policies(ENGINEERS)
    logins = deny(["sales"], ["eng-prod"], None)
    found = judged(logins)
    condition = most(found)
    again = found.condition(condition.key)
    assert [again.people[result] for result in (Result.NOT_MET, Result.MET, Result.UNKNOWN)] == [[pk] for pk in logins]
    assert found.condition("none of these") is None


def test_rules_within_groups_are_counted(deny, read_policies, okta):
    policy = ENGINEERS | {"include": [{"group": {"id": "staff"}}], "require": []}
    staff = {"id": "staff", "name": "Staff", "include": ENGINEERS["include"], "require": ENGINEERS["require"]}
    read_policies(policy, groups=[staff])
    found = judged(deny(["sales"], ["eng-prod"], None))
    [condition] = found.policies[0].conditions
    assert counts(condition) == [1, 1, 1]
    assert [counts(part) for part in condition.parts] == [[1, 1, 1], [0, 3, 0]]


def test_policy_that_changed_is_one(deny, read_policies, okta):
    read_policies(ENGINEERS, until=NOW - timedelta(minutes=2))
    read_policies(ENGINEERS | {"name": "Engineering", "require": []}, at=NOW - timedelta(minutes=1, seconds=30))
    found = judged(deny(["sales"], ["sales"], ["sales"], ["sales"]))
    [policy] = found.policies
    assert policy.policy.name == "Engineering"
    assert [(condition.list_name, counts(condition)) for condition in policy.conditions] == [
        ("include", [4, 0, 0]),
        ("require", [0, 2, 0]),
    ]
    assert [remark.id for remark in remarks(found)] == ["changed"]


def test_newest_people_where_too_many(deny, read_policies, okta, monkeypatch):
    read_policies(ENGINEERS)
    logins = deny(*[["sales"]] * 5)
    monkeypatch.setattr(many, "MOST_PEOPLE", 3)
    found = judged(logins)
    assert (set(found.answers), found.denied) == (set(logins[:3]), 5)
    assert next(remarks(found)).text(str) == "Counted are the 3 people who were denied last, of 5."
    monkeypatch.setattr(many, "MOST_RULES", 3)
    assert judged(logins).judged == 2


@pytest.mark.parametrize(("policies", "said"), [
    ([], "This app has no policies."),
    (None, "The policies of this app could not be read: Gatehouse has not read this application yet."),
])  # fmt: skip
def test_app_without_known_policies(deny, read_policies, policies, said):
    if policies is not None:
        read_policies(*policies)
    found = judged(deny(None))
    assert (found.is_known, found.nearest, why_unknown(found).text(str)) == (False, None, said)


def test_unread_policy_is_told(deny, read_policies, okta):
    read_policies(ENGINEERS, CONTRACTORS)
    AccessObject.objects.filter(object_id="policy-2").delete()
    found = judged(deny(["sales"]))
    assert set(found.headlines) == {"Y4"}
    assert "unread" in {remark.id for remark in remarks(found)}


def test_nobody_denied():
    assert lacking([]) is None


def test_queries_do_not_grow_with_people(deny, read_policies, okta, django_assert_max_num_queries):
    read_policies(ENGINEERS, CONTRACTORS)
    logins = deny(*[["sales"] if number % 3 else None for number in range(60)])
    with django_assert_max_num_queries(25):
        found = judged(logins)
    assert found.judged == 60
