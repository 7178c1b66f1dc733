"""Where problems stood at a moment in the past is where they stood when only the rows before it were there."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight import past_problems as module
from logsync.insight.past_problems import past_problems, past_statuses
from logsync.insight.problem_queries import (
    UNNAMED,
    count_open,
    count_open_resources,
    failed_or_open,
    most_failing,
    unanswered_since,
    with_counts,
    with_state,
)
from logsync.models import ScimProblem, ScimProblemStatus, ScimUpdate
from logsync.spans import Span
from tests.conftest import NOW
from tests.examples import examples
from tests.logsync.scim.history import reference

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ask(make_update):
    def store(row, who):
        names = {"cf_resource_id": "", "idp_resource_id": who, "resource_user_email": f"{who}@x.example" if who else ""}
        values = {"status": row.status, "error_description": row.template, "resource_type": "GROUP"}
        request = {"request_method": row.request.method, "request_body": row.request.body}
        return make_update(logged_at=NOW + row.minute * MINUTE, **names, **values, **request)

    return store


def told(span, past=None):
    """All that lists say of each problem, by its request and error."""
    problems = ScimProblem.objects.all()
    listed = failed_or_open(with_state(problems, past), span, past)
    rows = with_counts(listed, span, past)
    names = ("open_resources", "healed_resources", "requests", "unnamed_requests", "first_seen", "last_seen")
    problem_of = {row.pk: (row.request_method, row.template) for row in problems}
    return {
        "problems": {
            (row.request_method, row.template): (row.state, *(getattr(row, name) for name in names)) for row in rows
        },
        "open": count_open_resources(listed, past),
        "failing": count_open(listed, past),
        "most": [(problem_of[pk], *numbers) for pk, *numbers in most_failing(listed, 9, past)],
        "since": sorted(unanswered_since(listed, past).values()),
    }


def resources(past=None):
    """Each problem's resources, by their name."""
    found = []
    for problem in ScimProblem.objects.all():
        own = past_statuses(past, problem.pk) if past else list(ScimProblemStatus.objects.filter(problem=problem))
        found += [
            (
                problem.request_method,
                problem.template,
                one.last_failed.idp_resource_id,
                one.state,
                one.tries,
                one.first_failed.logged_at,
                one.last_failed.logged_at,
                one.proof and one.proof.logged_at,
                one.other_success and one.other_success.logged_at,
            )
            for one in own
        ]
    return sorted(found, key=str)


@given(
    rows=st.lists(st.tuples(reference.events, st.sampled_from(["a", "b", "c", ""])), max_size=9),
    minute=st.integers(0, 7),
)
@examples(60)
def test_past_is_told_as_it_was_told(ask, rows, minute):
    ScimUpdate.objects.all().delete()
    ScimProblem.objects.all().delete()
    then = NOW + minute * MINUTE
    span = Span(then - 3 * MINUTE, then)
    for row, who in rows:
        if row.minute < minute:
            ask(row, who)
    at_the_time = told(span), resources()
    for row, who in rows:
        if row.minute >= minute:
            ask(row, who)
    past = past_problems(then)
    assert (told(span, past), resources(past)) == at_the_time


def test_too_much_since_then_is_not_told(ask, monkeypatch):
    failed = reference.Event(reference.Request("DELETE", "delete"), "FAILURE", "x", 0)
    for who in ("a", "b"):
        ask(failed, who)
    assert past_problems(NOW - MINUTE) is not None
    monkeypatch.setattr(module, "MOST_RESOURCES", 1)
    assert past_problems(NOW - MINUTE) is None
    assert past_problems(NOW + MINUTE) is not None


def test_too_many_rows_before_are_not_told(ask, monkeypatch):
    for minute in (0, 1, 2):
        ask(reference.Event(reference.Request("DELETE", "delete"), "FAILURE", "x", minute), "a")
    monkeypatch.setattr(module, "MOST_UPDATES", 1)
    assert past_problems(NOW + MINUTE) is not None
    assert past_problems(NOW + 2 * MINUTE) is None


def test_problems_by_state_and_count():
    past = module.PastProblems(NOW, frozenset(), {}, {1: Counter(open=2, healed=1), 2: Counter()})
    assert past.by_state(UNNAMED) == {"open": [1], "unnamed": [2]}
    assert past.by_count(["open", "regressed"]) == {2: [1], 0: [2]}
    assert past.problems == {1, 2}
