"""A person's logins, ids and SCIM profile, without any page."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.insight.identity.login_groups import count_by, group_logins
from logsync.insight.identity.person import person_named
from logsync.insight.identity.scim_profile import scim_profile
from logsync.insight.identity.similar import similar_to
from logsync.models import Account
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

ADA = "ada@meridian.example"


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


@pytest.fixture
def other_account(db):
    return Account.objects.create(account_id="2" * 32)


def test_logins_are_grouped_by_result(make_login):
    make_login(created_at=ago(30))
    make_login(created_at=ago(10))
    make_login(created_at=ago(5), allowed=True)
    groups = group_logins(person_named(ADA), Span(ago(20), END))
    assert {(group.allowed, group.rows, group.in_range) for group in groups} == {(False, 2, 1), (True, 1, 1)}


def test_an_open_span_counts_every_login(make_login):
    make_login(created_at=NOW + timedelta(days=1))
    [group] = group_logins(person_named(ADA), Span(BEGINNING, END))
    assert group.rows == group.in_range == 1


def test_values_are_counted_by_field(make_login):
    for country in ("NL", "NL", "DE", ""):
        make_login(country=country)
    counts = count_by(group_logins(person_named(ADA), Span(BEGINNING, END)), "country")
    assert counts == {"NL": 2, "DE": 1, "": 1}


def test_a_person_of_one_account(account, other_account, make_login):
    make_login()
    make_login(account=other_account)
    assert person_named(ADA).logins().count() == 2
    assert person_named(ADA, [account]).logins().count() == 1


def test_ids_have_their_fields(make_login, make_update):
    make_login(user_id="u1")
    make_update(cf_resource_id="c1", idp_resource_id="i1")
    assert person_named(ADA).ids() == [("user_id", "u1"), ("cf_resource_id", "c1"), ("idp_resource_id", "i1")]


def test_profile_names_the_update_behind_it(okta, make_update):
    body = json.dumps({"userName": ADA, "displayName": "Ada L.", "active": True})
    update = make_update(status="SUCCESS", error_description="", request_body=body)
    profile = scim_profile(person_named(ADA), NOW)
    assert profile is not None
    assert (profile.name, profile.active.name, profile.active.update_key) == ("Ada L.", "true", update.key.hex)
    assert profile.provider == okta


def test_no_profile_without_a_success(make_update):
    make_update()
    assert scim_profile(person_named(ADA), NOW) is None


def test_similar_addresses_of_any_account(account, make_login):
    make_login(user_email="adda@meridian.example")
    assert similar_to(ADA, [account.pk]) == ("adda@meridian.example",)
    assert similar_to(ADA, []) == ()
