"""Who was let in after a deprovisioning that worked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync import deprovisioned
from logsync.deprovisioned import check
from logsync.models import Account, ScimUpdate
from tests.conftest import NOW

ADA = "ada@meridian.example"


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


@pytest.fixture
def change(make_update):
    """A SCIM update of a user's account that worked, so many minutes ago: on, off or deleted."""

    def make(what, minutes, name="ada", **values):
        body = json.dumps({"Operations": [{"op": "replace", "path": "active", "value": what == "on"}]})
        deleted = {"request_method": "DELETE", "request_body": ""}
        row = {"status": "SUCCESS", "error_description": "", "request_method": "PATCH", "request_body": body}
        ids = {"cf_resource_id": f"cf-{name}", "idp_resource_id": f"idp-{name}"}
        names = {"resource_user_email": f"{name}@meridian.example"}
        values = row | ids | names | (deleted if what == "deleted" else {}) | values
        return make_update(logged_at=ago(minutes), **values)

    return make


@pytest.fixture
def login(make_login):
    return lambda minutes, name="ada", **values: make_login(
        created_at=ago(minutes), **{"allowed": True, "user_email": f"{name}@meridian.example", "user_id": name} | values
    )


def found():
    return [(one.person, one.logins, one.until_first, one.until_last) for one in check(ScimUpdate.objects.all()).let_in]


@pytest.mark.parametrize("what", ["off", "deleted"])
def test_a_login_that_was_allowed_after_a_deprovisioning_is_found(change, login, what):
    update = change(what, 100)
    first, last = login(90), login(60)
    [one] = check(ScimUpdate.objects.all()).let_in
    assert (one.update, one.first, one.last, one.logins) == (update, first, last, 2)
    assert (one.until_first, one.until_last) == (timedelta(minutes=10), timedelta(minutes=40))


@pytest.mark.parametrize(
    ("minutes", "values"),
    [(98, {}), (101, {}), (50, {"allowed": False}), (50, {"allowed": None}), (50, {"connection": "nonidentity"})],
    ids=["within two minutes", "before it", "denied", "not said", "a service token"],
)
def test_what_proves_nothing_is_left_out(change, login, minutes, values):
    change("off", 100)
    login(minutes, **values)
    assert found() == []


def test_just_more_than_two_minutes_later_counts(change, login):
    change("off", 100)
    login(97.99)
    assert len(found()) == 1


def test_who_was_activated_again_is_left_out_and_counted(change, login):
    change("off", 100)
    change("on", 80)
    login(90)
    login(50)
    result = check(ScimUpdate.objects.all())
    assert (result.let_in, result.deprovisioned, result.active_again) == ([], 1, 1)


def test_who_was_made_again_is_left_out(change, login):
    change("deleted", 100)
    change("on", 80, request_method="POST", request_body='{"userName":"ada@meridian.example"}')
    login(50)
    assert found() == []


def test_a_deprovisioning_after_an_activation_counts_from_itself(change, login):
    change("off", 200)
    change("on", 150)
    change("off", 100)
    login(120)
    login(90)
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_of_a_repeated_deprovisioning_the_first_counts(change, login):
    change("off", 100)
    change("off", 70)
    login(90)
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_a_deprovisioning_that_failed_is_none(change, login):
    change("off", 100, status="FAILURE")
    login(90)
    assert found() == []


def test_the_longest_time_comes_first_and_is_the_worst(change, login):
    for name, minutes in (("ada", 90), ("bob", 40), ("cy", 70)):
        change("off", 100, name)
        login(minutes, name)
    result = check(ScimUpdate.objects.all())
    assert [one.person[:3] for one in result.let_in] == ["bob", "cy@", "ada"]
    assert (result.median, result.worst) == (timedelta(minutes=30), timedelta(minutes=60))


def test_nobody_has_neither_median_nor_worst(db):
    result = check(ScimUpdate.objects.all())
    assert (result.median, result.worst, result.is_cut) == (None, None, False)


def test_a_row_that_names_nobody_finds_the_person_by_the_resource(change, login):
    change("on", 200)
    change("off", 100, resource_user_email="")
    login(90)
    assert [one[0] for one in found()] == [ADA]


def test_a_login_under_another_address_of_the_same_user_counts(change, login):
    change("off", 100)
    login(150)
    login(90, user_email="a.l@meridian.example")
    login(80, user_email="eve@meridian.example", user_id="another")
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_another_accounts_logins_are_another_person(change, login, db):
    change("off", 100)
    login(90, account=Account.objects.create(account_id="2" * 32))
    assert found() == []


@pytest.mark.parametrize("setting", [True, False, None])
def test_the_providers_setting_is_told(change, login, okta, setting):
    okta.user_deprovision = setting
    okta.save()
    change("off", 100)
    login(90)
    assert [one.setting for one in check(ScimUpdate.objects.all()).let_in] == [setting]


def test_more_than_are_looked_at_is_said(change, monkeypatch):
    monkeypatch.setattr(deprovisioned, "MOST_LOOKED_AT", 2)
    for name in ("ada", "bob", "cy"):
        change("off", 100, name)
    result = check(ScimUpdate.objects.all())
    assert (result.is_cut, result.deprovisioned) == (True, 2)
