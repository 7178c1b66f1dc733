"""Charts: their sums are the list's own count, and no bin says more than is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.axes import x_ticks, y_ticks
from dashboard.charts.bins import FIRST, HOUR, LAST, MOST_BINS, bins_of
from dashboard.charts.chart import chart_of
from dashboard.charts.counts import Kind, counts_by_bin, counts_from_hours
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.coverage import Coverage, CoverageByStream, coverage_of
from logsync.derived.counts import rebuild
from logsync.models import AccessRequest, HourlyCount, Stream
from logsync.spans import Span
from tests.conftest import NOW
from tests.dashboard.reading import Page
from tests.examples import examples

BERLIN, KOLKATA, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")
KINDS = (
    Kind("Denied", "m-bad", Q(allowed=False)),
    Kind("Allowed", "m-calm", Q(allowed=True)),
    Kind("No result", "m-mid", Q()),
)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from([UTC, BERLIN, KOLKATA, LORD_HOWE, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")])


def last(length):
    return Span(NOW - length, NOW)


# Bins


@given(moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=3_000_000)), zones)
def test_bins_adjoin_and_are_few(since, length, zone):
    until = LAST if since + timedelta.resolution >= LAST or LAST - since < length else since + length
    if max(since, FIRST) >= min(until, LAST):
        return
    bins = bins_of(Span(since, until), zone)
    assert bins.spans[0].since == max(since, FIRST)
    assert bins.spans[-1].until == min(until, LAST)
    assert all(span.since < span.until for span in bins.spans)
    assert all(one.until == other.since for one, other in zip(bins.spans, bins.spans[1:], strict=False))
    assert len(bins.spans) <= MOST_BINS + 3


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=15), "1-minute"),
        (timedelta(hours=1), "1-minute"),
        (timedelta(hours=24), "15-minute"),
        (timedelta(days=7), "2-hour"),
        (timedelta(days=30), "12-hour"),
        (timedelta(days=90), "1-day"),
        (timedelta(days=400), "1-week"),
        (timedelta(days=8 * 365), "1-month"),
    ],
    ids=str,
)
def test_bin_length_is_round(length, words):
    assert bins_of(last(length), UTC).step.words == words


@pytest.mark.parametrize("zone", [UTC, BERLIN, KOLKATA], ids=str)
def test_days_begin_at_local_midnight(zone):
    bins = bins_of(last(timedelta(days=90)), zone)
    begun = [span.since.astimezone(zone) for span in bins.spans[1:]]
    assert {(at.hour, at.minute, at.second) for at in begun} == {(0, 0, 0)}


def test_day_of_clock_change_is_longer():
    bins = bins_of(last(timedelta(days=90)), BERLIN)
    lengths = {span.length for span in bins.spans[1:-1]}
    assert lengths == {timedelta(hours=24), timedelta(hours=25)}


def test_repeated_hour_is_two_bins():
    night = Span(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 4, tzinfo=UTC))
    assert [span.length for span in bins_of(night, BERLIN, HOUR).spans] == [HOUR] * 6


def test_bins_begin_on_round_minutes():
    first, second, *_ = bins_of(last(timedelta(hours=24)), UTC).spans
    assert first == (NOW - timedelta(hours=24), datetime(2026, 11, 18, 14, 15, tzinfo=UTC))
    assert second.since == first.until


def test_weeks_begin_on_a_monday():
    assert {span.since.weekday() for span in bins_of(last(timedelta(days=400)), UTC).spans[1:]} == {0}


# Axes


@given(st.integers(0, 10**12))
def test_y_axis_has_few_ticks(highest):
    ticks, top = y_ticks(highest)
    assert 2 <= len(ticks) <= 4
    assert top >= highest
    assert (ticks[0].word, ticks[0].at) == ("0", 100)
    assert (ticks[-1].word, ticks[-1].at) == (f"{top:,}", 0)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=1), ["13:10 19 Nov", "13:20", "13:30", "13:40", "13:50", "14:00"]),
        (timedelta(hours=24), ["15:00 18 Nov", "18:00", "21:00", "00:00 19 Nov", "03:00", "06:00", "09:00", "12:00"]),
        (timedelta(days=7), ["13 Nov", "14 Nov", "15 Nov", "16 Nov", "17 Nov", "18 Nov", "19 Nov"]),
        (timedelta(days=400), ["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026"]),
    ],
    ids=str,
)
def test_x_axis_ticks_are_round(length, words):
    assert [f"{tick.word} {tick.day}".strip() for tick in x_ticks(last(length), Viewer())] == words


def test_x_axis_uses_first_clock():
    viewer = Viewer(zone=BERLIN, clock="local")
    days = [(tick.word, tick.day) for tick in x_ticks(last(timedelta(hours=24)), viewer)]
    assert ("00:00", "19 Nov") in days
    first = x_ticks(last(timedelta(hours=1)), viewer)[0]
    assert (first.word, first.day) == ("14:10", "19 Nov")


# Counts


RANDOM_ROWS = st.lists(
    st.tuples(st.integers(0, 40 * 24 * 3600 * 10**6), st.sampled_from([True, False, None])), max_size=30
)


@pytest.mark.django_db
@examples(25)
@given(rows=RANDOM_ROWS, zone=zones, days=st.sampled_from([0.01, 0.5, 1, 7, 30, 39]))
def test_every_row_is_in_its_bin(rows, zone, days):
    from logsync.models import Account

    account, _ = Account.objects.get_or_create(account_id="0" * 32)
    AccessRequest.objects.all().delete()
    AccessRequest.objects.bulk_create(
        AccessRequest(account=account, arrived_at=NOW, created_at=NOW - timedelta(microseconds=before), allowed=allowed)
        for before, allowed in rows
    )
    rebuild()
    bins = bins_of(last(timedelta(days=days)), zone)
    expected = [
        [AccessRequest.objects.between(*span).filter(allowed=allowed).count() for allowed in (False, True, None)]
        for span in bins.spans
    ]
    assert counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins).numbers == expected
    two = (KINDS[0], Kind("Not denied", "m-calm", Q()))
    by_hours = counts_from_hours(HourlyCount.objects.all(), AccessRequest.objects.all(), "created_at", two, bins)
    assert by_hours.numbers == [[denied, allowed + unsaid] for denied, allowed, unsaid in expected]


def test_only_newest_rows_are_counted(make_login, monkeypatch):
    monkeypatch.setattr("dashboard.charts.counts.MOST_ROWS", 3)
    for minute in range(1, 6):
        make_login(created_at=NOW - timedelta(minutes=minute))
    counts = counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins_of(last(HOUR), UTC))
    assert counts.totals == [3, 0, 0]
    assert counts.counted_since == NOW - timedelta(minutes=4)
    coverage = nothing_missing(last(HOUR))
    chart = chart_of(counts, coverage, Viewer(), QueryString(QueryDict()), noun="logins", now=NOW, names={})
    assert chart.note == "Only the newest rows are counted: those after 19 Nov 2026 14:02 UTC."
    assert "Not counted" in [item.words for item in chart.legend]
    assert (chart.bars[0].numbers, chart.bars[0].known) == ([None, None, None], "not counted")


def nothing_missing(span):
    return CoverageByStream(span, {Stream(pk=1): Coverage(span, settled=[span])})


# What a chart says


@pytest.fixture
def chart(make_login, make_stream, cover, fail):
    """Twenty-four hours with three denials, one of them provisional, and a failed half hour."""
    stream = make_stream()
    cover(stream, NOW - timedelta(days=2), NOW - timedelta(hours=11))
    cover(stream, NOW - timedelta(hours=10.5), NOW - timedelta(minutes=15))
    cover(stream, NOW - timedelta(minutes=15), NOW, is_settled=False)
    fail(stream, NOW - timedelta(hours=11), NOW - timedelta(hours=10.5))
    for hours in (0.1, 5, 5):
        make_login(created_at=NOW - timedelta(hours=hours))
    make_login(created_at=NOW - timedelta(hours=5), allowed=True)
    span = last(timedelta(hours=24))
    counts = counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins_of(span, UTC))
    return chart_of(
        counts,
        coverage_of([stream], span),
        Viewer(),
        QueryString(QueryDict("country=NL&range=24h")),
        noun="logins",
        now=NOW,
        names={},
    )


def test_chart_has_text_summary(chart):
    assert chart.label == (
        "Logins from 18 Nov 2026 14:06 UTC; Denied 3; Allowed 1; Could not be read; May still change; "
        "most denied, 2, 19 Nov 09:00 to 09:15 UTC."
    )


def test_each_bar_states_numbers_and_coverage(chart):
    tips = {bar.tip for bar in chart.bars}
    assert "19 Nov 09:00 to 09:15 UTC · 2 denied · 1 allowed" in tips
    assert "19 Nov 03:15 to 03:30 UTC · could not be read" in tips
    assert "19 Nov 03:00 to 03:15 UTC · part could not be read" in tips
    assert "19 Nov 14:00:00 to 14:06:12 UTC · 1 denied · may still change" in tips
    assert chart.bars[-1].known == "may still change"


def test_unknown_bin_has_no_zero(chart):
    blind = next(bar for bar in chart.bars if bar.known == "could not be read")
    assert blind.numbers == [None, None, None]


def test_legend_has_no_zero_that_may_change(make_stream, cover):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=2), NOW - timedelta(minutes=15))
    words = []
    for span in (Span(NOW - 2 * HOUR, NOW - HOUR), last(HOUR), Span(NOW - timedelta(days=3), NOW - HOUR)):
        counts = counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins_of(span, UTC))
        known = coverage_of([stream], span, NOW)
        chart = chart_of(counts, known, Viewer(), QueryString(QueryDict()), noun="logins", now=NOW, names={})
        words.append(chart.legend[0].words)
    assert words == ["Denied 0", "Denied none known", "Denied none known"]


def test_only_complete_bins_have_zeros(chart):
    assert {bar.known for bar in chart.bars if 0 in bar.numbers} == {"complete"}


def test_bar_and_table_row_agree(chart):
    for bar in chart.bars:
        [drawn], [row] = (Page(part).all("a") for part in (bar.drawn, bar.table_row))
        assert (drawn.href, row.href) == (bar.href, bar.href)
        assert drawn.attrs["tabindex"] == "-1"
        assert Page(bar.drawn).all("title")[0].text == bar.tip
        numbers = ["–" if number is None else str(number) for number in bar.numbers]
        assert Page(bar.table_row).rows == [[bar.label, *numbers, bar.known]]


def test_denials_are_stacked_at_bottom(chart):
    parts = next(bar.parts for bar in chart.bars if len(bar.parts) == 2)
    denied, allowed = parts
    assert (denied.css, allowed.css) == ("m-bad", "m-calm")
    assert denied.y + denied.height == pytest.approx(100, abs=0.02)
    assert allowed.y + allowed.height == pytest.approx(denied.y, abs=0.02)
    assert allowed.y >= 0


def test_bar_link_keeps_filters(chart):
    href = next(bar.href for bar in chart.bars if bar.numbers[0] == 2)
    assert href == "?country=NL&since=2026-11-19T09%3A00%3A00Z&until=2026-11-19T09%3A15%3A00Z"


def test_unknown_is_hatched_and_provisional_tinted(chart):
    assert [band.css for band in chart.bands] == ["m-none", "m-hatch"]
    hatched = chart.bands[1]
    assert (hatched.x, hatched.width) == pytest.approx((100 * 13 / 24, 100 * 0.5 / 24), abs=0.2)


def test_time_since_last_round_is_fine(make_stream, cover):
    stream = make_stream()
    cover(stream, NOW - timedelta(days=2), NOW - timedelta(minutes=1))
    span = last(HOUR)
    counts = counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins_of(span, UTC))
    chart = chart_of(
        counts, coverage_of([stream], span), Viewer(), QueryString(QueryDict()), noun="logins", now=NOW, names={}
    )
    assert [band.css for band in chart.bands] == ["m-none"]
    assert (chart.bars[-1].known, chart.bars[-1].numbers) == ("may still change", [None, None, None])
    assert (chart.bars[0].known, chart.bars[0].numbers) == ("complete", [0, 0, 0])


@pytest.fixture
def two_streams(make_stream, other_account, cover):
    """One stream without a gap, and one that lacks the last five hours; both lack the hour before yesterday's end."""
    whole = make_stream()
    ended = Stream.objects.create(account=other_account, log=whole.log, backfill_since=NOW - timedelta(days=30))
    for stream, until in ((whole, 0), (ended, 5)):
        cover(stream, NOW - timedelta(days=2), NOW - timedelta(hours=20))
        cover(stream, NOW - timedelta(hours=19), NOW - timedelta(hours=until))
    return whole, ended


def test_missing_streams_of_a_bin_are_named(two_streams, make_login):
    make_login(created_at=NOW - timedelta(hours=1))
    span = last(timedelta(hours=24))
    counts = counts_by_bin(AccessRequest.objects.all(), "created_at", KINDS, bins_of(span, UTC))
    names = dict(zip(two_streams, ("Meridian, logins", "Zenith, logins"), strict=True))
    chart = chart_of(
        counts, coverage_of(two_streams, span), Viewer(), QueryString(QueryDict()), noun="logins", now=NOW, names=names
    )
    bars = {bar.begins: bar for bar in chart.bars}
    assert (bars["19 Nov 13:00"].known, bars["19 Nov 13:00"].numbers) == ("without Zenith, logins", [1, None, None])
    assert "without Zenith, logins" in bars["19 Nov 13:00"].tip
    assert (bars["19 Nov 12:00"].known, bars["19 Nov 12:00"].numbers) == ("without Zenith, logins", [None, None, None])
    assert (bars["18 Nov 18:15"].known, bars["18 Nov 18:15"].numbers) == ("not synced yet", [None, None, None])
    assert (bars["19 Nov 08:00"].known, bars["19 Nov 08:00"].numbers) == ("complete", [0, 0, 0])
    assert [band.css for band in chart.bands] == ["m-dots", "m-hatch"]
    assert [item.words for item in chart.legend][-2:] == ["Not synced yet", "Without Zenith, logins"]


# On the pages


def sums(page):
    """The numbers of the table beside a chart, added up."""
    table = re.search(r'<table class="table gh-table">\s*<caption class="visually-hidden">.*?</table>', page, re.DOTALL)
    cells = re.findall(r"<td>([\d,]+)</td>", table[0]) if table else []
    return sum(int(cell.replace(",", "")) for cell in cells)


QUERIES = [
    "", "range=15m", "range=1h", "range=7d", "range=30d", "range=90d", "range=all", "range=all&allowed=any",
    "range=7d&allowed=any&country=NL", "range=7d&allowed=unknown", "since=2026-11-18",
    "since=0001-01-01T00:00:00Z&allowed=any",
    "until=2026-11-18T03:04:05.678Z", "since=2026-11-01&until=9999-12-31T23:59:59Z", "not.country=NL&range=all",
]  # fmt: skip


@pytest.mark.parametrize("clock", ["utc", "local"])
@pytest.mark.parametrize("query", QUERIES)
def test_chart_total_matches_list_count(signed_in, all_logins_known, make_login, query, clock):
    for number in range(120):
        make_login(
            created_at=NOW - timedelta(minutes=7 * number**2),
            allowed=(False, True, False, None)[number % 4],
            country=("NL", "DE", "SE")[number % 3],
        )
    make_login(created_at=NOW + timedelta(minutes=2))
    signed_in.cookies["time_zone"], signed_in.cookies["clock"] = "Asia/Kolkata", clock
    response = signed_in.get(f"/logins/?{query}&per_page=200")
    assert sums(response.content.decode()) == response.context["count"]


@pytest.mark.parametrize(
    "query", ["range=30d", "range=30d&allowed=any", "range=all&allowed=any", "allowed=any", "range=30d&country=NL"]
)
def test_hourly_counts_replace_too_many_rows(signed_in, all_logins_known, make_login, monkeypatch, query):
    for number in range(120):
        make_login(created_at=NOW - timedelta(minutes=2 * number**2), allowed=(False, True, None)[number % 3])
    rebuild()
    exact = signed_in.get(f"/logins/?{query}&per_page=200").context
    monkeypatch.setattr("dashboard.lists.histogram.MOST_ROWS", 20)
    monkeypatch.setattr("dashboard.lists.views.COUNT_CAP", 20)
    response = signed_in.get(f"/logins/?{query}&per_page=200")
    assert sums(response.content.decode()) == exact["count"]
    uses_sums = "country" not in query
    assert ("Not denied" in response.content.decode()) == (uses_sums and "allowed=any" in query)


def test_updates_have_a_chart_as_well(signed_in, all_updates_known, make_update):
    for number in range(30):
        make_update(
            logged_at=NOW - timedelta(minutes=number), status=("FAILURE", "ERROR", "SUCCESS", "ODD")[number % 4]
        )
    response = signed_in.get("/scim/?status=any")
    assert sums(response.content.decode()) == response.context["count"] == 30


def test_unsynced_log_has_no_chart(signed_in):
    assert signed_in.get("/logins/?range=all").context["chart"] is None


def test_empty_list_still_shows_coverage(signed_in, all_logins_known):
    page = signed_in.get("/logins/").content.decode()
    assert "No denied logins in this range" in page
    assert 'class="gh-chart"' in page


@pytest.mark.parametrize("hour", [17, 20])
def test_phone_keeps_tick_of_new_day(hour):
    since = datetime(2026, 11, 18, hour, 5, tzinfo=UTC)
    ticks = x_ticks(Span(since, since + timedelta(days=1)), Viewer())
    assert [tick.is_minor for tick in ticks if tick.word == "00:00"] == [False]
    assert all(tick.is_minor != following.is_minor for tick, following in pairwise(ticks))


def test_words_at_ends_stay_within_chart():
    since = datetime(2026, 11, 18, 17, 55, tzinfo=UTC)
    first, *inner, newest = x_ticks(Span(since, since + timedelta(hours=24, minutes=10)), Viewer())
    assert (first.word, first.edge) == ("18:00", "start")
    assert (newest.word, newest.edge) == ("18:00", "end")
    assert {tick.edge for tick in inner} == {""}


def test_only_times_of_day_have_dates_below(chart):
    assert chart.has_days
    assert not any(tick.day for tick in x_ticks(last(timedelta(days=30)), Viewer()))
