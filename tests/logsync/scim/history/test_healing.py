"""What heals in random histories of real bodies, against the same rules told in another way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.history.problem_lifecycle import Attempt, outcomes, statuses
from logsync.scim.request.parse import read_request
from tests.examples import examples
from tests.logsync.scim.history import reference
from tests.logsync.scim.history.reference import Event, Request

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def states(rows: list[Event]) -> dict[tuple[str, ...], str]:
    attempts = [attempt(number, row) for number, row in enumerate(rows)]
    return {tuple(status.problem.split(" ", 1)): str(status.state) for status in statuses(attempts)}


def attempt(number: int, row: Event) -> Attempt:
    touched = read_request(row.request.method, "GROUP", row.request.body).touched
    has_failed = row.status in ("FAILURE", "ERROR")
    problem = " ".join(reference.problem_of(row)) if has_failed else ""
    at = NOON + timedelta(minutes=row.minute)
    return Attempt(number, at, row.status, row.request.method, problem, touched, row.request.body)


@given(st.lists(reference.events, max_size=10))
@examples(600)
def test_states_follow_from_what_requests_mean(rows: list[Event]):
    assert states(rows) == reference.states(rows)
    attempts = [attempt(number, row) for number, row in enumerate(rows)]
    assert outcomes(attempts) == reference.outcomes(rows)


@given(reference.requests, reference.requests)
@examples(600)
def test_one_success_heals_what_it_means(failed: Request, success: Request):
    rows = [Event(failed, "FAILURE", "x", 0), Event(success, "SUCCESS", "", 1)]
    assert states(rows) == {(failed.method, "x"): reference.outcome(success, failed) or "open"}


BODIES = {
    "another address": (
        '{"Operations":[{"op":"add","path":"emails[type eq \\"work\\"].value","value":"a@x"}]}',
        '{"Operations":[{"op":"add","path":"emails[type eq \\"home\\"].value","value":"a@x"}]}',
        "open",
    ),
    "another address of a list": (
        '{"Operations":[{"op":"add","path":"emails","value":[{"type":"work","value":"a@x"}]}]}',
        '{"Operations":[{"op":"add","path":"emails","value":[{"type":"home","value":"a@x"}]}]}',
        "open",
    ),
    "a list of addresses that has it": (
        '{"Operations":[{"op":"add","path":"emails","value":[{"type":"work","value":"a@x"}]}]}',
        '{"Operations":[{"op":"replace","path":"emails","value":[{"type":"work","value":"a@x"}]}]}',
        "healed",
    ),
    "another name": (
        '{"Operations":[{"op":"replace","path":"name.givenName","value":"A"}]}',
        '{"Operations":[{"op":"replace","path":"name.familyName","value":"B"}]}',
        "open",
    ),
    "a name in another form": (
        '{"Operations":[{"op":"replace","path":"name.givenName","value":"A"}]}',
        '{"Operations":[{"op":"replace","path":"name","value":{"givenName":"A","familyName":"B"}}]}',
        "healed",
    ),
    "text instead of a boolean": (
        '{"Operations":[{"op":"Replace","path":"active","value":"False"}]}',
        '{"Operations":[{"op":"replace","value":{"active":false}}]}',
        "healed",
    ),
    "the opposite as text": (
        '{"Operations":[{"op":"Replace","path":"active","value":"True"}]}',
        '{"Operations":[{"op":"replace","value":{"active":false}}]}',
        "open",
    ),
    "a manager in another form": (
        '{"Operations":[{"op":"add","path":"manager","value":[{"value":"m1"}]}]}',
        '{"Operations":[{"op":"add","path":"manager","value":{"value":"m2"}}]}',
        "healed",
    ),
}


@pytest.mark.parametrize(("failed", "success", "state"), BODIES.values(), ids=list(BODIES))
def test_real_bodies_heal_their_own(failed: str, success: str, state: str):
    touched = [read_request("PATCH", "USER", body).touched for body in (failed, success)]
    rows = [
        Attempt(1, NOON, "FAILURE", "PATCH", "x", touched[0], failed),
        Attempt(2, NOON + timedelta(minutes=1), "SUCCESS", "PATCH", "", touched[1], success),
    ]
    assert [str(status.state) for status in statuses(rows)] == [state]
