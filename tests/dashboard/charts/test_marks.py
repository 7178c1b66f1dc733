"""Flags on a chart: one for each moment, or one for several that would touch."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from dashboard.charts.marks import Moment, marks_of
from dashboard.page.viewer import Viewer
from logsync.spans import Span
from tests.conftest import NOW

DAY = Span(NOW - timedelta(hours=24), NOW)


def marks_at(*hours):
    moments = [Moment(NOW - timedelta(hours=ago), f"change {ago}", f"/changes/{ago}/") for ago in hours]
    return marks_of(moments, DAY, Viewer(), lambda span: f"between {span.since:%H} and {span.until:%H}")


def test_each_moment_has_its_flag():
    first, second = marks_at(6, 18)
    assert (first.x, first.href, first.words) == (25, "/changes/18/", "18 Nov 20:06 change 18 (UTC)")
    assert (second.x, second.count, second.points_left) == (75, 1, False)


def test_close_moments_share_one_flag():
    [mark] = marks_at(7, 6.5, 6)
    assert (mark.count, mark.href, len(mark.lines)) == (3, "between 07 and 08", 3)
    assert mark.words.startswith("3 changes: 19 Nov 07:06 change 7;")


def test_flags_never_touch():
    marks = marks_at(*(number / 40 for number in range(1, 900)))
    assert sum(mark.count for mark in marks) == 899
    assert all(after.x - before.x >= 8 for before, after in pairwise(marks))
    assert "and 7" in marks[3].words


@pytest.mark.parametrize("hours", [25, 0, -1])
def test_moments_outside_have_none(hours):
    assert marks_at(hours) == []


def test_flag_at_the_end_points_back():
    [mark] = marks_at(0.5)
    assert mark.points_left
