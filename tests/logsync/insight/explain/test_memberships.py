"""What SCIM last said of a person and the groups that rules mention."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.insight.explain import memberships
from logsync.insight.explain.memberships import memberships_of
from logsync.models import IdentityProvider, Log
from logsync.scim.request.parse import read_request
from tests.conftest import NOW

OKTA = "411d2f50-92ce-442f-a163-866113f28168"
ENTRA = "0f0e4d39-9f0b-4a6f-9c3f-7d8f4d3bb0f5"
ADA, BOB = "cf-ada", "cf-bob"
GROUP = {"id": "cf-group", "external": "entra-group", "name": "Eng-Prod"}


@pytest.fixture
def scim_log(make_stream, okta, cover):
    """The log of Okta, known for the last 30 days."""
    cover(make_stream(Log.SCIM_UPDATES, OKTA), NOW - timedelta(days=30), NOW)


@pytest.fixture
def user(make_update):
    """Note that SCIM created a user, `hours` from NOW."""

    def make(hours=-100, name="ada", id=ADA, **values):
        email = f"{name}@meridian.example"
        row = {
            "status": "SUCCESS", "logged_at": NOW + timedelta(hours=hours), "resource_user_email": email,
            "cf_resource_id": id, "idp_resource_id": f"idp-{id}", "request_body": json.dumps({"userName": email}),
        }  # fmt: skip
        return make_update(**row | values)

    return make


@pytest.fixture
def group(make_update):
    """Note a successful request about the group, `hours` from NOW."""

    def make(hours, method="PATCH", body=None, thing=GROUP, **values):
        row = {
            "status": "SUCCESS", "logged_at": NOW + timedelta(hours=hours), "request_method": method,
            "resource_type": "GROUP", "resource_user_email": "", "resource_group_name": thing["name"],
            "cf_resource_id": thing["id"], "idp_resource_id": thing["external"],
            "request_body": body if isinstance(body, str) else json.dumps(body or {}),
        }  # fmt: skip
        return make_update(**row | values)

    return make


def patch(op, *ids):
    return {"Operations": [{"op": op, "path": "members", "value": [{"value": id} for id in ids]}]}


def whole(*ids):
    return {"displayName": GROUP["name"], "members": [{"value": id} for id in ids]}


def said_of(login, *mentioned):
    """The memberships as (is a member, hours from NOW), and all names of the group."""
    found = memberships_of([login], {login.account_id: mentioned or ("eng-prod",)})
    return [(one.is_member, (one.at - NOW) / timedelta(hours=1), one.names) for one in found.get(login.pk, ())]


NAMES = frozenset(GROUP.values())


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([(-50, "PATCH", patch("add", ADA))], (True, -50)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PATCH", patch("remove", ADA))], (False, -20)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PATCH", patch("add", BOB))], (True, -50)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PUT", whole(BOB))], (False, -20)),
        ([(-50, "POST", whole(ADA)), (-20, "PUT", whole(ADA, BOB))], (True, -20)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "DELETE", "")], (False, -20)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PATCH", patch("replace", BOB))], (False, -20)),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PATCH", "{cut")], None),
        ([(-50, "PATCH", patch("add", ADA)), (-20, "PATCH", "{cut"), (-10, "PUT", whole(ADA))], (True, -10)),
        # What came after the login says nothing about it.
        ([(-50, "PATCH", patch("add", ADA)), (-0.5, "PATCH", patch("remove", ADA))], (True, -50)),
    ],
)
def test_last_word_before_login(scim_log, make_login, user, group, requests, said):
    user()
    for hours, method, body in requests:
        group(hours, method, body)
    assert said_of(make_login()) == ([] if said is None else [(*said, NAMES)])


def test_new_user_is_in_no_group(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", BOB))
    assert said_of(make_login()) == [(False, -100, NAMES | {"eng-prod"})]


def test_failed_requests_do_not_count(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    group(-20, "PATCH", patch("remove", ADA), status="FAILURE")
    group(-19, "PATCH", patch("remove", ADA), status="")
    assert said_of(make_login()) == [(True, -50, NAMES)]


def test_group_found_by_any_id(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    login = make_login()
    for name in ("Eng-Prod", "eng-prod", "entra-group", "cf-group"):
        assert said_of(login, name) == [(True, -50, NAMES)]
    assert said_of(login, "eng-prod-2") == []


def test_member_by_provider_id(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", f"idp-{ADA}"))
    assert said_of(make_login()) == [(True, -50, NAMES)]


def test_renamed_group_bears_newest_name(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    renamed = {"Operations": [{"op": "replace", "value": {"displayName": "Platform"}}]}
    group(-20, "PATCH", renamed)
    assert said_of(make_login()) == [(True, -50, frozenset({"Platform", "cf-group", "entra-group"}))]
    [before] = said_of(make_login(created_at=NOW - timedelta(hours=30)))
    assert before == (True, -50, NAMES)


def test_deleted_user_is_no_member(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    user(-20, request_method="DELETE", request_body="")
    assert said_of(make_login()) == [(False, -20, NAMES)]


def switch(is_on):
    """The body of a PATCH that switches a user on or off."""
    return json.dumps({"Operations": [{"op": "replace", "path": "active", "value": is_on}]})


def test_switched_off_member_is_left_out(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    user(-20, request_method="PATCH", request_body=switch(False))
    user(-10, request_method="PATCH", request_body=switch(True), status="FAILURE")
    user(-9, request_method="PATCH", request_body="{cut")
    login = make_login()
    assert said_of(login) == []
    # It holds for logins since then, until a newer update says something else.
    assert said_of(make_login(created_at=NOW - timedelta(hours=30))) == [(True, -50, NAMES)]
    user(-8, request_method="PATCH", request_body=switch(True))
    assert said_of(login) == [(True, -50, NAMES)]
    user(-7, request_method="PUT", request_body=json.dumps({"userName": "ada", "active": False}))
    assert said_of(login) == []
    group(-6, "PATCH", patch("add", ADA))
    assert said_of(login) == [(True, -6, NAMES)]


def test_switched_off_outsider_stays_one(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("remove", ADA))
    user(-20, request_method="PATCH", request_body=switch(False))
    assert said_of(make_login()) == [(False, -50, NAMES)]


def test_switch_at_other_provider_says_nothing(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    user(-20, request_method="PATCH", request_body=switch(False), idp_id=ENTRA)
    assert said_of(make_login()) == [(True, -50, NAMES)]


def test_hole_in_log_leaves_doubt(make_stream, okta, cover, make_login, user, group):
    stream = make_stream(Log.SCIM_UPDATES, OKTA)
    cover(stream, NOW - timedelta(days=30), NOW - timedelta(hours=40))
    cover(stream, NOW - timedelta(hours=30), NOW)
    user()
    group(-50, "PATCH", patch("add", ADA))
    assert said_of(make_login()) == []
    assert said_of(make_login(created_at=NOW - timedelta(hours=45))) == [(True, -50, NAMES)]
    group(-25, "PATCH", patch("add", ADA))
    assert said_of(make_login()) == [(True, -25, NAMES)]


def test_row_without_time_leaves_doubt(scim_log, make_login, user, group):
    user()
    group(-50, "PATCH", patch("add", ADA))
    group(-20, "PATCH", patch("remove", ADA), lacks_time=True)
    assert said_of(make_login()) == []


def test_providers_are_kept_apart(scim_log, account, make_stream, cover, make_login, user, group):
    IdentityProvider.objects.create(account=account, idp_id=ENTRA, name="Entra ID", type="azureAD", scim_enabled=True)
    cover(make_stream(Log.SCIM_UPDATES, ENTRA), NOW - timedelta(days=30), NOW)
    user()
    user(idp_id=ENTRA)
    group(-50, "PATCH", patch("add", ADA))
    group(-40, "PATCH", patch("add", BOB), idp_id=ENTRA)
    login = make_login()
    found = memberships_of([login], {account.pk: ["eng-prod"]})[login.pk]
    assert {(one.idp_id, one.is_member) for one in found} == {(OKTA, True), (ENTRA, False)}


def test_partial_list_of_entra_proves_no_absence(account, make_stream, cover, make_login, user, group):
    IdentityProvider.objects.create(account=account, idp_id=ENTRA, name="Entra ID", type="azureAD", scim_enabled=True)
    cover(make_stream(Log.SCIM_UPDATES, ENTRA), NOW - timedelta(days=30), NOW)
    user(idp_id=ENTRA)
    group(-50, "PATCH", patch("add", ADA), idp_id=ENTRA)
    group(-20, "PATCH", patch("replace", BOB), idp_id=ENTRA)
    assert said_of(make_login()) == []


def test_updates_about_others_stay_unread(scim_log, make_login, user, group, monkeypatch):
    user()
    group(-90, "PATCH", patch("add", ADA))
    naming = {"op": "replace", "value": {"displayName": GROUP["name"]}}
    for number in range(20):
        group(-80 + number, "PATCH", {"Operations": [naming, *patch("add", f"cf-{number}")["Operations"]]})
    bodies = []

    def read(*request):
        bodies.append(request)
        return read_request(*request)

    monkeypatch.setattr(memberships, "read_request", read)
    assert said_of(make_login()) == [(True, -90, NAMES)]
    # Her own, the last that names the group, and that which created her.
    assert len(bodies) == 3


def test_many_people_in_few_queries(scim_log, account, make_login, user, group, django_assert_max_num_queries):
    logins = []
    for number in range(20):
        user(name=f"p{number}", id=f"cf-{number}")
        group(-90 + number, "PATCH", patch("add", f"cf-{number}"))
        logins.append(make_login(user_email=f"p{number}@meridian.example", user_id=f"id-{number}"))
    group(-60, "PATCH", patch("remove", "cf-3", "cf-4"))
    with django_assert_max_num_queries(20):
        found = memberships_of(logins, {account.pk: ["eng-prod"]})
    members = [one.is_member for login in logins for one in found[login.pk]]
    assert members == [number not in (3, 4) for number in range(20)]
