"""Questions about SCIM problems, as an alert would ask them: with a queryset and a span."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.problem_queries import (
    UNNAMED,
    count_open,
    count_open_resources,
    failed_or_open,
    most_failing,
    sort_by,
    unanswered_since,
    with_counts,
    with_state,
)
from logsync.insight.problem_resources import logins_known_since, never_logged_in, read_resources, worst_first
from logsync.models import Account, ScimProblem, ScimProblemStatus
from logsync.scim.history.problem_lifecycle import State
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

ALL_TIME = Span(BEGINNING, END)
SUCCESS = {"status": "SUCCESS", "error_description": ""}
UNNAMED_ROW = {"resource_user_email": "", "idp_resource_id": "", "cf_resource_id": ""}


def ago(hours):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def problems(account):
    return ScimProblem.objects.filter(account=account)


def states(problems):
    return [problem.state for problem in with_state(problems)]


def test_problem_has_its_worst_state(make_update, problems):
    make_update(logged_at=ago(5))
    make_update(logged_at=ago(4), idp_resource_id="b", cf_resource_id="b", resource_user_email="bob@meridian.example")
    make_update(logged_at=ago(3), **SUCCESS)
    assert states(problems) == [State.OPEN]


def test_healed_problem_stays_in_span(make_update, problems):
    make_update(logged_at=ago(5))
    make_update(logged_at=ago(3), **SUCCESS)
    assert failed_or_open(problems, Span(ago(6), ago(4))).count() == 1
    assert failed_or_open(problems, Span(ago(2), END)).count() == 0


def test_open_problem_stays_in_later_spans(make_update, problems):
    make_update(logged_at=ago(5))
    assert failed_or_open(problems, Span(ago(2), END)).count() == 1
    assert failed_or_open(problems, Span(ago(9), ago(8))).count() == 0
    assert failed_or_open(problems, ALL_TIME).count() == 1


def test_requests_are_counted_in_the_span(make_update, problems):
    for hours in (5, 4, 1):
        make_update(logged_at=ago(hours))
    [problem] = with_counts(problems, Span(ago(4.5), NOW))
    assert (problem.requests, problem.open_resources, problem.unnamed_requests) == (2, 1, 0)
    assert (problem.first_seen, problem.last_seen) == (ago(5), ago(1))


def test_unnamed_problems_sort_last(make_update, problems):
    make_update(**UNNAMED_ROW, error_description="nobody")
    make_update(logged_at=ago(9))
    ordered = sort_by(with_counts(with_state(problems), ALL_TIME), "state")
    assert [problem.state for problem in ordered] == [State.OPEN, UNNAMED]


def test_other_accounts_do_not_count(make_update, problems):
    make_update()
    make_update(account=Account.objects.create(account_id="1" * 32))
    assert count_open_resources(problems) == 1
    assert count_open_resources(ScimProblem.objects.all()) == 2


def test_earliest_last_failure_of_each_provider(account, make_update, problems):
    make_update(logged_at=ago(5))
    make_update(logged_at=ago(2))
    make_update(logged_at=ago(3), idp_id="other", cf_resource_id="b", idp_resource_id="b")
    idp_id = "411d2f50-92ce-442f-a163-866113f28168"
    assert unanswered_since(problems) == {(account.pk, idp_id): ago(2), (account.pk, "other"): ago(3)}


def test_most_failing_come_first(make_update):
    for number in range(3):
        make_update(cf_resource_id=f"a{number}", idp_resource_id=f"a{number}", error_description="one thing")
    other = make_update(cf_resource_id="b", idp_resource_id="b", error_description="another")
    first, second = most_failing(ScimProblem.objects.all(), 9)
    assert (first[1:], second) == ((3, 0), (other.problem_id, 1, 0))
    assert most_failing(ScimProblem.objects.all(), 1) == [first]
    assert count_open(ScimProblem.objects.all()) == 2
    assert count_open(ScimProblem.objects.filter(pk=other.problem_id)) == 1


# Their resources


def test_healed_resource_has_its_delay(now, make_update):
    make_update(logged_at=ago(5))
    make_update(logged_at=ago(3), **SUCCESS)
    [resource] = read_resources(worst_first(ScimProblemStatus.objects.all()), NOW)
    assert (resource.name, resource.is_person, resource.is_open) == ("ada@meridian.example", True, False)
    assert resource.healed_after == timedelta(hours=2)


def test_only_users_without_login_are_found(make_update, make_login, make_stream, cover, problems):
    make_update()
    assert never_logged_in(problems).count() == 0, "no login of the account was ever read"
    cover(make_stream(), ago(8), ago(1))
    assert never_logged_in(problems).count() == 1
    make_login()
    assert never_logged_in(problems).count() == 0


def test_logins_known_since_first_sync(account, make_stream, cover):
    assert logins_known_since((), NOW) is None
    cover(make_stream(), ago(8), ago(1))
    assert logins_known_since((account.account_id,), NOW) == ago(8)
    assert logins_known_since(("0" * 32,), NOW) is None
