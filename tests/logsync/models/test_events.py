"""Questions to the two logs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import AccessRequest, ScimUpdate
from logsync.models.events import Caller, caller_of, given_time
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def test_logins_include_since_exclude_until(make_login, now):
    before, first, last, after = (make_login(created_at=now + hours * HOUR) for hours in range(4))
    between = AccessRequest.objects.between
    assert set(between(now + HOUR, now + 3 * HOUR)) == {first, last}
    assert set(between(None, now + HOUR)) == {before}
    assert set(between(now + 3 * HOUR, None)) == {after}
    assert set(between(None, None)) == {before, first, last, after}


def test_updates_include_since_exclude_until(make_update, now):
    before, first, last, after = (make_update(logged_at=now + hours * HOUR) for hours in range(4))
    between = ScimUpdate.objects.between
    assert set(between(now + HOUR, now + 3 * HOUR)) == {first, last}
    assert set(between(None, now + HOUR)) == {before}
    assert set(between(now + 3 * HOUR, None)) == {after}


def test_only_explicit_denials_are_denied(make_login):
    denied, _, _ = (make_login(allowed=allowed) for allowed in (False, True, None))
    assert list(AccessRequest.objects.denied()) == [denied]


def test_log_outs_are_not_denied(make_login):
    denied, without_action = make_login(action="LOGIN"), make_login(action="")
    out = make_login(action="logout")
    assert set(AccessRequest.objects.denied()) == {denied, without_action}
    assert list(AccessRequest.objects.of_other_actions()) == [out]


ADDRESSES = [
    "",
    "Ada@meridian.example",
    "non_identity@meridian.cloudflareaccess.com",
    "Warp_Connector@meridian.CloudflareAccess.com",
    "nonXidentity@meridian.cloudflareaccess.com",
    "non_identity@meridian.example",
]


@pytest.mark.parametrize("user_email", ADDRESSES)
@pytest.mark.parametrize("connection", ["", "okta", "nonidentity", "service_token"])
@pytest.mark.parametrize("action", ["", "LogIn", "logout"])
def test_rows_and_queries_agree_on_callers(make_login, user_email, connection, action):
    row = make_login(user_email=user_email, connection=connection, action=action)
    rows = AccessRequest.objects
    assert rows.logins_of_people().exists() is row.is_login_of_person
    assert rows.logins().exists() is row.is_login is not rows.of_other_actions().exists()
    assert rows.denied().exists() is row.is_denied
    assert rows.by_services().exists() is (row.caller is Caller.SERVICE)
    assert rows.without_email().exists() is (row.caller is Caller.UNKNOWN)
    assert rows.not_by_people().exists() is (row.caller is not Caller.PERSON)


@pytest.mark.parametrize(
    ("user_email", "connection", "caller"),
    [
        ("ada@meridian.example", "okta", Caller.PERSON),
        ("ada@meridian.example", "", Caller.PERSON),
        ("non_identity@meridian.example", "okta", Caller.PERSON),
        ("", "", Caller.UNKNOWN),
        ("", "okta", Caller.UNKNOWN),
        ("", "nonidentity", Caller.SERVICE),
        ("ada@meridian.example", "service_token", Caller.SERVICE),
        ("non_identity@meridian.cloudflareaccess.com", "okta", Caller.SERVICE),
        ("warp_connector@meridian.cloudflareaccess.com", "", Caller.SERVICE),
    ],
)
def test_caller_is_person_service_or_unknown(user_email, connection, caller):
    assert caller_of(user_email, connection) is caller


def test_attempts_are_told_by_second(make_login, now):
    for microsecond in (0, 1, 999_999):
        make_login(created_at=now.replace(microsecond=microsecond))
    assert AccessRequest.objects.count_attempts() == 1
    make_login(created_at=now + timedelta(seconds=1))
    make_login(created_at=now, allowed=True)
    make_login(created_at=now, app_uid="other")
    make_login(created_at=now, user_email="bob@meridian.example")
    assert AccessRequest.objects.count_attempts() == 5
    for values in ({"action": "logout"}, {"user_email": ""}, {"connection": "nonidentity"}):
        make_login(created_at=now + timedelta(hours=1), **values)
    assert AccessRequest.objects.count_attempts() == 5


@pytest.mark.parametrize(
    ("status", "has_failed"), [("FAILURE", True), ("ERROR", True), ("SUCCESS", False), ("", False)]
)
def test_only_explicit_failures_failed(make_update, status, has_failed):
    update = make_update(status=status)
    assert update.has_failed is has_failed
    assert ScimUpdate.objects.failed().exists() is has_failed


def test_no_time_is_made_up(make_login, make_update):
    timed = make_login(user_email="ada@meridian.example"), make_update()
    timeless = make_login(lacks_time=True), make_update(lacks_time=True)
    assert [str(row).split(" ")[0] for row in timed] == ["2026-11-19", "2026-11-19"]
    assert str(timeless[0]) == "no time given ada@meridian.example Grafana"
    assert str(timeless[1]) == "no time given POST ada@meridian.example"
    for model, field in ((AccessRequest, "created_at"), (ScimUpdate, "logged_at")):
        times = model.objects.order_by("pk").values_list(given_time(field), flat=True)
        assert list(times) == [NOW - timedelta(hours=1), None]


@pytest.mark.parametrize(
    ("names", "resource"),
    [
        ({}, "ada@meridian.example"),
        ({"resource_user_email": "", "resource_group_name": "eng"}, "eng"),
        ({"resource_user_email": ""}, "bd97ef8d-7986-43e3-9ee0-c25dda33e4b0"),
        ({"resource_user_email": "", "cf_resource_id": ""}, "00u1ab2cd3EF4gh5i6j7"),
        ({"resource_user_email": "", "cf_resource_id": "", "idp_resource_id": ""}, ""),
    ],
)
def test_update_is_named_by_best_identifier(make_update, names, resource):
    assert make_update(**names).resource_label == resource


def test_newest_events_come_first(make_login, make_update, now):
    old, one, other = (make_login(created_at=now - hours * HOUR) for hours in (2, 1, 1))
    assert list(AccessRequest.objects.all()) == [other, one, old]
    old_update, one_update, other_update = (make_update(logged_at=now - hours * HOUR) for hours in (2, 1, 1))
    assert list(ScimUpdate.objects.all()) == [other_update, one_update, old_update]


def test_events_have_readable_names(make_login, make_update):
    assert str(make_login()) == "2026-11-19 13:06:12 ada@meridian.example Grafana"
    assert str(make_update()) == "2026-11-19 13:06:12 POST ada@meridian.example"
