"""What updates asked, in words: with names that rows gave to ids, and against what rows had told before."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.insight.update_descriptions import MOST_BEFORE, describe_update, read_intents
from logsync.models import Account
from tests.conftest import NOW

AT = NOW - timedelta(hours=1)
OKTA = "411d2f50-92ce-442f-a163-866113f28168"
GROUP = {"resource_type": "GROUP", "resource_user_email": "", "resource_group_name": "eng", "request_method": "PATCH"}
GROUP |= {"cf_resource_id": "cf-eng", "idp_resource_id": "idp-eng"}


def adding(*ids):
    return json.dumps({"Operations": [{"op": "add", "path": "members", "value": [{"value": one} for one in ids]}]})


def phrase_of(update):
    return read_intents([update])[update.pk].phrase


@pytest.fixture
def ada(make_update):
    return make_update(cf_resource_id="cf-ada", idp_resource_id="idp-ada", status="SUCCESS", error_description="")


@pytest.mark.parametrize("member", ["cf-ada", "idp-ada"])
def test_member_is_named_by_either_id(member, ada, make_update):
    assert phrase_of(make_update(**GROUP, request_body=adding(member))) == "add 1 member: ada@meridian.example"


def test_cloudflares_id_comes_before_the_providers(ada, make_update):
    make_update(cf_resource_id="x", idp_resource_id="cf-ada", resource_user_email="bob@meridian.example")
    assert phrase_of(make_update(**GROUP, request_body=adding("cf-ada"))) == "add 1 member: ada@meridian.example"


def test_unknown_member_keeps_its_id(make_update):
    assert phrase_of(make_update(**GROUP, request_body=adding("f648f8d5ea4e4cd38e9c"))) == "add 1 member: id f648f8d5…"


@pytest.mark.parametrize("where", ["another provider", "another account"])
def test_id_in_other_account_is_different(where, ada, make_update):
    other = Account.objects.create(account_id="f" * 32)
    values = {"idp_id": "azure"} if where == "another provider" else {"account": other}
    assert phrase_of(make_update(**GROUP | values, request_body=adding("idp-ada"))) == "add 1 member: id idp-ada"


def test_newest_name_of_person_is_used(ada, make_update):
    make_update(cf_resource_id="cf-ada", resource_user_email="ada.king@meridian.example", status="SUCCESS")
    assert phrase_of(make_update(**GROUP, request_body=adding("cf-ada"))) == "add 1 member: ada.king@meridian.example"


def test_a_manager_is_named_too(ada, make_update):
    body = '{"Operations":[{"op":"Add","path":"manager","value":"cf-ada"}]}'
    assert (
        phrase_of(make_update(request_method="PATCH", request_body=body)) == "set the manager to ada@meridian.example"
    )


def test_replacement_shows_difference_to_known_state(make_update):
    make_update(status="SUCCESS", logged_at=AT - timedelta(hours=3))
    make_update(status="FAILURE", logged_at=AT - timedelta(hours=2), request_body='{"active":false}')
    put = make_update(request_method="PUT", request_body='{"userName":"ada@meridian.example","active":false}')
    make_update(status="SUCCESS", logged_at=AT + timedelta(minutes=1), request_body='{"active":false}')
    assert phrase_of(put) == "replace user ada@meridian.example: deactivate the user"


def test_patch_after_replacement_counts(make_update):
    make_update(status="SUCCESS", logged_at=AT - timedelta(hours=3))
    off = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
    make_update(status="SUCCESS", request_method="PATCH", request_body=off, logged_at=AT - timedelta(hours=2))
    put = make_update(request_method="PUT", request_body='{"userName":"ada@meridian.example","active":false}')
    assert phrase_of(put) == "replace user ada@meridian.example: no visible change"


def test_removed_group_members_are_named(ada, make_update):
    before = {"displayName": "eng", "members": [{"value": "cf-ada"}]}
    make_update(**GROUP | {"request_method": "POST"}, status="SUCCESS", request_body=json.dumps(before), logged_at=AT)
    put = make_update(
        **GROUP | {"request_method": "PUT"},
        request_body='{"displayName":"eng","members":[]}',
        logged_at=AT + timedelta(seconds=1),
    )
    assert phrase_of(put) == "replace group eng: remove 1 member: ada@meridian.example"


def test_name_identifies_row_without_ids(make_update):
    nameless = {"cf_resource_id": "", "idp_resource_id": ""}
    make_update(**nameless, status="SUCCESS", logged_at=AT - timedelta(hours=3))
    put = make_update(request_method="PUT", request_body='{"userName":"ada@meridian.example","active":true}')
    assert phrase_of(put) == "replace user ada@meridian.example: no visible change"


@pytest.mark.parametrize(
    ("before", "words"),
    [("eng", "send the group name eng again (unchanged)"), ("ops", "rename the group from ops to eng")],
)
def test_group_patch_compares_with_newest_name(before, words, make_update):
    naming = '{"Operations":[{"op":"replace","value":{"displayName":"NAME"}}]}'
    said = naming.replace("NAME", before)
    make_update(**GROUP, status="SUCCESS", request_body=said, logged_at=AT - timedelta(hours=1))
    assert phrase_of(make_update(**GROUP, request_body=naming.replace("NAME", "eng"))) == words


def test_old_updates_are_not_remembered(make_update):
    make_update(status="SUCCESS", logged_at=AT - timedelta(days=9))
    title = '{"Operations":[{"op":"replace","path":"title","value":"x"}]}'
    for age in range(MOST_BEFORE):
        at = AT - timedelta(hours=age + 1)
        make_update(status="SUCCESS", request_method="PATCH", request_body=title, logged_at=at)
    put = make_update(request_method="PUT", request_body='{"userName":"ada@meridian.example","active":true}')
    assert "no visible change" not in phrase_of(put)
    assert "unknown" in phrase_of(put)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("SUCCESS", "Deactivated the user"),
        ("FAILURE", "Deactivate the user"),
        ("ERROR", "Deactivate the user"),
        ("PARTIAL", "Deactivate the user"),
    ],
)
def test_only_successful_updates_change_known_state(status, words, make_update):
    body = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
    update = make_update(status=status, request_method="PATCH", request_body=body)
    assert describe_update(update, read_intents([update])[update.pk]) == words


def test_an_unreadable_body_says_so(make_update):
    update = make_update(request_body="{cut")
    assert not read_intents([update])[update.pk].is_readable


def test_query_count_is_constant_for_updates(ada, make_update, django_assert_num_queries):
    updates = []
    for number in range(30):
        ids = {"cf_resource_id": f"cf-{number}", "idp_resource_id": f"idp-{number}"}
        make_update(**ids, status="SUCCESS", logged_at=AT - timedelta(hours=2))
        updates.append(make_update(**ids, request_method="PUT", request_body='{"userName":"x","active":false}'))
        updates.append(make_update(**GROUP, request_body=adding("cf-ada")))
    with django_assert_num_queries(5):
        read_intents(updates)
    with django_assert_num_queries(0):
        assert read_intents([]) == {}


OKTA_ADDS = (
    '{"Operations":[{"op":"replace","value":{"id":"g1","displayName":"eng"}},'
    '{"op":"add","path":"members","value":[{"value":"ID"}]}]}'
)
REMOVES = '{"Operations":[{"op":"remove","path":"members[value eq \\"ID\\"]"}]}'
RENAMES = '{"Operations":[{"op":"replace","value":{"displayName":"ops"}}]}'
# A row may leave out the name of the group that it is about.
UNNAMED_GROUP = GROUP | {"resource_group_name": "", "status": "SUCCESS", "error_description": ""}


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ([OKTA_ADDS, REMOVES], "send the group name eng again (unchanged); add 1 member: id ID"),
        ([REMOVES], "set the group name to eng; add 1 member: id ID"),
        ([OKTA_ADDS, RENAMES, REMOVES], "rename the group from ops to eng; add 1 member: id ID"),
        ([OKTA_ADDS, "{cut", REMOVES], "set the group name to eng; add 1 member: id ID"),
    ],
    ids=["named before", "never named", "renamed meanwhile", "perhaps renamed meanwhile"],
)
def test_group_name_comes_from_newest_success(bodies, words, make_update):
    for age, body in enumerate(reversed(bodies), 1):
        make_update(**UNNAMED_GROUP, request_body=body, logged_at=AT - timedelta(minutes=age))
    failed = make_update(**UNNAMED_GROUP | {"status": "FAILURE"}, request_body=OKTA_ADDS, logged_at=AT)
    assert phrase_of(failed) == words


def test_deleted_group_loses_its_name(make_update):
    make_update(**UNNAMED_GROUP, request_body=OKTA_ADDS, logged_at=AT - timedelta(minutes=2))
    make_update(**UNNAMED_GROUP | {"request_method": "DELETE"}, request_body="", logged_at=AT - timedelta(minutes=1))
    assert phrase_of(make_update(**UNNAMED_GROUP, request_body=RENAMES, logged_at=AT)) == "set the group name to ops"


@pytest.mark.parametrize(
    ("values", "first", "others"),
    [
        (UNNAMED_GROUP | {"request_body": OKTA_ADDS}, "set the group name to eng", "send the group name eng again"),
        (
            {"request_method": "PUT", "status": "SUCCESS", "error_description": ""},
            "replace user ada@meridian.example, active (unknown before)",
            "replace user ada@meridian.example: no visible change",
        ),
    ],
    ids=["PATCH of a group", "PUT of a user"],
)
def test_updates_of_one_resource_compare_consecutively(values, first, others, make_update):
    updates = [make_update(**values, logged_at=AT - timedelta(minutes=age)) for age in range(MOST_BEFORE + 20)]
    *phrases, oldest = [intent.phrase for intent in read_intents(updates).values()]
    assert oldest.startswith(first)
    assert [phrase for phrase in phrases if not phrase.startswith(others)] == []
