"""The list of users: who can sign in, what they may do, and when they were last here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission as Stored
from django.contrib.auth.models import User

from dashboard.permissions.account_limits import set_limit
from dashboard.permissions.models import RolesFromGroups
from dashboard.permissions.roles import Role
from dashboard.users.models import LastSeen
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of


@pytest.fixture
def names(admin):
    """The first word of each row of the page at a query."""
    return lambda query="": [row[0].split()[0] for row in page_of(admin.get(f"/users/?{query}")).rows[1:]]


@pytest.fixture
def people(make_user, kim):
    """One of each kind, besides the admin sam and kim of the helpdesk."""
    make_user("ada", role=Role.SECURITY, last_login=NOW, first_name="Ada", last_name="Lovelace")
    make_user("nils", role=None, last_login=NOW)
    make_user("root", role=None, is_superuser=True, last_login=NOW)
    make_user("gone", role=Role.ANALYST, is_active=False)
    make_user("new@meridian.example", role=Role.ANALYST, password=None)


def test_each_user_has_a_row(admin, people):
    rows = {row[0].split()[0]: row[1:] for row in page_of(admin.get("/users/")).rows[1:]}
    assert rows["kim"] == ["Helpdesk", "by hand", "Off", "19 Nov 13:06", "Active"]
    assert rows["nils"][:2] == ["No role", "–"]
    assert rows["root"][:2] == ["Superuser", "createsuperuser"]
    assert rows["gone"][3:] == ["Never", "Disabled"]
    assert rows["new@meridian.example"][3:] == ["Never", "Invited"]


def test_name_and_address_stand_beside(admin, people):
    text = page_of(admin.get("/users/?q=ada")).text
    assert "ada Ada Lovelace" in text
    assert "kim kim@meridian.example" in page_of(admin.get("/users/?q=kim")).text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=LOVELACE", ["ada"]),
        ("q=meridian", ["kim", "new@meridian.example"]),
        ("role=helpdesk", ["kim"]),
        ("role=analyst&role=security", ["ada", "gone", "new@meridian.example"]),
        ("role=none", ["nils"]),
        ("role=superuser", ["root"]),
        ("state=disabled", ["gone"]),
        ("state=invited", ["new@meridian.example"]),
        ("state=active", ["ada", "kim", "nils", "root", "sam"]),
        ("state=active&not.role=security", ["kim", "nils", "root", "sam"]),
        ("sort=-username&role=analyst", ["new@meridian.example", "gone"]),
        ("sort=-roles&state=active", ["root", "sam", "ada", "kim", "nils"]),
    ],
)
def test_users_are_found(query, expected, names, people):
    assert names(query) == expected


def test_last_seen_sorts_with_never_first(names, people):
    assert names("sort=last_seen_at")[:2] == ["gone", "new@meridian.example"]


def test_no_user_found_says_so(admin):
    page = page_of(admin.get("/users/?q=nobody"))
    assert "No user found" in page.text
    assert page.link("Show all users") == "/users/"


@pytest.mark.parametrize(("query", "words"), [("role=boss", "role=boss is not known"), ("sort=x", "cannot be sorted")])
def test_unknown_values_are_named(query, words, admin):
    response = admin.get(f"/users/?{query}")
    assert response.status_code == 400
    assert words in page_of(response).text


def test_role_from_group_is_told_apart(admin, kim):
    RolesFromGroups.objects.create(user=kim, roles=["helpdesk"], as_of=NOW)
    [row] = page_of(admin.get("/users/?q=kim")).rows[1:]
    assert row[2] == "group"


def test_second_factor_and_reveal_are_shown(admin, kim):
    kim.user_permissions.add(Stored.objects.get(codename="reveal"))
    Authenticator.objects.create(user=kim, type=Authenticator.Type.RECOVERY_CODES, data={})
    [row] = page_of(admin.get("/users/?q=kim")).rows[1:]
    assert row[1:4] == ["Helpdesk + reveal", "by hand", "Off"]
    Authenticator.objects.create(user=kim, type=Authenticator.Type.TOTP, data={})
    [row] = page_of(admin.get("/users/?q=kim")).rows[1:]
    assert row[3] == "On"


def test_accounts_have_a_column_if_several(admin, kim, account, other_account):
    set_limit(kim, [account])
    rows = {row[0].split()[0]: row for row in page_of(admin.get("/users/")).rows}
    assert (rows["kim"][3], rows["sam"][3]) == ("Meridian", "All")
    [record] = records_of(admin.get("/users.csv?q=kim"))
    assert record["accounts"] == account.account_id


def test_many_users_cost_no_more_queries(admin, make_user, django_assert_max_num_queries):
    admin.get("/users/")
    with django_assert_max_num_queries(30) as few:
        admin.get("/users/")
    for number in range(30):
        make_user(f"user{number}", role=Role.HELPDESK, password=None)
    with django_assert_max_num_queries(len(few)):
        admin.get("/users/")


def test_long_list_is_cut_with_a_sentence(admin, db):
    User.objects.bulk_create(User(username=f"user{number:03}", password="!") for number in range(300))
    page = page_of(admin.get("/users/"))
    assert len(page.rows) == 201
    assert "Showing 200 of 301 users. Find others by name, or export the list to see all." in page.text


def test_csv_has_every_field(admin, people, kim):
    LastSeen.objects.create(user=kim, at=NOW - timedelta(minutes=7))
    found = {record["username"]: record for record in records_of(admin.get("/users.csv"))}
    assert found["kim"] == {
        "username": "kim",
        "name": "",
        "email": "kim@meridian.example",
        "roles": "Helpdesk",
        "roles_from": "by hand",
        "may_reveal": "false",
        "accounts": "all",
        "has_second_factor": "false",
        "last_seen_at": "2026-11-19T13:59:12.000000Z",
        "state": "active",
    }
    assert [record["username"] for record in records_of(admin.get("/users.csv?state=invited"))] == [
        "new@meridian.example"
    ]


def test_json_has_the_same_users(admin, people):
    answer = admin.get("/users.json?role=none")
    body = b"".join(answer).decode()
    assert '"username": "nils"' in body
    assert '"username": "kim"' not in body


def test_hostile_names_stay_text(admin, make_user):
    make_user(
        "mallory", role=None, first_name="<script>alert(1)</script>", last_name="\u202egnp", email="=cmd@x.example"
    )
    response = admin.get("/users/")
    assert "<script>alert" not in response.content.decode()
    assert "<script>alert(1)</script>" in page_of(response).text
    [record] = records_of(admin.get("/users.csv?q=mallory"))
    assert record["email"] == "'=cmd@x.example"


@pytest.mark.parametrize("role", [Role.HELPDESK, Role.ANALYST, Role.SECURITY])
@pytest.mark.parametrize("address", ["/users/", "/users.csv", "/users.json", "/users/invite/", "/users/1/"])
def test_only_admins_manage_users(role, address, make_user, signed_in_as):
    client = signed_in_as(make_user("kim", role=role))
    for response in (client.get(address), client.post(address, {"act": "enable"})):
        assert response.status_code == 403
        assert "manage users and their roles; Admin does" in response.content.decode()
