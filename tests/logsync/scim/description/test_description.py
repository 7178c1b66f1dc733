"""The intent of a SCIM request in words: the phrases of every case, and what holds of any body."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.description import Intent, describe
from tests.examples import examples
from tests.logsync.scim.description import description_cases as cases
from tests.logsync.scim.description.description_cases import Case
from tests.logsync.scim.request import parse_cases

SAMPLES = Path(__file__).parent.parent / "samples"
BODIES = json.loads((SAMPLES / "request_bodies.json").read_text())

DOCUMENTED = {
    ("okta", "user_put_update"): ("PUT", "USER", "replace user test.user@okta.local, active (unknown before)"),
    ("okta", "user_patch_deactivate_no_path"): ("PATCH", "USER", "deactivate the user"),
    ("okta", "group_post_create"): ("POST", "GROUP", 'create group "Test SCIMv2" with no members'),
    ("okta", "group_patch_rename"): ("PATCH", "GROUP", 'set the group name to "Test SCIMv2"'),
    ("okta", "group_patch_members"): (
        "PATCH",
        "GROUP",
        "remove 1 member: id 89bb1940…; add 1 member: test.user@okta.local",
    ),
    ("entra", "user_post_create"): (
        "POST",
        "USER",
        "create user Test_User_00aa00aa-bb11-cc22-dd33-44ee44… <Test_User_11bb11bb-cc22-dd33-ee44-55ff55…>, active",
    ),
    ("entra", "user_patch_email_and_name"): (
        "PATCH",
        "USER",
        "set work e-mail to updatedEmail@microsoft.com; set name.familyName to updatedFamilyName",
    ),
    ("entra", "user_patch_username"): ("PATCH", "USER", "set userName to 5b50642d-79fc-4410-9e90-4c077cdd1a59@tes…"),
    ("entra", "user_patch_disable"): ("PATCH", "USER", "deactivate the user"),
    ("entra", "user_patch_manager"): ("PATCH", "USER", "set the manager to id 00aa00aa…"),
    ("entra", "group_post_create"): (
        "POST",
        "GROUP",
        "create group displayName with no member list, with 1 unknown schema",
    ),
    ("entra", "group_patch_rename"): (
        "PATCH",
        "GROUP",
        "set the group name to 1879db59-3bdf-4490-ad68-ab880a269474upda…",
    ),
    ("entra", "group_patch_add_member"): ("PATCH", "GROUP", "add 1 member: id f648f8d5…"),
    ("entra", "group_patch_remove_member"): ("PATCH", "GROUP", "remove 1 member: id f648f8d5…"),
}

# Infinitives and their past tense, in the order of the phrases.
PAST_TENSES = {
    "create: a user with a password": "created user ada@example.com, active, with a password (hidden)",
    "create: nothing": "created a user with an empty body",
    "replace: one member by another": (
        "replaced group eng: added 1 member: ada@example.com; removed 1 member: bob@example.com"
    ),
    "replace: the same user": "replaced user ada@example.com: no visible change",
    "replace: a user whose state was unknown": ("replaced user ada@example.com: deactivated the user (unknown before)"),
    "replace: names": (
        "replaced user ada.king@example.com: changed userName from ada@example.com to ada.king@example.com; "
        "cleared title; changed name"
    ),
    "active: no path": "deactivated the user",
    "active: in two operations": "activated the user; deactivated the user",
    "active: twice": "deactivated the user (unsure: active given twice, last value read)",
    "active: no operations": "deactivated the user (patch without operations)",
    "attribute: an e-mail address and a name": (
        'set work e-mail to a2@example.com; set name.familyName to "King Lovelace"'
    ),
    "members: one for another": "removed 1 member: bob@example.com; added 1 member: ada@example.com",
    "members: all": "removed all members",
    "members: an empty list": "emptied the member list",
    "group name: the same again, with a member": (
        "sent the group name eng again (unchanged); added 1 member: ada@example.com"
    ),
    "group name: another": 'renamed the group from eng to "eng prod"',
    "odd: a delete": "deleted the user",
    "odd: no operations": "a patch with no operations",
    "odd: remove without a path": "remove without a path (not valid)",
}


def describe_case(case: Case) -> Intent:
    return describe(case.method, case.resource_type, case.body, names=cases.NAMES, known=case.known)


@pytest.mark.parametrize("case", cases.READABLE.values(), ids=cases.READABLE)
def test_describes_each_request(case: Case):
    intent = describe_case(case)
    assert intent.phrase == case.phrase
    assert intent.is_readable


@pytest.mark.parametrize("case", cases.UNREADABLE.values(), ids=cases.UNREADABLE)
def test_describes_unreadable_body(case: Case):
    assert describe_case(case) == Intent(case.phrase, case.phrase, is_readable=False)


@pytest.mark.parametrize(("name", "done"), PAST_TENSES.items(), ids=PAST_TENSES)
def test_describes_success_in_past_tense(name: str, done: str):
    assert describe_case(cases.READABLE[name]).done == done


@pytest.mark.parametrize(("sample", "expected"), DOCUMENTED.items(), ids=map("-".join, DOCUMENTED))
def test_describes_okta_and_entra_requests(sample: tuple[str, str], expected: tuple[str, str, str]):
    method, resource_type, phrase = expected
    assert describe(method, resource_type, json.dumps(BODIES[sample[0]][sample[1]])).phrase == phrase


def test_describes_every_sample_record():
    updates = json.loads((SAMPLES / "updates.json").read_text())["result"]
    fields = ("request_method", "resource_type", "request_body")
    assert [describe(*(update[name] for name in fields)).done for update in updates] == [
        "replaced user test.user@okta.local, active (unknown before)",
        "deactivated the user",
        'created group "Test SCIMv2" with no members',
        "removed 1 member: id 89bb1940…; added 1 member: test.user@okta.local",
        "created user Test_User_00aa00aa-bb11-cc22-dd33-44ee44… <Test_User_11bb11bb-cc22-dd33-ee44-55ff55…>, active",
        "deactivated the user",
        "removed 1 member: id f648f8d5…",
        "deleted the user",
    ]


def test_verb_inside_value_stays_unchanged():
    body = cases.patch('{"op":"add","path":"title","value":"; add 1 member: set"}')
    assert describe("PATCH", "USER", body).done == 'set title to "; add 1 member: set"'


def test_names_without_id_are_not_resolved():
    body = cases.patch('{"op":"add","path":"members","value":[{}]}')
    assert describe("PATCH", "GROUP", body, names={"": "ada@example.com"}).phrase == "add 1 member: a member without id"


def test_never_shows_a_password():
    set_password = '{"op":"add","path":"password","value":"hunter2"}'
    bodies = [cases.patch(set_password.replace("add", name)) for name in ("add", "replace", "remove", "x")]
    phrases = [describe("PATCH", "USER", body).phrase for body in bodies]
    whole = '{"password":"hunter2"}'
    phrases += [describe(method, "USER", whole, known=cases.ADA).phrase for method in ("POST", "PUT", "PATCH")]
    assert not [phrase for phrase in phrases if "hunter2" in phrase]


def test_describes_ten_thousand_members():
    ids = [f"{number:040}" for number in range(10_000)]
    adds = ",".join(f'{{"op":"add","path":"members","value":[{{"value":"{id_}"}}]}}' for id_ in ids)
    expected = "10,000 members: id 00000000…, id 00000000…, id 00000000… and 9,997 more"
    assert describe("PATCH", "GROUP", cases.patch(adds)).phrase == f"add {expected}"
    known = {"displayName": "eng", "members": ids}
    put = describe("PUT", "GROUP", json.dumps({"displayName": "eng", "members": []}), known=known)
    assert put.phrase == f"replace group eng: remove {expected}"


FORBIDDEN = re.compile(r"because|due to|caused by|therefore|policy denied|no permission|hacked|always|never")


@pytest.mark.parametrize("case", cases.READABLE.values(), ids=cases.READABLE)
def test_claims_nothing_beyond_the_body(case: Case):
    assert not FORBIDDEN.search(describe_case(case).phrase)


@given(
    st.sampled_from([*parse_cases.METHODS, "x\n"]),
    st.sampled_from(["USER", "GROUP", ""]),
    parse_cases.bodies,
    st.sampled_from([None, cases.ADA, cases.ENG, {"active": None, "members": None, "x": {"y": [1.5]}}]),
)
@examples(200)
def test_any_body_gives_one_short_line(method: str, resource_type: str, body: str, known: dict[str, Any] | None):
    intent = describe(method, resource_type, body, names=cases.NAMES, known=known)
    for phrase in (intent.phrase, intent.done):
        assert phrase.splitlines() == [phrase]
        assert len(phrase) < 2_000
        assert phrase.encode()


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        cases.patch(",".join([f'{{"op":"remove","path":"{LONG}[{LONG}].{LONG}","value":"{LONG}"}}'] * 9)),
        cases.patch(f'{{"op":"replace","value":{{"urn:{LONG}:{LONG}":"{LONG}"}}}}'),
        cases.patch(f'{{"op":"add","path":"members","value":[{{"value":"{LONG}"}},{{"display":"{LONG}"}}]}}'),
        cases.patch(f'{{"op":"{LONG}","{LONG}":1,"{LONG}":2}}'),
        f'{{"userName":"{LONG}","emails":["a{LONG}"],"active":"{LONG}","{LONG}":1}}',
    ],
    ids=["paths", "a URN", "members", "an operation", "a resource"],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_long_values_give_short_line(method: str, body: str):
    known = {"userName": "y" * 100_000, LONG: "y"}
    assert len(describe(method, "USER", body, known=known).phrase) < 2_000


NAME = '{"op":"replace","value":{"id":"g1","displayName":"eng"}}'
ADD = '{"op":"add","path":"members","value":[{"value":"23a35c27"}]}'
ADDS_ADA = "add 1 member: ada@example.com"


@pytest.mark.parametrize(
    ("operations", "known", "brief"),
    [
        ([NAME, ADD], "eng", ADDS_ADA),
        ([ADD, NAME], "eng", ADDS_ADA),
        ([NAME, ADD], "ops", None),
        ([NAME, ADD], None, None),
        ([NAME], "eng", None),
        ([ADD], "eng", None),
        (['{"op":"remove","path":"displayName"}', ADD], "eng", None),
        (
            [NAME, ADD.replace('"op"', '"op":"add","op"')],
            "eng",
            f"{ADDS_ADA} (unsure: op given twice, last value read)",
        ),
    ],
    ids=["first", "last", "another", "unknown", "alone", "no name", "a name that is removed", "in doubt"],
)
def test_brief_omits_resent_group_name(operations: list[str], known: str | None, brief: str | None):
    state = {"displayName": known} if known else None
    body = cases.patch(",".join(operations))
    intent = describe("PATCH", "GROUP", body, names=cases.NAMES, known=state)
    assert (intent.brief and intent.brief.phrase) == brief
    if brief:
        assert intent.brief == Intent(brief, brief.replace("add", "added", 1))
        assert "send the group name eng again (unchanged)" in intent.phrase
