"""The last known state of a person: what succeeded is folded in order, and the rest stays unknown or unsure."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.history.person_state import (
    Activeness,
    GroupFact,
    LoggedUpdate,
    Membership,
    PersonState,
    person_state,
    removals,
)
from tests.examples import examples
from tests.logsync.scim.history.logged_updates import (
    ADA,
    ADA_AT_IDP,
    ADD,
    CUT,
    FIRST_COVERED,
    NOON,
    OFF,
    ON,
    REMOVE,
    REMOVE_ALL,
    REPLACE_BY_OTHER,
    any_rows,
    group,
    numbered,
    user,
    with_members,
)
from tests.logsync.scim.request.parse_cases import operation, patch

CREATED = user("POST", {"userName": "ada@example.com", "active": True, "groups": []})
ADDED = group("PATCH", ADD)


def state_of(*rows: LoggedUpdate, idp_type: str = "okta") -> PersonState:
    return person_state(numbered(*rows), [ADA, ADA_AT_IDP], idp_type, FIRST_COVERED)


ACTIVE_CASES = {
    "nothing": ([], "unknown"),
    "created active": ([CREATED], "true"),
    "created without the attribute": ([user("POST", {"userName": "ada"})], "unknown"),
    "off in Entra's way": ([user("PATCH", patch(operation("Replace", "active", value="False")))], "false"),
    "off, then on": ([user("PATCH", OFF), user("PATCH", ON)], "true"),
    "off that failed": ([user("PATCH", OFF, "FAILURE")], "unknown"),
    "deleted": ([user("DELETE")], "false"),
    "deleted, then created": ([user("DELETE"), CREATED], "true"),
    "off with another status": ([user("PATCH", OFF, "PARTIAL")], "unknown"),
    "off in SCIM 1.1": ([user("PATCH", {"active": False})], "false"),
    "replaced as inactive": ([CREATED, user("PUT", {"userName": "ada", "active": False})], "false"),
    "replaced without the attribute": ([CREATED, user("PUT", {"userName": "ada"})], "true"),
    "another attribute": ([CREATED, user("PATCH", {"title": "CTO"})], "true"),
    "an unreadable value": ([CREATED, user("PATCH", {"active": "maybe"})], "unsure"),
    "created with an unreadable value": ([user("POST", {"active": "maybe"})], "unsure"),
    "a patch that is cut": ([CREATED, user("PATCH", CUT)], "unsure"),
    "a creation that is cut": ([user("POST", CUT)], "unsure"),
    "a replacement without a body": ([CREATED, user("PUT")], "unsure"),
    "an operation that cannot be read": (
        [CREATED, user("PATCH", patch({"op": "replace", "value": "False"}))],
        "unsure",
    ),
    "a patch with no operations": ([CREATED, user("PATCH", patch())], "true"),
    "unsure, then off": ([user("PATCH", CUT), user("PATCH", OFF)], "false"),
    "created again without the attribute": ([CREATED, user("POST", {"userName": "ada"})], "unknown"),
    "a group of that name": ([CREATED, group("PATCH", {"active": False})], "true"),
    "a method that changes nothing": ([CREATED, user("GET", {"active": False})], "true"),
    "an error": ([CREATED, user("DELETE", status="ERROR")], "true"),
}

GROUP_CASES = {
    "groups of a user who is replaced": ([ADDED, user("PUT", {"groups": []})], "in"),
    "added, then removed": ([ADDED, group("PATCH", REMOVE)], "out"),
    "replaced by others": ([group("PUT", with_members("z"))], "out"),
    "replaced without a list": ([ADDED, group("PUT", {"displayName": "eng"})], "unsure"),
    "all removed": ([ADDED, group("PATCH", REMOVE_ALL)], "out"),
    "a patch that is cut": ([ADDED, group("PATCH", CUT)], "unsure"),
    "the user deleted": ([ADDED, user("DELETE")], "out"),
    "the user created after that": ([ADDED, CREATED], "out"),
    "added after the creation": ([CREATED, ADDED], "in"),
    "created with the person": ([group("POST", with_members("z", ADA))], "in"),
    "created with others": ([group("POST", with_members("z"))], "out"),
    "created without a list": ([group("POST", {"displayName": "eng"})], "unknown"),
    "a list that was not known before is left out": ([group("PUT", {"displayName": "eng"})], "unknown"),
    "added by the provider's id": ([group("PATCH", ADD.replace(ADA, ADA_AT_IDP))], "in"),
    "somebody else added": ([group("PATCH", ADD.replace(ADA, "z"))], "unknown"),
    "somebody else removed": ([ADDED, group("PATCH", REMOVE.replace(ADA, "z"))], "in"),
    "only displayed under the id": (
        [group("PUT", {"members": [{"value": "z", "display": ADA}]})],
        "out",
    ),
    "a list with someone without an id": ([group("PUT", {"members": [{"display": "Ada"}]})], "unsure"),
    "someone without an id removed": (
        [ADDED, group("PATCH", patch(operation("remove", 'members[display eq "Ada"]')))],
        "unsure",
    ),
    "removed by a list of values": (
        [ADDED, group("PATCH", patch(operation("Remove", "members", value=[{"value": ADA}])))],
        "out",
    ),
    "list replaced with the person": (
        [group("PATCH", patch(operation("replace", "members", value=[{"value": ADA}])))],
        "in",
    ),
    "list emptied, person added": (
        [group("PATCH", patch(operation("remove", "members"), operation("add", "members", value=[{"value": ADA}])))],
        "in",
    ),
    "a patch with no operations": ([ADDED, group("PATCH", patch())], "in"),
    "renamed": ([ADDED, group("PATCH", {"displayName": "engineering"})], "in"),
    "the group deleted": ([ADDED, group("DELETE")], "out"),
    "the removal failed": ([ADDED, group("PATCH", REMOVE, "FAILURE")], "in"),
    "unsure, then added": ([group("PATCH", CUT), ADDED], "in"),
    "another group": ([ADDED, group("PATCH", REMOVE, key="h")], "in"),
}


@pytest.mark.parametrize(("rows", "expected"), ACTIVE_CASES.values(), ids=ACTIVE_CASES)
def test_active_is_last_logged_value(rows, expected):
    assert state_of(*rows).active.value == expected


@pytest.mark.parametrize(("rows", "expected"), GROUP_CASES.values(), ids=GROUP_CASES)
def test_membership_is_last_one_logged(rows, expected):
    assert state_of(*rows).groups["g"].membership == expected


@pytest.mark.parametrize(("idp_type", "expected"), [("okta", "out"), ("azureAD", "unsure"), ("", "out")])
def test_absence_from_entra_list_proves_nothing(idp_type, expected):
    state = state_of(ADDED, group("PATCH", REPLACE_BY_OTHER), idp_type=idp_type)
    assert state.groups["g"].membership == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ADDED, group("PUT", with_members("z"))], [2]),
        ([group("PUT", with_members("z")), ADDED], []),
        ([ADDED, group("PATCH", REMOVE), group("PATCH", REMOVE)], [2]),
        ([ADDED, group("PATCH", REMOVE), ADDED, group("DELETE")], [2, 4]),
        ([ADDED, group("PATCH", CUT), group("PUT", with_members())], []),
        ([ADDED, group("PUT", with_members("z"), key="h")], []),
    ],
)
def test_only_known_members_are_removed(rows, expected):
    assert removals(numbered(*rows), [ADA], "okta") == expected


def test_unmentioned_person_has_no_facts():
    state = state_of()
    assert (state.groups, state.is_deleted) == ({}, False)
    assert state.other_groups == GroupFact("", Membership.UNKNOWN, None, FIRST_COVERED)
    assert (state.active.value, state.active.update_id, state.active.at) == (Activeness.UNKNOWN, None, FIRST_COVERED)


def test_new_user_starts_without_groups():
    state = state_of(CREATED)
    assert state.groups == {}
    assert state.other_groups == GroupFact("", Membership.OUT, 1, NOON + timedelta(minutes=1))


def test_silent_group_uses_general_membership():
    rows = (CREATED, group("PATCH", ADD.replace(ADA, "z")))
    assert state_of(*rows).groups["g"] == GroupFact("eng", Membership.OUT, 1, NOON + timedelta(minutes=1))
    assert state_of(*rows[1:]).groups["g"] == GroupFact("eng", Membership.UNKNOWN, None, FIRST_COVERED)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([user("DELETE")], True),
        ([user("DELETE"), CREATED], False),
        ([user("DELETE"), user("PATCH", ON)], False),
        ([user("DELETE"), user("PATCH", OFF)], True),
        ([user("DELETE", status="FAILURE")], False),
        ([CREATED, user("DELETE"), ADDED], True),
    ],
)
def test_deletion_lasts_until_user_returns(rows, expected):
    assert state_of(*rows).is_deleted is expected


def test_every_fact_names_its_row():
    state = state_of(CREATED, ADDED, user("PATCH", {"title": "CTO"}), group("PATCH", {"displayName": "all"}))
    assert (state.active.update_id, state.active.at) == (1, NOON + timedelta(minutes=1))
    assert state.groups["g"] == GroupFact("all", Membership.IN, 2, NOON + timedelta(minutes=2))


def test_replacement_without_active_is_remembered():
    rows = [CREATED, user("PUT", {"userName": "ada"})]
    assert (state_of(*rows).active.update_id, state_of(*rows).active.left_out_by) == (1, 2)
    assert state_of(*rows, user("PATCH", ON)).active.left_out_by is None


def test_group_keeps_last_known_name():
    rows = [group("PATCH", ADD, name=""), group("PATCH", ADD, name="eng"), group("PATCH", ADD, name="")]
    assert [state_of(*rows[:count]).groups["g"].name for count in (1, 2, 3)] == ["", "eng", "eng"]


def test_later_id_wins_at_equal_time():
    rows = [replace(row, at=NOON) for row in numbered(user("PATCH", OFF), user("PATCH", ON))]
    assert person_state(reversed(rows), [ADA], "okta", None).active.value is Activeness.TRUE


def test_member_without_id_names_nobody():
    rows = numbered(group("PATCH", patch(operation("add", "members", value=[{"value": ""}]))))
    assert person_state(rows, ["", ADA], "okta", None).groups["g"].membership is Membership.UNSURE


@given(any_rows, st.sampled_from(["okta", "azureAD"]), st.randoms(use_true_random=False))
@examples(40)
def test_only_successes_count_in_any_order(rows: list[LoggedUpdate], idp_type: str, random: Random):
    shuffled = random.sample(rows, len(rows))
    successes = [row for row in rows if row.status.upper() == "SUCCESS"]
    state = person_state(shuffled, [ADA, ADA_AT_IDP], idp_type, FIRST_COVERED)
    again = person_state(successes, [ADA, ADA_AT_IDP], idp_type, FIRST_COVERED)
    assert state == again


@given(any_rows)
@examples(40)
def test_every_fact_has_row_or_unknown(rows: list[LoggedUpdate]):
    state = person_state(rows, [ADA], "okta", FIRST_COVERED)
    times: dict[int | None, datetime] = {row.id: row.at for row in rows if row.status.upper() == "SUCCESS"}
    for group_fact in (*state.groups.values(), state.other_groups):
        is_told = group_fact.membership is not Membership.UNKNOWN
        assert group_fact.at == (times[group_fact.update_id] if is_told else FIRST_COVERED)
    assert state.active.at == times.get(state.active.update_id, FIRST_COVERED)
    assert not (state.is_deleted and state.active.value is Activeness.TRUE)
