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


def test_an_address_knows_the_newest_of_each_kind(make_login, make_update):
    make_login(allowed=True, created_at=NOW - 5 * HOUR)
    make_login(allowed=False, created_at=NOW - 4 * HOUR)
    make_login(allowed=None, created_at=NOW - 3 * HOUR)
    make_update(logged_at=NOW - 2 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - 3 * HOUR, NOW - 5 * HOUR, NOW - 4 * HOUR, NOW - 2 * HOUR)


def test_what_arrives_late_and_is_older_moves_no_time_back(make_login):
    make_login(created_at=NOW - HOUR)
    make_login(created_at=NOW - 9 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - HOUR, None, NOW - HOUR, None)


def test_an_address_is_one_whatever_its_case(make_login, make_update):
    make_login(user_email="Ada@Meridian.Example")
    make_update(resource_user_email="ADA@meridian.example")
    assert [address.person for address in PersonAddress.objects.all()] == ["ada@meridian.example"]


def test_letters_beyond_ascii_are_folded_alike_on_every_database(make_login):
    make_login(user_email="ÉMILE@meridian.example")
    make_login(user_email="émile@meridian.example")
    assert [address.person for address in PersonAddress.objects.all()] == ["émile@meridian.example"]


def test_rows_without_an_address_are_nobody(make_login, make_update):
    make_login(user_email="")
    make_update(resource_user_email="", resource_group_name="eng")
    assert not PersonAddress.objects.exists()
    assert not UserId.objects.exists()


def test_addresses_of_one_user_id_are_found_together(make_login):
    make_login(user_id="u1")
    make_login(user_id="u1", user_email="a.l@meridian.example")
    make_login(user_id="", user_email="eve@meridian.example")
    assert list(UserId.objects.values_list("user_id", "person")) == [
        ("u1", "a.l@meridian.example"),
        ("u1", "ada@meridian.example"),
    ]


def test_accounts_know_their_people_apart(make_login):
    make_login()
    make_login(account=Account.objects.create(account_id="another"))
    assert PersonAddress.objects.count() == 2


def test_a_person_at_an_app_knows_the_last_success_and_the_last_denial(make_login):
    make_login(allowed=True, created_at=NOW - 5 * HOUR)
    make_login(created_at=NOW - 4 * HOUR)
    make_login(allowed=None, created_at=NOW - 3 * HOUR)
    make_login(allowed=True, app_uid="another", created_at=NOW - 2 * HOUR)
    app = PersonAtApp.objects.exclude(app_uid="another").get()
    assert (app.allowed_at, app.denied_at) == (NOW - 5 * HOUR, NOW - 4 * HOUR)


@pytest.mark.parametrize("row", [{"action": "logout"}, {"connection": "nonidentity"}, {"user_email": ""}], ids=str)
def test_what_is_no_try_of_a_person_to_log_in_is_no_person_at_an_app(make_login, row):
    make_login(**row)
    assert not PersonAtApp.objects.exists()


@pytest.mark.parametrize("action", ["login", "LOGIN", ""])
def test_a_try_to_log_in_is_one_whatever_its_case_and_without_a_word_too(make_login, action):
    make_login(action=action)
    assert PersonAtApp.objects.exists()


def test_what_only_deleted_rows_had_said_is_taken_back(make_login, make_update):
    make_login(allowed=True, created_at=NOW - 9 * HOUR, user_id="u1")
    make_login(allowed=False, created_at=NOW - HOUR, user_id="u2")
    make_login(user_email="eve@meridian.example", created_at=NOW - 8 * HOUR)
    people.forget_before(NOW - 5 * HOUR)
    assert times_of("ada@meridian.example") == (NOW - HOUR, None, NOW - HOUR, None)
    assert PersonAddress.objects.count() == 1
    [app] = PersonAtApp.objects.all()
    assert (app.allowed_at, app.denied_at) == (None, NOW - HOUR)
    assert [row.user_id for row in UserId.objects.all()] == ["u2"]
