"""The words for as of when problems are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.scim.problems.state_moment import NOW as AS_OF_NOW
from dashboard.scim.problems.state_moment import StateMoment, moment_of
from logsync.insight.past_problems import PastProblems
from tests.conftest import NOW

THEN = PastProblems(NOW, frozenset(), {}, {})

CASES = {
    "now": (AS_OF_NOW, "States are as of now.", "2 resources are failing now", "Failing now"),
    "then": (
        StateMoment(NOW, THEN),
        "States are as of 19 Nov 2026 14:06:12 UTC, the end of the range; later requests are left out.",
        "2 resources were failing at 19 Nov 2026 14:06:12 UTC",
        "Failing then",
    ),
    "too much since then": (
        StateMoment(NOW),
        "States are as of now, not as of the range’s end (19 Nov 2026 14:06:12 UTC): too much has happened since then.",
        "2 resources are failing now",
        "Failing now",
    ),
}


@pytest.mark.parametrize(("moment", "words", "failing", "column"), CASES.values(), ids=list(CASES))
def test_moment_is_told_everywhere(moment, words, failing, column):
    assert (moment.words, moment.failing(2), moment.failing_column) == (words, failing, column)


COUNTS = {
    "none": ({}, "", ""),
    "one": ({"open": 1}, "1 user is failing", "1 user was failing"),
    "two kinds of failing": ({"open": 1, "regressed": 1}, "2 users are failing", "2 users were failing"),
    "one of each": (
        {"deleted": 1, "moved": 1, "healed": 1, "perhaps_healed": 1},
        "1 user has healed, 1 may have healed, 1 fails with another error now, 1 was deleted",
        "1 user had healed, 1 may have healed, 1 failed with another error, 1 had been deleted",
    ),
    "many": (
        {"deleted": 1200, "moved": 2},
        "2 users fail with another error now, 1,200 were deleted",
        "2 users failed with another error, 1,200 had been deleted",
    ),
}


@pytest.mark.parametrize(("counts", "now", "then"), COUNTS.values(), ids=list(COUNTS))
def test_resources_are_counted_by_state(counts, now, then):
    assert AS_OF_NOW.counts(counts, "user") == now
    assert StateMoment(NOW, THEN).counts(counts, "user") == then


def test_only_a_past_end_is_a_past_moment(db):
    assert moment_of(None, NOW) is moment_of(NOW, NOW) is moment_of(NOW + timedelta(1), NOW) is AS_OF_NOW
    assert moment_of(NOW - timedelta(1), NOW).past is not None
