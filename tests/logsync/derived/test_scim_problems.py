"""Failures are grouped into problems, and where each stands follows from all updates of its resource."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.derived import scim_problems
from logsync.models import Account, ProblemNote, ScimMember, ScimProblem, ScimProblemStatus, ScimUpdate
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.scim.history import reference

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
FAILED = {"status": "FAILURE", "error_description": "Server error 500"}
DONE = {"status": "SUCCESS", "error_description": ""}


@pytest.fixture
def ask(make_update):
    """Store a request for one user so many minutes ago: a PATCH of active that failed, unless told otherwise."""

    def store(minutes_ago, **values):
        row = {
            "request_method": "PATCH",
            "request_body": patch("active", False),
            "logged_at": NOW - minutes_ago * MINUTE,
        }
        return make_update(**FAILED | row | values)

    return store


def patch(path, value):
    return json.dumps({"Operations": [{"op": "replace", "path": path, "value": value}]})


def states():
    return sorted(ScimProblemStatus.objects.values_list("problem__template", "state", "tries"))


def test_identical_failures_are_one_problem(ask):
    for number in range(3):
        ask(
            number,
            error_description=f'User "u{number}" already exists',
            cf_resource_id=f"c{number}",
            idp_resource_id="",
        )
    [problem] = ScimProblem.objects.all()
    assert (problem.template, problem.request_method, problem.resource_type) == (
        "user <value> already exists",
        "PATCH",
        "USER",
    )
    assert problem.statuses.count() == problem.updates.count() == 3


@pytest.mark.parametrize(
    "other",
    [{"request_method": "PUT"}, {"resource_type": "GROUP"}, {"idp_id": "another"}, {"error_description": "Timeout"}],
    ids=str,
)
def test_different_request_kinds_are_separate_problems(ask, other):
    ask(2)
    ask(1, **other)
    assert ScimProblem.objects.count() == 2


def test_accounts_share_no_problem(ask):
    ask(2)
    ask(1, account=Account.objects.create(account_id="another"))
    assert ScimProblem.objects.count() == 2


def test_retry_loop_is_one_open_resource(ask):
    for minutes in range(20):
        ask(minutes)
    assert states() == [("server error 500", "open", 20)]


def test_later_success_heals_as_proof(ask):
    ask(3)
    done = ask(2, **DONE)
    [status] = ScimProblemStatus.objects.all()
    assert (status.state, status.proof) == ("healed", done)


def test_late_older_success_heals_nothing(ask):
    ask(2)
    ask(3, **DONE)
    assert states() == [("server error 500", "open", 1)]


def test_late_older_failure_is_already_healed(ask):
    ask(2, **DONE)
    ask(3)
    assert states() == [("server error 500", "healed", 1)]


def test_the_order_of_arrival_changes_nothing(ask, account):
    requests = [(4, {}), (3, DONE), (2, {"error_description": "Timeout"}), (1, {})]
    found = set()
    for order in permutations(requests):
        ScimUpdate.objects.all().delete()
        for minutes, values in order:
            ask(minutes, **values)
        found.add(tuple(states()))
    assert found == {(("server error 500", "regressed", 2), ("timeout", "moved", 1))}


def test_name_is_healed_through_its_resource(ask):
    ask(3, cf_resource_id="", idp_resource_id="", resource_user_email="Ada@meridian.example")
    assert states() == [("server error 500", "open", 1)]
    ask(2, **DONE)
    assert states() == [("server error 500", "healed", 1)]


def test_shared_name_is_healed_by_neither(ask):
    ask(3, cf_resource_id="", idp_resource_id="")
    ask(2, **DONE, cf_resource_id="c1", idp_resource_id="")
    ask(1, **DONE, cf_resource_id="c2", idp_resource_id="")
    assert states() == [("server error 500", "open", 1)]


def test_creation_is_healed_by_later_creation(ask):
    body = '{"userName":"ada@meridian.example"}'
    ask(2, request_method="POST", cf_resource_id="", request_body=body)
    ask(1, **DONE, request_method="POST", request_body=body)
    assert states() == [("server error 500", "healed", 1)]


def test_nameless_failure_has_problem_without_status(ask):
    ask(1, cf_resource_id="", idp_resource_id="", resource_user_email="")
    assert ScimProblem.objects.get().updates.count() == 1
    assert states() == []


def test_truncated_body_needs_identical_success(ask):
    cut = '{"Operations":[{"op":"replace","path":"active","value":fal'
    ask(3, request_body=cut)
    ask(2, **DONE, request_body=cut + "s")
    assert states() == [("server error 500", "open", 1)]
    ask(1, **DONE, request_body=cut)
    assert states() == [("server error 500", "perhaps_healed", 1)]


@pytest.mark.parametrize(
    ("method", "body", "activity"),
    [
        ("PATCH", patch("active", False), "off"),
        ("PATCH", patch("active", "True"), "on"),
        ("PATCH", patch("title", "CTO"), ""),
        ("PATCH", patch("active", "maybe"), ""),
        ("POST", '{"userName":"ada@meridian.example"}', "on"),
        ("POST", '{"userName":"ada@meridian.example","active":false}', "off"),
        ("PUT", '{"userName":"ada@meridian.example"}', ""),
        ("PUT", '{"userName":"ada@meridian.example","active":false}', "off"),
        ("DELETE", "", "deleted"),
        ("PATCH", '{"Operations":[{"op":"rep', ""),
    ],
)
def test_requested_account_state_is_kept(ask, method, body, activity):
    assert ask(1, request_method=method, request_body=body).activity == activity


def test_group_requests_no_account_state(ask):
    assert ask(1, resource_type="GROUP", request_method="DELETE", request_body="").activity == ""


def test_group_members_are_kept_by_id(ask):
    body = json.dumps(
        {
            "Operations": [
                {"op": "add", "path": "members", "value": [{"value": "u1"}, {"value": "u1"}, {"display": "no id"}]},
                {"op": "remove", "path": 'members[value eq "u2"]'},
            ]
        }
    )
    update = ask(1, resource_type="GROUP", request_body=body)
    assert set(update.members.values_list("member_id", "way")) == {("u1", "added"), ("u2", "removed")}


def test_full_group_member_list_is_kept(ask):
    body = '{"displayName":"eng","members":[{"value":"u1"},{"value":"u2"}]}'
    ask(1, resource_type="GROUP", request_method="PUT", request_body=body)
    assert set(ScimMember.objects.values_list("member_id", "way")) == {("u1", "listed"), ("u2", "listed")}


# One provider says nothing about another


def test_success_through_another_provider_heals_nothing(ask):
    ask(3)
    ask(2, idp_id="another", error_description="Timeout")
    ask(1, **DONE, idp_id="another")
    assert states() == [("server error 500", "open", 1), ("timeout", "healed", 1)]


def test_same_failure_of_two_providers_is_two(ask):
    ask(3)
    ask(2, idp_id="another")
    assert states() == [("server error 500", "open", 1)] * 2


@given(st.lists(st.tuples(st.sampled_from(["okta", "entra"]), reference.events), max_size=8))
@examples(60)
def test_random_histories_of_two_providers(ask, rows):
    ScimUpdate.objects.all().delete()
    ScimProblem.objects.all().delete()
    for provider, row in rows:
        values = {"idp_id": provider, "status": row.status, "error_description": row.template}
        request = {"request_method": row.request.method, "request_body": row.request.body, "resource_type": "GROUP"}
        ask(-row.minute, **values, **request)
    names = ("problem__idp_id", "problem__request_method", "problem__template", "state")
    expected = {
        (provider, *problem, state)
        for provider in ("okta", "entra")
        for problem, state in reference.states([row for idp_id, row in rows if idp_id == provider]).items()
    }
    assert set(ScimProblemStatus.objects.values_list(*names)) == expected


# What is deleted


def test_deleting_old_rows_updates_status(ask):
    ask(600)
    ask(500, **DONE)
    ask(60, error_description="Timeout")
    assert scim_problems.forget_before(NOW - 300 * MINUTE) == 2
    assert states() == [("timeout", "open", 1)]
    assert ScimProblem.objects.count() == 1


def test_regression_without_first_failure_is_ordinary(ask):
    ask(600)
    ask(500, **DONE)
    ask(60)
    assert states() == [("server error 500", "regressed", 2)]
    scim_problems.forget_before(NOW - 300 * MINUTE)
    assert states() == [("server error 500", "open", 1)]


def test_problem_with_notes_is_kept(ask):
    ask(600)
    problem = ScimProblem.objects.get()
    ProblemNote.objects.create(problem=problem, act="note", text="Known.", written_by="sam", written_at=NOW)
    scim_problems.forget_before(NOW - 300 * MINUTE)
    assert ScimProblem.objects.get() == problem
    scim_problems.forget_before(NOW + MINUTE)
    assert not ScimProblem.objects.exists()


def test_linked_ids_stay_linked(ask):
    """As long as there is an update of their resource."""
    ask(600)
    ask(200, **DONE, idp_resource_id="")
    scim_problems.forget_before(NOW - 300 * MINUTE)
    ask(60, cf_resource_id="")
    ask(50, **DONE, idp_resource_id="")
    assert states() == [("server error 500", "healed", 1)]
