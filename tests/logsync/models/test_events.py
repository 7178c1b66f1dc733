"""Questions to the two logs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import AccessRequest, ScimUpdate
from logsync.models.events import given_time, is_of_person
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


def test_services_are_told_from_people(make_login):
    make_login()
    services = {make_login(user_email=""), make_login(connection="nonidentity")}
    assert set(AccessRequest.objects.by_services()) == services


@pytest.mark.parametrize("user_email", ["", "Ada@meridian.example"])
@pytest.mark.parametrize("connection", ["", "okta", "nonidentity"])
@pytest.mark.parametrize("action", ["", "login", "logout"])
def test_rows_and_queries_agree_on_persons(make_login, user_email, connection, action):
    row = make_login(user_email=user_email, connection=connection, action=action)
    assert AccessRequest.objects.logins_of_people().exists() is row.is_login_of_person
    assert AccessRequest.objects.by_services().exists() is not is_of_person(row.person, row.connection)


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
