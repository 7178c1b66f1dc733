"""The page of one change: before and after, who and when, and the logins around it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.permissions.roles import Role
from logsync.models import AccessObject, AuditLogChange
from tests.conftest import NOW
from tests.dashboard.changes.conftest import EDITED, GROUP, HOUR, POLICY, Kind
from tests.dashboard.reading import page_of


@pytest.fixture
def page(edited_group, signed_in):
    """The page of the group's change, read by its admin."""
    return lambda: page_of(signed_in.get(f"/changes/{edited_group.pk}/"))


def test_shows_before_and_after(page):
    words = page().text
    for part in (
        "Rule group Engineers changed",
        "in the Okta group eng ",
        "in the Okta group eng-prod",
        "nora@meridian",
    ):
        assert part in words
    assert "Changed 19 Nov 12:06:12" in words


@pytest.mark.usefixtures("all_logins_known")
def test_counts_people_around_it(page, make_login, signed_in):
    for email, minutes, is_allowed in (("ada", -60, True), ("bob", -30, True), ("ada", 14, False), ("cy", 20, False)):
        at = EDITED + timedelta(minutes=minutes)
        make_login(user_email=f"{email}@meridian.example", allowed=is_allowed, created_at=at)
    found = page()
    row = " ".join(found.rows[1])
    assert "Changed 14 minutes before the first denial" in row
    assert [found.rows[1][place].split()[-1] for place in range(1, 6)] == ["0", "2", "2", "0", "1"]
    assert "the reason" in found.text
    # The numbers lead to lists of the same people.
    denied = [link.href for link in found.all("a") if link.href.startswith("/logins/by-person/")]
    assert signed_in.get(denied[-1]).context["count"] == 2


def test_unknown_time_is_said(page):
    assert page().rows[1][1:] == ["not known"] * 5


def test_entry_without_readings(account, signed_in):
    entry = AuditLogChange.objects.create(
        account=account, entry_id="e", changed_at=NOW, kind=Kind.GROUP, object_id="g9", object_name="Staff"
    )
    words = page_of(signed_in.get(f"/changes/entry/{entry.pk}/")).text
    assert "what changed isn’t known" in words
    assert "No application that Gatehouse has read mentioned it" in words


def test_gone_object_shows_its_last_form(edited_group, signed_in):
    group = AccessObject.objects.get(object_id="g1")
    AccessObject.objects.filter(pk=group.pk).update(gone_at=NOW, last_seen_at=NOW - HOUR / 2)
    words = page_of(signed_in.get(f"/changes/gone/{group.pk}/")).text
    assert "Rule group Engineers is gone" in words
    assert "in the Okta group eng-prod" in words


@pytest.mark.parametrize(
    "path", ["/changes/987654/", "/changes/entry/987654/", "/changes/gone/1/", f"/changes/{9**30}/"]
)
def test_no_such_change(path, signed_in, account):
    assert signed_in.get(path).status_code == 404


def test_first_reading_is_no_page(edited_group, signed_in):
    first = AccessObject.objects.get(object_id="g1").snapshots.get(is_first=True)
    assert signed_in.get(f"/changes/{first.pk}/").status_code == 404


def test_addresses_are_masked(make_change, client, make_user):
    make_change(POLICY | {"include": [{"ip": {"ip": "203.0.113.77"}}]}, NOW - 2 * HOUR)
    changed = make_change(POLICY | {"include": [{"ip": {"ip": "203.0.113.78"}}]}, NOW - HOUR)
    user = make_user("una", role=Role.SECURITY)
    client.force_login(user)
    assert "203.0.113.78" in client.get(f"/changes/{changed.pk}/").content.decode()
    client.force_login(make_user("ian", role=Role.HELPDESK))
    assert client.get(f"/changes/{changed.pk}/").status_code == 403


@pytest.mark.parametrize("rules", [7, None, "x", [None, 7, {"group": None}, {"a": 1, "b": 2}], {"email": {}}, [[]]])
def test_values_of_other_types(rules, make_change, signed_in):
    make_change(GROUP, NOW - 2 * HOUR, Kind.GROUP)
    changed = make_change(GROUP | {"include": rules, "require": rules}, NOW - HOUR, Kind.GROUP)
    assert signed_in.get(f"/changes/{changed.pk}/").status_code == 200
    assert signed_in.get("/changes/").status_code == 200


def test_huge_list_is_cut(make_change, signed_in):
    items = [{"value": f"10.{number // 250}.0.{number % 250}"} for number in range(5_000)]
    make_change({"id": "l1", "name": "Offices", "items": items}, NOW - 2 * HOUR, Kind.LIST)
    changed = make_change({"id": "l1", "name": "Offices", "items": items[2_500:]}, NOW - HOUR, Kind.LIST)
    response = signed_in.get(f"/changes/{changed.pk}/")
    assert "2,460 more changed" in page_of(response).text
    assert len(response.content) < 100_000
