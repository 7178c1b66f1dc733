"""What changed most between two spans."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.changes import Change, most_changed
from logsync.models import AccessRequest
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

DAY = timedelta(days=1)
TODAY, YESTERDAY = Span(NOW - DAY, END), Span(NOW - 2 * DAY, NOW - DAY)


@pytest.fixture
def counts(make_login):
    """Make logins at apps: how many today, and how many yesterday."""

    def make(**apps):
        for app_uid, (now, before) in apps.items():
            for days, number in ((0.5, now), (1.5, before), (2.5, 7)):
                for _ in range(number):
                    make_login(app_uid=app_uid, created_at=NOW - days * DAY)

    return make


def changed(span=TODAY, before=YESTERDAY, most=9):
    return most_changed(AccessRequest.objects.all(), "created_at", ["app_uid"], span, before, most)


def test_the_largest_change_comes_first(counts):
    counts(up=(5, 1), down=(0, 6), same=(2, 2))
    assert changed() == [Change(("down",), 0, 6), Change(("up",), 5, 1), Change(("same",), 2, 2)]
    assert changed(most=1) == [Change(("down",), 0, 6)]


def test_equal_changes_go_by_size(counts):
    counts(small=(2, 1), large=(8, 7))
    assert [change.key for change in changed()] == [("large",), ("small",)]


def test_most_rows_win_without_comparison(counts):
    counts(up=(3, 0), down=(1, 6))
    assert changed(before=None) == [Change(("up",), 3, None), Change(("down",), 1, None)]
    assert changed(Span(BEGINNING, END), None) == [Change(("down",), 14, None), Change(("up",), 10, None)]
