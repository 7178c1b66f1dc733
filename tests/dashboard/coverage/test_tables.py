"""What a stream is doing, in a word, and what is known of it, as a band of three days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.coverage.streams import StreamState
from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of

EDGE = NOW - timedelta(minutes=15)


@pytest.fixture
def row(signed_in):
    """The row of the only stream, by the header of its columns."""

    def read():
        headers, cells, *_ = page_of(signed_in.get("/sync/")).rows
        return dict(zip(headers, cells, strict=True))

    return read


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"is_active": False}, "No longer read"),
        ({"is_active": False, "error": "gone"}, "No longer read"),
        ({"error": "x", "needs_person": True, "succeeded_at": NOW}, "Refused"),
        ({"error": "x", "succeeded_at": NOW}, "Failing"),
        ({}, "Never read"),
        ({"succeeded_at": NOW}, "Backfilling"),
    ],
)
def test_a_stream_is_in_one_state(values, state, make_stream, row):
    make_stream(**values)
    assert row()["State"] == state


def test_a_stream_that_was_read_to_the_overlap_is_complete(make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW - timedelta(seconds=40))
    cover(stream, NOW - timedelta(days=30), EDGE)
    cover(stream, EDGE, NOW, is_settled=False)
    shown = row()
    assert shown["State"] == "Complete"
    assert (shown["Backfill"], shown["Last read"]) == ("100 %", "40 s ago")
    assert shown["Settled to"] == "19 Nov 13:51:12"


@pytest.mark.parametrize(
    ("gap", "state"), [(timedelta(minutes=5), "Complete"), (timedelta(minutes=5, seconds=1), "Backfilling")]
)
def test_the_time_between_two_rounds_is_no_hole(gap, state, make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - timedelta(days=30), EDGE - gap)
    assert row()["State"] == state


def test_a_backfill_says_how_far_it_has_come(make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW)
    assert row()["Backfill"] == "0 %"
    cover(stream, NOW - timedelta(days=12), EDGE)
    assert row()["Backfill"] == "40 %"


def test_a_stream_that_is_to_be_read_from_now_on_has_nothing_left_to_read(make_stream, now):
    state = StreamState.of(make_stream(backfill_since=NOW), NOW)
    assert (state.read, state.is_behind) == (100.0, False)


def test_a_stream_that_was_never_read_shows_nothing_known(make_stream, row):
    make_stream()
    shown = row()
    assert (shown["Settled to"], shown["Last read"]) == ("–", "–")


@pytest.mark.parametrize(
    ("settled", "provisional", "words"),
    [((72, 0), None, "100 %"), ((100, 36), None, "50 %"), ((72, 36), (36, 18), "75 %"), (None, None, "0 %")],
)
def test_the_band_says_how_much_of_three_days_is_known(settled, provisional, words, make_stream, cover, signed_in):
    stream = make_stream()
    for hours, is_settled in ((settled, True), (provisional, False)):
        if hours:
            cover(stream, NOW - timedelta(hours=hours[0]), NOW - timedelta(hours=hours[1]), is_settled)
    drawings = page_of(signed_in.get("/sync/")).all("svg")
    assert f"Last 72 hours: {words} known" in [drawing.attrs.get("aria-label") for drawing in drawings]


def test_what_is_known_is_drawn_where_it_was(make_stream, cover, signed_in):
    stream = make_stream()
    cover(stream, NOW - timedelta(hours=100), NOW - timedelta(hours=54))
    cover(stream, NOW - timedelta(hours=36), NOW - timedelta(hours=18), is_settled=False)
    bars = [
        (bar.attrs["x"], bar.attrs["width"])
        for bar in page_of(signed_in.get("/sync/")).all("rect")
        if (bar.attrs.get("x") or "").endswith("%")
    ]
    assert bars == [("0.0%", "25.0%"), ("50.0%", "25.0%")]


def test_streams_cost_a_few_questions_each(make_stream, signed_in, django_assert_max_num_queries):
    for number in range(3):
        make_stream(Log.SCIM_UPDATES, f"idp-{number}")
    with django_assert_max_num_queries(20 + 3 * 3):
        signed_in.get("/sync/")
