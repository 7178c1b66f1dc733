"""A failure is called regular only where its pauses are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.history.repeats import NEAR, regular_pause
from tests.conftest import NOW
from tests.examples import examples

MINUTES = timedelta(minutes=1)


def _course(*minutes):
    return [NOW + minute * MINUTES for minute in minutes]


@pytest.mark.parametrize(
    ("courses", "minutes"),
    [
        ([_course(0, 40, 80, 120, 160)], 40),
        ([_course(0, 41, 80, 121, 160)], 40),
        ([_course(160, 0, 80, 40, 120)], 40),
        ([_course(0, 40, 80), _course(7, 47, 87)], 40),
        ([_course(0, 40, 80, 120, 600, 640, 680)], None),
        ([_course(*range(0, 400, 40), 440, *range(480, 900, 40))], 40),
        ([_course(0, 40, 80, 120)], None),
        ([_course(0), _course(40), _course(80), _course(120), _course(160), _course(200)], None),
        ([_course(0, 5, 20, 60, 180, 600)], None),
        ([_course(0, 40, 80, 300, 340, 900, 940)], None),
        ([_course(0, 0, 0, 0, 0, 0)], None),
        ([], None),
    ],
)
def test_pause_is_median_of_regular_ones(courses, minutes):
    pause = regular_pause(courses)
    assert pause == (minutes and minutes * MINUTES)


@examples(100)
@given(st.lists(st.lists(st.integers(0, 10_000), max_size=8), max_size=4))
def test_most_pauses_are_near_what_is_said(courses):
    moments = [[NOW + minute * MINUTES for minute in course] for course in courses]
    pause = regular_pause(moments)
    pauses = [b - a for course in moments for a, b in zip(sorted(course), sorted(course)[1:], strict=False)]
    if pause:
        near = [one for one in pauses if abs(one - pause) <= NEAR * pause]
        assert abs(sum(pauses, timedelta()) / len(pauses) - pause) <= NEAR * pause
        assert len(near) >= 0.8 * len(pauses) >= 3
