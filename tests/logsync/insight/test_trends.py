"""Rows by hour or by day, as small bars."""

from __future__ import annotations

from datetime import timedelta

from logsync.insight.trends import LOWEST, bars_by
from logsync.models import AccessRequest
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

HOUR = timedelta(hours=1)
START = NOW.replace(minute=0, second=0, microsecond=0)


def bars(span, now=NOW):
    rows = AccessRequest.objects.between(*span)
    return bars_by(rows, "created_at", ["app_uid"], span, now=now)


def test_a_day_has_bars_by_hour(make_login):
    for minutes, app_uid in ((0, "a"), (1, "a"), (300, "b")):
        make_login(created_at=START + timedelta(minutes=minutes), app_uid=app_uid)
    found = bars(Span(START, START + 10 * HOUR))
    assert {key: [(bar.x, bar.width, bar.count) for bar in row] for key, row in found.items()} == {
        ("a",): [(0, 8, 2)],
        ("b",): [(50, 8, 1)],
    }
    assert (found["a",][0].height, found["b",][0].height) == (98, 49)


def test_a_week_has_bars_by_day(make_login):
    for hours in (1, 2, 3):
        make_login(created_at=START + hours * HOUR, app_uid="a")
    [bar] = bars(Span(START - timedelta(days=7), START + timedelta(days=1)))["a",]
    assert bar.count == 3


def test_open_span_begins_at_first_row(make_login):
    make_login(created_at=START - 3 * HOUR, app_uid="a")
    make_login(created_at=START - HOUR, app_uid="a")
    assert [bar.x for bar in bars(Span(BEGINNING, END), now=START)["a",]] == [0, 66.67]


def test_little_is_still_visible(make_login):
    for number in range(30):
        make_login(created_at=START, app_uid="a", ray_id=f"{number}")
    make_login(created_at=START, app_uid="b")
    assert bars(Span(START, START + HOUR))["b",][0].height == LOWEST


def test_nothing_has_no_bars(db):
    assert bars(Span(BEGINNING, END)) == {}
