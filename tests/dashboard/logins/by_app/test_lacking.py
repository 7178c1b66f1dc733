"""What the denied people of an app lack, on its page, and the people behind each number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.permissions.roles import Role
from logsync.models import AccessObject, LastSeenIdentity
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of

APP = "13d976ec-915a-4e59-afab-cef6291764b8"
OKTA = "411d2f50-92ce-442f-a163-866113f28168"
ENGINEERS = {
    "id": "policy-1", "name": "Engineers", "decision": "allow",
    "include": [{"okta": {"name": "eng-prod", "identity_provider_id": OKTA}}],
    "require": [{"geo": {"country_code": "NL"}}],
    "exclude": [{"ip": {"ip": "192.0.2.0/24"}}],
}  # fmt: skip
BOSS = {
    "id": "policy-2", "name": "Boss", "decision": "allow",
    "include": [{"email": {"email": "boss@meridian.example"}}], "require": [{"geo": {"country_code": "DE"}}],
    "exclude": [{"email": {"email": "mallory@meridian.example"}}],
}  # fmt: skip
SENTENCE = "6 of 9 denied people lack membership of the Okta group eng-prod, as last seen; for 2 it can’t be told."


@pytest.fixture
def denied(all_logins_known, account, okta, make_login, read_policies):
    """Nine people denied at Grafana: six are in no group that it wants, one is, and of two no identity was read."""
    read_policies(ENGINEERS, BOSS)
    for number in range(9):
        person, user_id = f"p{number}@meridian.example", f"id-{number}"
        make_login(
            created_at=NOW - timedelta(hours=2, minutes=number), user_email=person, user_id=user_id,
            ip_address="198.51.100.7",
        )  # fmt: skip
        if number < 7:
            seen = NOW - timedelta(days=4)
            groups = ["eng-prod"] if number == 6 else ["sales"]
            content = {"email": person, "idp": {"id": OKTA, "type": "okta"}, "groups": groups}
            LastSeenIdentity.objects.create(
                account=account, access_id=user_id, user_id=user_id, person=person, seen_at=seen,
                first_read_at=seen, last_read_at=NOW, content=content, digest=user_id,
            )  # fmt: skip


@pytest.fixture
def app_page(account, client, make_user):
    """The app's page as somebody with a role sees it."""

    def read(role=Role.ADMIN):
        client.force_login(make_user(f"{role}", role))
        return client.get(f"/logins/by-app/app/?account={account.account_id}&app_uid={APP}&range=24h")

    return read


def test_numbers_stand_beside_comparison(denied, app_page):
    response = app_page()
    page, card = page_of(response), response.context["open"].lacking
    assert SENTENCE in page.text
    assert "Engineers comes nearest to being met for all 9 denied people." in page.text
    shown = [(str(one.name), one.lack.count, one.have.count, one.unknown.count) for one in card.policies]
    assert shown == [("<bdi>Engineers</bdi>", 6, 1, 2), ("<bdi>Boss</bdi>", 9, 0, 0)]
    assert "because" not in page.text
    assert "boss@meridian.example" in page.text


def test_each_number_leads_to_its_people(denied, app_page, client):
    card = app_page().context["open"].lacking
    numbers = [outcome.people for outcome in card.outcomes]
    for policy in card.policies:
        numbers += [policy.nearest, policy.lack, policy.have, policy.unknown]
        for condition in policy.conditions:
            numbers += [condition.lack, condition.have, condition.unknown]
    assert sum(bool(number.count) for number in numbers) == 13
    for number in numbers:
        assert bool(number.href) == bool(number.count)
        if number.href:
            response = client.get(number.href)
            assert (response.status_code, response.context["count"]) == (200, number.count)


def test_people_are_named_with_what_they_lack(denied, app_page, client):
    [engineers, _] = app_page().context["open"].lacking.policies
    page = page_of(client.get(engineers.conditions[0].lack.href))
    assert "6 people denied at least once, not met: in the Okta group eng-prod" in page.text
    assert page.text.count("membership of the Okta group eng-prod") == 6


def test_short_form_names_no_others(denied, app_page, client):
    response = app_page(Role.ANALYST)
    page, card = page_of(response), response.context["open"].lacking
    assert SENTENCE in page.text
    assert [[str(condition.words) for condition in policy.conditions] for policy in card.policies] == [
        ["in the Okta group <bdi>eng-prod</bdi>"],
        [],
    ]
    for text in (page.text, client.get(card.policies[0].lack.href).content.decode()):
        assert "boss@" not in text
        assert "192.0.2.0/24" not in text
    assert not card.policies[0].href


def test_export_has_answers(denied, account, client, make_user):
    client.force_login(make_user())
    address = f"/logins/by-app/people.csv?account={account.account_id}&app_uid={APP}&range=24h"
    rows = records_of(client.get(address))
    told = {row["user_email"]: (row["why"], row["nearest_policy"], row["lacks"], row["not_told"]) for row in rows}
    assert told["p0@meridian.example"] == ("Y3", "Engineers", "membership of the Okta group eng-prod", "")
    assert told["p6@meridian.example"] == ("Y5", "Engineers", "", "")
    assert told["p8@meridian.example"] == ("Y4", "Engineers", "", "membership of the Okta group eng-prod")


@pytest.mark.parametrize("query", [
    "field=rule&value=none", "field=policy&value=none.met", "field=why&value=Y9", "field=rule",
    "field=rule&value=none.met&side=allowed",
])  # fmt: skip
def test_unknown_answer_is_a_problem(query, denied, account, client, make_user):
    client.force_login(make_user())
    address = f"/logins/by-app/people/?account={account.account_id}&app_uid={APP}&range=24h&{query}"
    response = client.get(address)
    assert response.status_code == 400
    assert response.context["problems"]


def test_unread_policies_are_told(denied, app_page):
    AccessObject.objects.filter(kind=AccessObject.Kind.APP).delete()
    response = app_page()
    text = "The policies of this app could not be read: Gatehouse has not read this application yet."
    assert text in page_of(response).text
    assert response.context["open"].lacking.policies == ()
