"""Who occurs in the logs, and when they last did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.derived import people
from logsync.models import Account, PersonAddress, PersonAtApp, UserId
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def times_of(person):
    return PersonAddress.objects.values_list("login_at", "allowed_at", "denied_at", "update_at").get(person=person)


def test_address_keeps_newest_time_per_kind(make_login, make_update):
    make_login(allowed=True, created_at=NOW - 5 * HOUR)
    make_login(allowed=False, created_at=NOW - 4 * HOUR)
    make_login(allowed=None, created_at=NOW - 3 * HOUR)
    make_update(logged_at=NOW - 2 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - 3 * HOUR, NOW - 5 * HOUR, NOW - 4 * HOUR, NOW - 2 * HOUR)


def test_late_older_row_moves_nothing_back(make_login):
    make_login(created_at=NOW - HOUR)
    make_login(created_at=NOW - 9 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - HOUR, None, NOW - HOUR, None)


def test_address_ignores_case(make_login, make_update):
    make_login(user_email="Ada@Meridian.Example")
    make_update(resource_user_email="ADA@meridian.example")
    assert [address.person for address in PersonAddress.objects.all()] == ["ada@meridian.example"]


def test_case_folding_handles_non_ascii_everywhere(make_login):
    make_login(user_email="ÉMILE@meridian.example")
    make_login(user_email="émile@meridian.example")
    assert [address.person for address in PersonAddress.objects.all()] == ["émile@meridian.example"]


def test_rows_without_address_have_no_person(make_login, make_update):
    make_login(user_email="")
    make_update(resource_user_email="", resource_group_name="eng")
    assert not PersonAddress.objects.exists()
    assert not UserId.objects.exists()


def test_addresses_share_user_id(make_login):
    make_login(user_id="u1")
    make_login(user_id="u1", user_email="a.l@meridian.example")
    make_login(user_id="", user_email="eve@meridian.example")
    assert list(UserId.objects.values_list("user_id", "person")) == [
        ("u1", "a.l@meridian.example"),
        ("u1", "ada@meridian.example"),
    ]


def test_people_are_separate_per_account(make_login):
    make_login()
    make_login(account=Account.objects.create(account_id="another"))
    assert PersonAddress.objects.count() == 2


def test_person_at_app_keeps_last_outcomes(make_login):
    make_login(allowed=True, created_at=NOW - 5 * HOUR)
    make_login(created_at=NOW - 4 * HOUR)
    make_login(allowed=None, created_at=NOW - 3 * HOUR)
    make_login(allowed=True, app_uid="another", created_at=NOW - 2 * HOUR)
    app = PersonAtApp.objects.exclude(app_uid="another").get()
    assert (app.allowed_at, app.denied_at) == (NOW - 5 * HOUR, NOW - 4 * HOUR)


@pytest.mark.parametrize("row", [{"action": "logout"}, {"connection": "nonidentity"}, {"user_email": ""}], ids=str)
def test_other_requests_are_no_login_attempt(make_login, row):
    make_login(**row)
    assert not PersonAtApp.objects.exists()


@pytest.mark.parametrize("row", [{"action": "logout"}, {"connection": "nonidentity"}, {"action": "register"}], ids=str)
def test_other_requests_are_no_login(make_login, row):
    make_login(allowed=True, **row)
    assert times_of("ada@meridian.example") == (None, None, None, None)
    assert PersonAddress.objects.get().other_at == NOW - HOUR


@pytest.mark.parametrize(
    "row", [{"connection": "service_token"}, {"user_email": "non_identity@t.cloudflareaccess.com"}]
)
def test_services_share_no_user_id(make_login, row):
    make_login(user_id="u1", **row)
    assert not UserId.objects.exists()


@pytest.mark.parametrize("action", ["login", "LOGIN", ""])
def test_login_attempt_ignores_case_of_action(make_login, action):
    make_login(action=action)
    assert PersonAtApp.objects.exists()


def test_facts_from_deleted_rows_are_removed(make_login, make_update):
    make_login(allowed=True, created_at=NOW - 9 * HOUR, user_id="u1")
    make_login(allowed=False, created_at=NOW - HOUR, user_id="u2")
    make_login(user_email="eve@meridian.example", created_at=NOW - 8 * HOUR)
    people.forget_before(NOW - 5 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - HOUR, None, NOW - HOUR, None)
    assert PersonAddress.objects.count() == 1
    [app] = PersonAtApp.objects.all()
    assert (app.allowed_at, app.denied_at) == (None, NOW - HOUR)
    assert [row.user_id for row in UserId.objects.all()] == ["u2"]
