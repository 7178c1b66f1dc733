"""Who was let in after a deprovisioning that worked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.insight import deprovisioning
from logsync.insight.deprovisioning import check_deprovisioning
from logsync.models import Account, ScimUpdate
from logsync.spans import BEGINNING, END, Span
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


def check_all(most=None):
    return check_deprovisioning(ScimUpdate.objects.all(), Span(BEGINNING, END), most)


def found():
    return [(one.person, one.logins, one.until_first, one.until_last) for one in check_all().let_in]


@pytest.mark.parametrize("what", ["off", "deleted"])
def test_login_after_deprovisioning_is_found(change, login, what):
    update = change(what, 100)
    first, last = login(90), login(60)
    [one] = check_all().let_in
    assert (one.update, one.first, one.last, one.logins) == (update, first, last, 2)
    assert (one.until_first, one.until_last) == (timedelta(minutes=10), timedelta(minutes=40))


@pytest.mark.parametrize(
    ("minutes", "values"),
    [(98, {}), (101, {}), (50, {"allowed": False}), (50, {"allowed": None}), (50, {"connection": "nonidentity"})],
    ids=["within two minutes", "before it", "denied", "not said", "a service token"],
)
def test_inconclusive_logins_are_excluded(change, login, minutes, values):
    change("off", 100)
    login(minutes, **values)
    assert found() == []


def test_login_counts_after_two_minutes(change, login):
    change("off", 100)
    login(97.99)
    assert len(found()) == 1


def test_two_minutes_count_for_each_person(change, login):
    change("off", 200)
    change("off", 100, name="bob")
    login(150, name="bob")
    login(98.5, name="bob")
    assert found() == []
    login(97.5, name="bob")
    assert [person for person, *_ in found()] == ["bob@meridian.example"]


def test_reactivated_person_is_excluded_and_counted(change, login):
    change("off", 100)
    change("on", 80)
    login(90)
    login(50)
    result = check_all()
    assert (result.let_in, result.deprovisioned, result.active_again) == ([], 1, 1)


def test_recreated_person_is_excluded(change, login):
    change("deleted", 100)
    change("on", 80, request_method="POST", request_body='{"userName":"ada@meridian.example"}')
    login(50)
    assert found() == []


def test_deprovisioning_after_reactivation_counts(change, login):
    change("off", 200)
    change("on", 150)
    change("off", 100)
    login(120)
    login(90)
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_first_of_repeated_deprovisionings_counts(change, login):
    change("off", 100)
    change("off", 70)
    login(90)
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_failed_deprovisioning_does_not_count(change, login):
    change("off", 100, status="FAILURE")
    login(90)
    assert found() == []


def test_longest_time_comes_first_as_worst(change, login):
    for name, minutes in (("ada", 90), ("bob", 40), ("cy", 70)):
        change("off", 100, name)
        login(minutes, name)
    result = check_all()
    assert [one.person[:3] for one in result.let_in] == ["bob", "cy@", "ada"]
    assert (result.median, result.worst) == (timedelta(minutes=30), timedelta(minutes=60))


def test_empty_result_has_no_median(db):
    result = check_all()
    assert (result.median, result.worst, result.is_cut) == (None, None, False)


def test_resource_identifies_person_without_name(change, login):
    change("on", 200)
    change("off", 100, resource_user_email="")
    login(90)
    assert [one[0] for one in found()] == [ADA]


def test_login_under_second_address_counts(change, login):
    change("off", 100)
    login(150)
    login(90, user_email="a.l@meridian.example")
    login(80, user_email="eve@meridian.example", user_id="another")
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_first_and_last_addresses_may_differ(change, login):
    change("off", 100)
    first, last = login(90), login(80, user_email="a.l@meridian.example")
    [one] = check_all().let_in
    assert (one.first, one.last, one.logins) == (first, last, 2)


def test_address_of_linked_user_counts(change, login):
    change("on", 300)
    change("on", 200, "old", resource_user_email="ada@meridian.example")
    change("on", 190, "old", resource_user_email="a.l@meridian.example")
    change("off", 150, "old", resource_user_email="")
    change("off", 100)
    login(90, "a.l")
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_users_sharing_address_are_one_person(change, login):
    change("off", 100)
    change("off", 50, "old", resource_user_email="ada@meridian.example")
    login(90)
    login(40)
    assert check_all().deprovisioned == 1
    # Until the second user was switched off too, the person had one that was not.
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_new_user_of_the_same_address_counts(change, login):
    change("deleted", 100)
    change("on", 80, "ada-2", request_method="POST", resource_user_email=ADA)
    login(50)
    result = check_all()
    assert (result.let_in, result.deprovisioned, result.active_again, result.still_on) == ([], 1, 1, 0)


def test_new_user_under_another_address_counts(change, login):
    login(200)
    login(190, user_email="a.l@meridian.example")
    change("deleted", 100)
    change("on", 80, "a.l", request_method="POST")
    login(50)
    assert (found(), check_all().active_again) == ([], 1)


def test_user_of_another_provider_is_still_on(change, login):
    change("on", 200, idp_id="entra")
    change("off", 100)
    login(50)
    result = check_all()
    assert (result.let_in, result.deprovisioned, result.active_again, result.still_on) == ([], 1, 0, 1)


def test_users_of_both_providers_are_switched_off(change, login):
    change("off", 100, idp_id="entra")
    update = change("off", 60)
    login(80)
    login(50)
    [one] = check_all().let_in
    assert (one.update, one.logins) == (update, 1)


def test_one_address_of_a_row_is_enough(change, login):
    change("off", 100, resource_user_email="")
    change("off", 90, "bob", resource_user_email="")
    login(50)
    assert (found(), check_all().deprovisioned) == ([], 2)


def test_login_without_a_time_is_not_after(change, login):
    change("off", 100)
    login(90)
    login(50, lacks_time=True)
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_only_login_without_a_time_proves_nothing(change, login):
    change("off", 100)
    login(50, lacks_time=True)
    assert (found(), check_all().times) == ([], [])


def test_deprovisioning_without_a_time_counts_none(change, login):
    change("off", 100, lacks_time=True)
    login(50)
    assert (found(), check_all().deprovisioned) == ([], 0)


def test_past_span_knows_nothing_later(change, login):
    change("off", 100)
    login(90)
    login(50)
    change("on", 40)
    updates = ScimUpdate.objects.all()
    assert check_deprovisioning(updates, Span(ago(200), END), now=NOW).let_in == []
    past = check_deprovisioning(updates, Span(ago(200), ago(60)), now=NOW)
    assert past.as_of == ago(60)
    assert [(one.logins, one.until_last) for one in past.let_in] == [(1, timedelta(minutes=10))]


def test_allowed_logout_is_not_login(change, login):
    change("off", 100)
    login(90)
    login(80, action="logout")
    assert found() == [(ADA, 1, timedelta(minutes=10), timedelta(minutes=10))]


def test_simultaneous_logins_keep_stored_order(change, login):
    change("off", 100)
    first, _, last = login(90), login(90), login(90)
    [one] = check_all().let_in
    assert (one.first, one.last, one.logins) == (first, last, 3)


def test_other_accounts_logins_do_not_count(change, login, db):
    change("off", 100)
    login(90, account=Account.objects.create(account_id="2" * 32))
    assert found() == []


@pytest.mark.parametrize("setting", [True, False, None])
def test_providers_setting_is_reported(change, login, okta, setting):
    okta.user_deprovision = setting
    okta.save()
    change("off", 100)
    login(90)
    assert [one.setting for one in check_all().let_in] == [setting]


def test_truncated_check_says_so(change, monkeypatch):
    monkeypatch.setattr(deprovisioning, "MOST_LOOKED_AT", 2)
    for name in ("ada", "bob", "cy"):
        change("off", 100, name)
    result = check_all()
    assert (result.is_cut, result.deprovisioned) == (True, 2)


@pytest.fixture
def several_let_in(change, login):
    """So many people who were let in, each a minute later after the deprovisioning than the one before."""

    def make(number):
        for one in range(number):
            change("off", 200, f"person{one}")
            login(190, f"person{one}")
            login(180 - one, f"person{one}")
            login(181 - one, f"person{one}", user_email=f"p{one}@meridian.example")

    return make


def test_details_are_limited_but_times_complete(several_let_in):
    several_let_in(5)
    result = check_all(most=2)
    assert [one.person[:7] for one in result.let_in] == ["person4", "person3"]
    assert [one.until_last for one in result.let_in] == result.times[:2]
    assert (len(result.times), result.median, result.worst) == (5, timedelta(minutes=22), timedelta(minutes=24))


def test_query_count_is_constant(several_let_in, django_assert_max_num_queries):
    several_let_in(2)
    with django_assert_max_num_queries(15) as few:
        assert len(found()) == 2
    several_let_in(20)
    with django_assert_max_num_queries(len(few)):
        assert len(found()) == 20


def test_batched_login_counts_stay_equal(several_let_in, monkeypatch):
    several_let_in(5)
    at_once = found()
    monkeypatch.setattr(deprovisioning, "BATCH", 3)
    assert found() == at_once
    assert {rows for _, rows, _, _ in at_once} == {3}


def test_only_updates_in_the_span_count(change, login):
    change("off", 100)
    login(50)
    updates = ScimUpdate.objects.all()
    assert check_deprovisioning(updates, Span(ago(100), NOW)).deprovisioned == 1
    assert check_deprovisioning(updates, Span(ago(99), NOW)).deprovisioned == 0


# Who was let in within a span


def let_in_names(since, until=END, most=9):
    found = deprovisioning.let_in_during(ScimUpdate.objects.all(), Span(since, until), most, NOW)
    return found.people, [one.person.partition("@")[0] for one in found.newest]


def test_logins_of_span_are_told_newest_first(change, login):
    for name, off, at in (("ada", 900, 50), ("bob", 90, 60), ("cleo", 80, 10), ("dan", 900, 500)):
        change("off", off, name)
        login(at, name)
    assert let_in_names(ago(100)) == (3, ["cleo", "ada", "bob"])
    assert let_in_names(ago(100), most=1) == (3, ["cleo"])
    assert let_in_names(ago(1000), ago(400)) == (1, ["dan"])


def test_login_in_span_may_precede_others(change, login):
    change("off", 900)
    login(500)
    login(10)
    assert let_in_names(ago(600), ago(400)) == (1, ["ada"])
    assert let_in_names(ago(100)) == (1, ["ada"])
    assert let_in_names(ago(300), ago(200)) == (0, [])


def test_later_activation_ends_no_past_span(change, login):
    change("off", 900)
    login(500)
    change("on", 300)
    assert let_in_names(ago(1000)) == (0, [])
    assert let_in_names(ago(1000), ago(400)) == (1, ["ada"])
