"""When an application counts as having jumped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.overview.jumps import busiest, has_jumped
from tests.conftest import NOW

WINDOW = timedelta(minutes=60)


def at(minutes):
    return [NOW + timedelta(minutes=minute) for minute in sorted(minutes)]


@pytest.mark.parametrize(
    ("minutes", "most", "since"),
    [
        ([0], 1, 0),
        ([0, 59], 2, 0),
        ([0, 60], 1, 0),
        ([0, 30, 70, 80, 89], 4, 30),
        ([0, 1, 200, 201], 2, 0),
        ([5, 5, 5], 3, 5),
    ],
    ids=str,
)
def test_the_busiest_window_is_the_first_with_most(minutes, most, since):
    assert busiest(at(minutes), WINDOW) == (most, NOW + timedelta(minutes=since))


def test_nobody_is_busy_when_nothing_happened():
    assert busiest([], WINDOW)[0] == 0


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_no_window_holds_more_than_the_busiest(minutes):
    moments = at(minutes)
    most, since = busiest(moments, WINDOW)
    inside = [sum(start <= moment < start + WINDOW for moment in moments) for start in moments]
    assert most == max(inside)
    assert since == moments[inside.index(most)]


@pytest.mark.parametrize(
    ("now", "usual", "is_jump"),
    [(4, 0, False), (5, 0, True), (8, 4, False), (9, 4, True), (11, 6, False), (12, 6, True), (39, 20, False)],
)
def test_a_jump_is_twice_as_many_and_five_more(now, usual, is_jump):
    assert has_jumped(now, usual) is is_jump
