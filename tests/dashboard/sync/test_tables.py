"""What a stream is doing, in a word, and what is known of it, as a band of three days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.derived.counts import rebuild
from logsync.health.stream_state import states_of
from logsync.models import HourlyCount, Log
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import page_of

EDGE = NOW - timedelta(minutes=15)
OLD = NOW - timedelta(minutes=30)  # younger time is read every round


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


def test_stream_read_to_overlap_is_complete(make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW - timedelta(seconds=40))
    cover(stream, NOW - timedelta(days=30), EDGE)
    cover(stream, EDGE, NOW, is_settled=False)
    shown = row()
    assert shown["State"] == "Up to date"
    assert shown["Last read"] == "40 s ago"
    # On a phone, where the cells have no header, this one says what it is.
    assert shown["Complete to"] in ("13:51:12", "complete to 13:51:12")


def test_settled_time_names_other_day(make_stream, cover, row):
    cover(make_stream(), NOW - timedelta(days=30), NOW - timedelta(days=1))
    assert row()["Complete to"].endswith("18 Nov 14:06:12")


@pytest.mark.parametrize(
    ("gap", "state"), [(timedelta(minutes=10), "Up to date"), (timedelta(minutes=10, seconds=1), "Backfilling")]
)
def test_gap_between_rounds_is_no_hole(gap, state, make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - timedelta(days=30), OLD - gap)
    cover(stream, EDGE, NOW, is_settled=False)
    assert row()["State"] == state


@pytest.mark.parametrize(("count", "state"), [(1, "1 hole"), (2, "2 holes")])
def test_stream_with_failed_time_has_holes(count, state, make_stream, cover, fail, row):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - timedelta(days=20), EDGE)
    for days in range(count):
        fail(stream, NOW - timedelta(days=25 + days), NOW - timedelta(days=25 + days, hours=-1))
    assert row()["State"] == state


def test_expired_time_is_not_awaited(make_stream, cover, row):
    stream = make_stream(succeeded_at=NOW)
    cover(stream, NOW - timedelta(days=30), NOW - timedelta(days=20), state="beyond")
    cover(stream, NOW - timedelta(days=20), EDGE)
    assert row()["State"] == "Up to date"


def test_new_stream_has_nothing_to_read(make_stream, row):
    [state] = states_of([make_stream(backfill_since=NOW)], NOW)
    assert (state.to_read, state.holes, state.is_behind) == ([], [], False)
    assert state.coverage.asked == Span(NOW, NOW)
    assert row()["State"] == "Never read"


def test_future_start_has_nothing_to_read(make_stream, page):
    make_stream(backfill_since=NOW + timedelta(hours=1))
    assert "Never read" in page().text


def test_never_read_stream_shows_dashes(make_stream, row):
    make_stream()
    shown = row()
    assert (shown["Complete to"], shown["Last read"], shown["Next read"]) == ("–", "–", "–")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"attempted_at": NOW - timedelta(seconds=20)}, "in 40 s"),
        ({"attempted_at": NOW - timedelta(minutes=5)}, "now"),
        ({"attempted_at": NOW, "retry_at": NOW + timedelta(minutes=5)}, "in 5 min"),
        ({"attempted_at": NOW, "retry_at": NOW - timedelta(minutes=5)}, "in 60 s"),
        ({"attempted_at": NOW, "is_active": False}, "–"),
    ],
)
def test_stream_shows_its_next_read(values, words, make_stream, row):
    make_stream(**values)
    assert row()["Next read"] == words


def test_todays_rows_start_at_midnight(make_stream, okta, make_login, make_update, page):
    make_stream()
    make_stream(Log.SCIM_UPDATES, okta.idp_id)
    midnight = NOW.replace(hour=0, minute=0, second=0)
    for created_at in (midnight - timedelta(seconds=1), midnight, NOW):
        make_login(created_at=created_at)
    make_update(logged_at=NOW)
    make_update(logged_at=NOW, idp_id="another")
    rebuild()
    headers, *rows = page().rows[:3]
    assert [row[headers.index("Rows today")] for row in rows] == ["2", "1"]


def test_todays_row_count_has_commas(account, make_stream, row):
    make_stream()
    HourlyCount.objects.create(account=account, log=Log.ACCESS_REQUESTS, hour=NOW, total=1234567, failed=0)
    assert row()["Rows today"] == "1,234,567"


def test_lateness_needs_enough_rows(make_stream, row):
    stream = make_stream()
    stream.lateness_counts.create(day=NOW.date(), seconds=30, count=18)
    stream.lateness_counts.create(day=NOW.date(), seconds=600, count=1)
    assert row()["Arrival delay, median / 95 %"] == "too few rows yet"
    stream.lateness_counts.create(day=NOW.date() - timedelta(days=3), seconds=600, count=1)
    assert row()["Arrival delay, median / 95 %"] == "30 s / 10 min"
    stream.lateness_counts.filter(day=NOW.date()).delete()
    assert row()["Arrival delay, median / 95 %"] == "too few rows yet"


@pytest.mark.parametrize(
    ("settled", "provisional", "words"),
    [((72, 0), None, "100 %"), ((100, 36), None, "50 %"), ((72, 36), (36, 18), "75 %"), (None, None, "0 %")],
)
def test_band_shows_percentage_of_three_days(settled, provisional, words, make_stream, cover, signed_in):
    stream = make_stream()
    for hours, is_settled in ((settled, True), (provisional, False)):
        if hours:
            cover(stream, NOW - timedelta(hours=hours[0]), NOW - timedelta(hours=hours[1]), is_settled)
    drawings = page_of(signed_in.get("/sync/")).all("svg")
    assert f"Last 72 hours: {words} known" in [drawing.attrs.get("aria-label") for drawing in drawings]


def test_band_draws_known_time_in_place(make_stream, cover, signed_in):
    stream = make_stream()
    cover(stream, NOW - timedelta(hours=100), NOW - timedelta(hours=54))
    cover(stream, NOW - timedelta(hours=36), NOW - timedelta(hours=18), is_settled=False)
    bars = [
        (bar.attrs["x"], bar.attrs["width"])
        for bar in page_of(signed_in.get("/sync/")).all("rect")
        if (bar.attrs.get("x") or "").endswith("%")
    ]
    assert bars == [("0.0%", "25.0%"), ("50.0%", "25.0%")]


def test_band_draws_failed_time_as_unknown(make_stream, cover, fail, signed_in):
    stream = make_stream()
    cover(stream, NOW - timedelta(hours=72), NOW - timedelta(hours=36))
    fail(stream, NOW - timedelta(hours=100), NOW - timedelta(hours=54))
    fail(stream, NOW - timedelta(hours=36), NOW - timedelta(hours=18))
    page = page_of(signed_in.get("/sync/"))
    bars = [
        (bar.attrs["class"], bar.attrs["x"], bar.attrs["width"])
        for bar in page.all("rect")
        if (bar.attrs.get("x") or "").endswith("%")
    ]
    # What was read stays known, whatever failed later.
    assert bars == [("m-good", "0.0%", "50.0%"), ("m-bad", "50.0%", "25.0%")]
    assert "Last 72 hours: 50 % known" in [drawing.attrs.get("aria-label") for drawing in page.all("svg")]
