"""What a SCIM request asks for: who is switched on or off, who is a member, and what is touched."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.request.parse import Activity, Member, ParsedRequest, read_request
from tests.examples import examples
from tests.logsync.scim.request import parse_cases as cases
from tests.logsync.scim.request.parse_cases import operation, patch

SAMPLES = json.loads((Path(__file__).parent.parent / "samples" / "request_bodies.json").read_text())


def of_user(body: str, method: str = "PATCH") -> ParsedRequest:
    return read_request(method, "USER", body)


def of_group(body: str, method: str = "PATCH") -> ParsedRequest:
    return read_request(method, "GROUP", body)


def ids(members: tuple[Member, ...]) -> list[str]:
    return [member.id for member in members]


@pytest.mark.parametrize(("body", "activity"), cases.ACTIVITIES.values(), ids=cases.ACTIVITIES)
def test_patch_is_read_for_active(body: str, activity: Activity):
    asked = of_user(body)
    assert asked.is_readable
    assert asked.activity == activity


@pytest.mark.parametrize("method", ["POST", "PUT", "put"])
def test_whole_user_is_read_for_active(method: str):
    assert of_user('{"userName":"ada","active":"False"}', method).activity == Activity.OFF
    assert of_user('{"userName":"ada"}', method).activity == Activity.NOT_GIVEN


def test_a_group_is_never_active():
    assert of_group('{"active":false}').activity == Activity.NOT_GIVEN


def test_a_user_has_no_members():
    asked = of_user(patch(operation("add", "members", value=[{"value": "a"}])))
    assert (asked.added, asked.members) == ((), ())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("body", cases.UNREADABLE_BODIES.values(), ids=cases.UNREADABLE_BODIES)
def test_unreadable_body_touches_unknown(method: str, body: str):
    assert of_user(body, method) == ParsedRequest(is_readable=False, touched=frozenset({"unknown"}))


@pytest.mark.parametrize("body", ["", '{"active":false}', "{"])
def test_body_of_delete_is_ignored(body: str):
    assert of_user(body, "DELETE") == ParsedRequest(is_readable=True)


@pytest.mark.parametrize(
    ("body", "added", "removed", "listed", "removes_all"), cases.MEMBER_PATCHES.values(), ids=cases.MEMBER_PATCHES
)
def test_reads_requested_members(
    body: str, added: list[str], removed: list[str], listed: list[str] | None, removes_all: bool
):
    asked = of_group(body)
    assert asked.is_readable
    assert (ids(asked.added), ids(asked.removed), asked.removes_all) == (added, removed, removes_all)
    assert (None if asked.listed is None else ids(asked.listed)) == listed


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_full_member_list_is_read(method: str):
    asked = of_group('{"displayName":"eng","members":[{"value":"x","display":"Cy"},{"value":"x"}]}', method)
    assert asked.listed == asked.members == (Member("x", "Cy"),)
    assert asked.display_name == "eng"
    assert of_group('{"displayName":"eng","members":[]}', method).listed == ()
    assert of_group('{"displayName":"eng"}', method).listed is None


def test_every_member_is_named_once():
    body = patch(
        operation("add", "members", value=[cases.X, {"display": "Cy"}]),
        operation("remove", "members", value=[cases.X, {"display": "Cy"}, {"display": "Di"}]),
        operation("replace", "members", value=[cases.Y]),
    )
    assert of_group(body).members == (Member("x"), Member("", "Cy"), Member("", "Di"), Member("y"))


@pytest.mark.parametrize(("body", "touched"), cases.TOUCHED.values(), ids=cases.TOUCHED)
def test_says_what_a_patch_touches(body: str, touched: set[str]):
    assert of_group(body).touched == touched


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_whole_resource_touches_everything(method: str):
    assert of_user('{"userName":"ada"}', method).touched == {"*"}


def test_bulk_request_touches_unknown():
    requests = [{"method": "POST", "path": "/Users", "data": {"active": True}}]
    body = json.dumps({"schemas": [cases.BULK], "Operations": requests})
    assert read_request("POST", "", body) == ParsedRequest(is_readable=True, touched=frozenset({"unknown"}))


@pytest.mark.parametrize(("method", "body", "names"), cases.NAMES.values(), ids=cases.NAMES)
def test_names_in_body_are_read(method: str, body: str, names: tuple[str, str, str]):
    asked = of_user(body, method)
    assert (asked.user_name, asked.email, asked.display_name) == names


@pytest.mark.parametrize(("sample", "expected"), cases.DOCUMENTED.items(), ids=map("-".join, cases.DOCUMENTED))
def test_reads_what_okta_and_entra_document(
    sample: tuple[str, str], expected: tuple[str, str, Activity, list[str], set[str]]
):
    method, resource_type, *facts = expected
    asked = read_request(method, resource_type, json.dumps(SAMPLES[sample[0]][sample[1]]))
    assert asked.is_readable
    assert [asked.activity, ids(asked.members), asked.touched] == facts


def test_ten_thousand_members_are_read():
    members = [{"value": f"{number:040}", "display": f"{number}@example.com"} for number in range(10_000)]
    adds = [operation("add", "members", value=[member]) for member in members]
    assert len(of_group(patch(operation("add", "members", value=members))).added) == 10_000
    assert len(of_group(patch(*adds)).members) == 10_000
    assert len(of_group(json.dumps({"members": members}), "PUT").listed or ()) == 10_000


def test_hundred_nested_levels_are_read():
    assert of_user('{"a":' * 100 + "1" + "}" * 100, "PUT").is_readable


def test_reads_a_number_of_5000_digits():
    assert of_group(f'{{"members":[{"9" * 5_000}]}}', "POST").members == (Member("9" * 5_000),)


@given(
    st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "", "x"]), st.sampled_from(["USER", "GROUP", ""]), cases.bodies
)
@examples(200)
def test_reads_any_body(method: str, resource_type: str, body: str):
    asked = read_request(method, resource_type, body)
    assert asked.is_readable or asked.touched == {"unknown"}
    assert len({member.key for member in asked.members}) == len(asked.members)
    assert {member.key for member in (*asked.added, *asked.removed)} <= {member.key for member in asked.members}
