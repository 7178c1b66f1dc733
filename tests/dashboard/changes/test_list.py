"""The list of changes: what it shows, its filters, its pages, its exports."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission as DjangoPermission

from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import Role
from logsync.models import AccessObject
from tests.conftest import NOW
from tests.dashboard.changes.conftest import EDITED, GROUP, HOUR, POLICY, Kind
from tests.dashboard.reading import follow, page_of, problems_in, records_of

APP = "13d976ec-915a-4e59-afab-cef6291764b8"
HOSTILE = "<script>alert(1)</script>\u202e"


def names_in(response):
    return [line.record.name for line in response.context["lines"]]


@pytest.fixture
def several(edited_group, make_change, account):
    """Four changes, the newest first: another policy, the group, Engineering twice."""
    for hours, decision in ((30, "deny"), (20, "bypass")):
        make_change(POLICY | {"decision": decision}, NOW - hours * HOUR)
    other = {"id": "p2", "name": "Visitors", "decision": "allow", "include": [{"everyone": {}}]}
    for hours, decision in ((50, "allow"), (1, "deny")):
        make_change(other | {"decision": decision}, NOW - hours * HOUR / 2)


def test_says_what_when_and_who(edited_group, make_login, signed_in):
    make_login(app_name="Grafana")
    [row] = page_of(signed_in.get("/changes/")).rows[1:]
    words = " ".join(row)
    for part in ("19 Nov 12:06", "Engineers", "Rule group", "Include: 1 rule replaced", "Grafana", "nora@meridian"):
        assert part in words


def test_nothing_changed(read_policies, signed_in):
    read_policies(POLICY, groups=[GROUP])
    page = page_of(signed_in.get("/changes/"))
    assert "Nothing changed in this range" in page.text


def test_nothing_was_read(signed_in, account):
    assert "Nothing was read yet" in page_of(signed_in.get("/changes/")).text


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Visitors", "Engineers", "Engineering", "Engineering"]),
        ("kind=group", ["Engineers"]),
        ("not.kind=group", ["Visitors", "Engineering", "Engineering"]),
        ("who=NORA", ["Engineers"]),
        ("who=omar", []),
        ("q=engineer", ["Engineers", "Engineering", "Engineering"]),
        ("object_id=p1", ["Engineering", "Engineering"]),
        (f"app_uid={APP}", ["Engineers", "Engineering", "Engineering"]),
        ("app_uid=another", []),
        ("range=24h", ["Visitors", "Engineers", "Engineering"]),
        ("account=0123456789abcdef0123456789abcdef", ["Visitors", "Engineers", "Engineering", "Engineering"]),
        ("filter=kind:policy+q:eng", ["Engineering", "Engineering"]),
    ],
)
def test_filters(query, names, signed_in):
    assert names_in(signed_in.get(f"/changes/?{query}", follow=True)) == names


@pytest.mark.usefixtures("several")
def test_exports_have_same_rows(signed_in):
    records = records_of(signed_in.get("/changes.csv"))
    assert [record["name"] for record in records] == ["Visitors", "Engineers", "Engineering", "Engineering"]
    group = records[1]
    assert (group["kind"], group["object_id"], group["who"], group["apps"]) == (
        "group",
        "g1",
        "nora@meridian.example",
        APP,
    )
    assert (group["changed_at"], group["known_by"]) == ("2026-11-19T12:06:12.000000Z", "snapshot")
    rows = json.loads(b"".join(signed_in.get("/changes.json?kind=group")))["result"]
    assert [row["summary"] for row in rows] == ["Include: 1 rule replaced"]


def test_pages_by_keyset(edited_group, make_change, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.changes.views.ChangeList.most", 2)
    for hours in range(3):
        make_change(POLICY | {"session_duration": f"{hours}h"}, NOW - timedelta(minutes=30 - hours))
    first = signed_in.get("/changes/")
    second = follow(signed_in, "/changes/", first.context["older_href"])
    assert (names_in(first), names_in(second)) == (["Engineering"] * 2, ["Engineering", "Engineers"])
    assert not second.context["older_href"]
    assert names_in(follow(signed_in, "/changes/", second.context["newer_href"])) == names_in(first)


@pytest.mark.parametrize("place", ["x", "2026-11-19T14:00:00Z.snapshot", "9999-99-99T14:00:00Z.gone.1", "1.2.3"])
def test_cut_place_is_said(edited_group, signed_in, place):
    assert problems_in(signed_in.get(f"/changes/?after={place}"))


def test_names_are_never_markup(account, make_change, signed_in):
    for hours in (2, 1):
        make_change({"id": "p", "name": HOSTILE, "decision": f"{HOSTILE}{hours}"}, NOW - hours * HOUR)
    content = signed_in.get("/changes/").content.decode()
    assert "<script>alert" not in content


def test_two_permissions_to_export(edited_group, client, make_user):
    user = make_user("una", role=Role.HELPDESK)
    client.force_login(user)
    assert client.get("/changes/").status_code == 403
    assert "/changes/" not in client.get("/").content.decode()
    user.user_permissions.add(DjangoPermission.objects.get(codename=Permission.VIEW_POLICIES.codename))
    assert client.get("/changes/").status_code == 200
    assert client.get("/changes.csv").status_code == 403
    assert "/changes.csv" not in client.get("/changes/").content.decode()


def test_cost_does_not_grow(edited_group, make_change, signed_in, django_assert_max_num_queries):
    signed_in.get("/changes/")
    with django_assert_max_num_queries(40) as few:
        signed_in.get("/changes/")
    for number in range(12):
        make_change(POLICY | {"session_duration": f"{number}h"}, NOW - timedelta(minutes=30 - number))
    with django_assert_max_num_queries(len(few)):
        assert len(names_in(signed_in.get("/changes/"))) == 13


def test_gone_objects_are_listed(edited_group, signed_in):
    AccessObject.objects.filter(kind=Kind.POLICY).update(gone_at=NOW - HOUR, last_seen_at=EDITED)
    rows = page_of(signed_in.get("/changes/")).rows[1:]
    assert "No longer there" in " ".join(rows[0])
