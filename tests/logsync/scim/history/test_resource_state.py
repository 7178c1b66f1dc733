"""What was known of a resource before it was replaced."""

import json

import pytest
from hypothesis import given

from logsync.scim.history.applied import LoggedUpdate
from logsync.scim.history.resource_state import resource_state
from tests.examples import examples
from tests.logsync.scim.history.logged_updates import (
    CUT,
    OFF,
    REMOVE_ALL,
    any_rows,
    group,
    numbered,
    user,
    with_members,
)
from tests.logsync.scim.request.parse_cases import BULK, ENTERPRISE, operation, patch

CREATED = user(
    "POST",
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "1",
        "meta": {"resourceType": "User"},
        "groups": [],
        "userName": "ada@example.com",
        "active": "True",
        "name": {"givenName": "Ada"},
        "emails": [{"value": "ada@example.com"}],
    },
)
BASE = {
    "userName": "ada@example.com",
    "active": True,
    "name": {"givenname": "Ada"},
    "emails": [{"value": "ada@example.com"}],
}
ACME = "urn:acme:2.0:User"
EXTENSIONS = {"userName": "ada", ENTERPRISE: {"costcenter": "7"}, ACME: {"badge": "7"}}
WITH_EXTENSIONS = user("PUT", {"userName": "ada", ENTERPRISE: {"costCenter": 7}, ACME: {"badge": 7}})
GROUP = group("POST", with_members("x", "y"))
THE_GROUP = {"displayName": "eng", "members": ["x", "y"]}


def changed(**attributes: object) -> dict[str, object]:
    return BASE | attributes


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in BASE.items() if key != name}


USERS = {
    "nothing": ([], None),
    "created": ([CREATED], BASE),
    "creation that failed": ([user("POST", {"userName": "ada"}, "FAILURE")], None),
    "switched off": ([CREATED, user("PATCH", OFF)], changed(active=False)),
    "a change that failed": ([CREATED, user("PATCH", OFF, "ERROR")], BASE),
    "an attribute in another case": ([CREATED, user("PATCH", {"USERNAME": "a2"})], changed(userName="a2")),
    "a new attribute": ([CREATED, user("PATCH", {"title": "CTO"})], changed(title="CTO")),
    "an attribute removed": ([CREATED, user("PATCH", patch(operation("remove", "userName")))], without("userName")),
    "a part of an attribute": (
        [CREATED, user("PATCH", {"name.familyName": "King"})],
        changed(name={"givenname": "Ada", "familyname": "King"}),
    ),
    "a part removed": ([CREATED, user("PATCH", patch(operation("remove", "name.givenName")))], changed(name={})),
    "a part of what is not known": (
        [user("PUT", {"userName": "a"}), user("PATCH", {"name.x": "y"})],
        {"userName": "a"},
    ),
    "one of a list": (
        [CREATED, user("PATCH", patch(operation("replace", 'emails[type eq "work"].value', value="b")))],
        without("emails"),
    ),
    "an addition to a list": (
        [CREATED, user("PATCH", patch(operation("add", "emails", value=[{"value": "b"}])))],
        without("emails"),
    ),
    "an unreadable value of active": ([CREATED, user("PATCH", {"active": "maybe"})], without("active")),
    "replaced": ([CREATED, user("PUT", {"userName": "a2"})], {"userName": "a2"}),
    "extensions": ([WITH_EXTENSIONS], EXTENSIONS),
    "a part of an enterprise extension": (
        [WITH_EXTENSIONS, user("PATCH", {f"{ENTERPRISE}:costCenter": "8"})],
        {"userName": "ada", ACME: {"badge": "7"}},
    ),
    "an enterprise attribute that stands alone": (
        [WITH_EXTENSIONS, user("PATCH", patch(operation("add", "manager", value="x")))],
        {"userName": "ada", ACME: {"badge": "7"}},
    ),
    "a part of a foreign extension": (
        [WITH_EXTENSIONS, user("PATCH", {f"{ACME}:badge": "8"})],
        {"userName": "ada", ENTERPRISE: {"costcenter": "7"}},
    ),
    "a patch with no operations": ([CREATED, user("PATCH", patch())], BASE),
    "only patched": ([user("PATCH", OFF)], None),
    "a patch that is cut": ([CREATED, user("PATCH", CUT)], None),
    "an operation that cannot be read": ([CREATED, user("PATCH", patch({"op": "move"}))], None),
    "cut, then replaced": ([CREATED, user("PATCH", CUT), user("PUT", {"userName": "a2"})], {"userName": "a2"}),
    "a replacement that is cut": ([CREATED, user("PUT", CUT)], None),
    "several requests in one": ([CREATED, user("PATCH", {"schemas": [BULK], "Operations": []})], None),
    "deleted": ([CREATED, user("DELETE")], None),
    "deleted, then created": ([CREATED, user("DELETE"), CREATED], BASE),
}

GROUPS = {
    "created": ([GROUP], THE_GROUP),
    "created without a list": ([group("POST", {"displayName": "eng"})], {"displayName": "eng"}),
    "no members": ([group("POST", with_members())], {"displayName": "eng", "members": []}),
    "added and removed": (
        [
            GROUP,
            group("PATCH", patch(operation("add", "members", value=[{"value": "z"}, {"value": "x"}]))),
            group("PATCH", patch(operation("remove", 'members[value eq "y"]'))),
        ],
        {"displayName": "eng", "members": ["x", "z"]},
    ),
    "all removed": ([GROUP, group("PATCH", REMOVE_ALL)], {"displayName": "eng", "members": []}),
    "list replaced": (
        [group("PATCH", patch(operation("replace", "members", value=[{"value": "z"}])))],
        {"displayName": "eng", "members": ["z"]},
    ),
    "added to an unknown list": (
        [group("PATCH", patch(operation("add", "members", value=[{"value": "z"}])))],
        {"displayName": "eng"},
    ),
    "renamed": ([GROUP, group("PATCH", {"displayName": "all"})], THE_GROUP | {"displayName": "all"}),
    "replaced without a list": ([GROUP, group("PUT", {"displayName": "eng"})], {"displayName": "eng"}),
    "someone without an id": (
        [GROUP, group("PATCH", patch(operation("add", "members", value=[{"display": "Ada"}])))],
        {"displayName": "eng"},
    ),
    "a list with someone without an id": (
        [group("PUT", {"displayName": "eng", "members": [{"display": "Ada"}]})],
        {"displayName": "eng"},
    ),
    "a patch that is cut": ([GROUP, group("PATCH", CUT)], None),
    "named again after that": (
        [GROUP, group("PATCH", CUT), group("PATCH", REMOVE_ALL)],
        {"displayName": "eng", "members": []},
    ),
    "deleted": ([GROUP, group("DELETE")], None),
    "no name": ([group("PUT", {"members": []}, name="")], {"members": []}),
    "a removal that failed": ([GROUP, group("PATCH", REMOVE_ALL, "FAILURE")], THE_GROUP),
}


@pytest.mark.parametrize(("rows", "expected"), USERS.values(), ids=USERS)
def test_user_has_last_logged_values(rows, expected):
    assert resource_state(numbered(*rows)) == expected


@pytest.mark.parametrize(("rows", "expected"), GROUPS.values(), ids=GROUPS)
def test_group_has_last_logged_values(rows, expected):
    assert resource_state(numbered(*rows)) == expected


@given(any_rows)
@examples(40)
def test_only_what_succeeded_counts(rows: list[LoggedUpdate]):
    known = resource_state(rows)
    assert known == resource_state([row for row in rows if row.status.upper() == "SUCCESS"])
    assert known is None or json.dumps(known)
