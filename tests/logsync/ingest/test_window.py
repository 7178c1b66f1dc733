"""A window that Cloudflare refuses for its time is read as far as it can be, and the rest is noted with the reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from logsync.coverage import State, ask_for, failed_spans_of, missing_spans, newest_edge, spans_of
from logsync.ingest.directory import sync_directory
from logsync.ingest.sync import sync_stream
from logsync.models import AccessRequest, FailedRange, Log, Stream
from logsync.simulator.server.faults import limited_windows
from logsync.spans import Span, length, merge, subtract
from tests.logsync.cloudflare.answers import LogServer, client_of, failure

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

TOO_OLD = failure(400, 12130, "access.api.error.invalid_request: cannot request data older than 86400s")
TOO_LONG = failure(400, 12130, "access.api.error.invalid_request: time range too large")
UNCLEAR = failure(400, 12130, "access.api.error.invalid_request")


class Refusing(LogServer):
    """Refuses a window for its time: if it begins before `oldest`, is longer than `longest`, or holds any of `spots`.

    `unclear`: without saying why. `refused` are the windows that were.
    """

    def __init__(self, rows, *, oldest=None, longest=DAY * 10_000, spots=(), unclear=False):
        super().__init__(rows, ignores_window=False)
        self.oldest, self.longest, self.spots, self.unclear = oldest, longest, spots, unclear
        self.refused = []

    def __call__(self, request):
        asked = request.url.params
        window = Span(*(datetime.fromisoformat(asked[name]) for name in ("since", "until")))
        if refusal := self.refusal_of(window):
            self.refused.append(window)
            return UNCLEAR if self.unclear else refusal
        return super().__call__(request)

    def refusal_of(self, window) -> httpx.Response | None:
        if self.oldest and window.since < self.oldest:
            return TOO_OLD
        if window.length > self.longest:
            return TOO_LONG
        return UNCLEAR if any(window.since <= spot < window.until for spot in self.spots) else None


@pytest.fixture
def stream(make_stream, now):
    """The logins of an account, to be read two days back."""
    return make_stream(backfill_since=now - 2 * DAY)


@pytest.fixture
def hourly(now):
    """A row every hour of two days and a half."""
    moments = [now - hours * HOUR for hours in range(60, 0, -1)]
    return [{"ray_id": f"{number:x}", "created_at": moment.isoformat()} for number, moment in enumerate(moments)]


def noted(stream):
    return Stream.objects.get(pk=stream.pk)


def times_of(rows, span):
    return [time for time in (datetime.fromisoformat(row["created_at"]) for row in rows) if span.since <= time]


def stored_times():
    return list(AccessRequest.objects.order_by("created_at").values_list("created_at", flat=True))


# Too old


def test_time_within_reach_is_read(stream, hourly, now):
    assert sync_stream(stream, client_of(Refusing(hourly, oldest=now - DAY)))
    assert stored_times() == times_of(hourly, Span(now - DAY + MINUTE, now))
    [settled] = spans_of(stream, State.SETTLED)
    assert now - DAY < settled.since <= now - DAY + 2 * MINUTE
    assert spans_of(noted(stream), State.REFUSED) == [Span(now - 2 * DAY, settled.since)]


def test_refused_time_is_neither_quiet_nor_failed(stream, hourly, now):
    sync_stream(stream, client_of(Refusing(hourly, oldest=now - DAY)))
    stream = noted(stream)
    assert "cannot request data older than 86400s" in stream.too_old
    assert "Gatehouse" not in stream.too_old
    assert not FailedRange.objects.exists()
    assert spans_of(stream, State.BEYOND) == []
    assert missing_spans(stream, newest_edge(now)) == []
    assert stream.error == ""


def test_refused_time_costs_few_calls(stream, hourly, now, time_machine):
    server = Refusing(hourly, oldest=now - DAY)
    sync_stream(stream, client_of(server))
    # Four to find the oldest row, one for a window and one for its end, and a dozen where reach begins.
    assert len(server.refused) < 30
    server.refused.clear()
    time_machine.move_to(now + MINUTE, tick=False)
    sync_stream(noted(stream), client_of(server))
    assert server.refused == []


def test_longer_reach_is_read_on_request(stream, hourly, now):
    sync_stream(stream, client_of(Refusing(hourly, oldest=now - DAY)))
    stream = noted(stream)
    ask_for(stream, Span(now - 2 * DAY, now), again=True, asked_by="someone")
    assert sync_stream(stream, client_of(Refusing(hourly)))
    assert spans_of(noted(stream), State.REFUSED) == []
    assert [span.since for span in spans_of(noted(stream), State.SETTLED)] == [now - 2 * DAY]
    assert stored_times() == times_of(hourly, Span(now - 2 * DAY, now))


def test_known_time_stays_known_when_refused(stream, hourly, now):
    sync_stream(stream, client_of(LogServer(hourly, ignores_window=False)))
    stream = noted(stream)
    ask_for(stream, Span(now - 2 * DAY, now), again=True, asked_by="someone")
    assert sync_stream(stream, client_of(Refusing(hourly, oldest=now - DAY)))
    assert spans_of(noted(stream), State.REFUSED) == []
    assert [span.since for span in spans_of(noted(stream), State.SETTLED)] == [now - 2 * DAY]


# Too long


def test_long_windows_are_read_in_parts(stream, hourly, now):
    server = Refusing(hourly, longest=5 * HOUR)
    assert sync_stream(stream, client_of(server))
    assert stored_times() == times_of(hourly, Span(now - 2 * DAY, now))
    assert failed_spans_of(noted(stream)) == missing_spans(noted(stream), newest_edge(now)) == []
    asked = [Span(*(datetime.fromisoformat(asked[name]) for name in ("since", "until"))) for asked in server.asked]
    assert subtract([Span(now - 2 * DAY, now)], merge(asked)) == []


def test_length_is_found_out_once(stream, hourly, now):
    server = Refusing(hourly, longest=7 * HOUR)
    sync_stream(stream, client_of(server))
    assert 3 * HOUR < noted(stream).longest_window < 7 * HOUR
    # Half of the first window was still too long, and no later window was tried as a whole.
    assert len([window for window in server.refused if window.length < 23 * HOUR]) == 1


def test_window_that_is_never_short_enough_fails(stream, hourly, now):
    server = Refusing(hourly, longest=timedelta())
    assert not sync_stream(stream, client_of(server))
    assert "time range too large" in noted(stream).error
    assert noted(stream).longest_window is None
    assert length(failed_spans_of(noted(stream))) > timedelta()
    assert len(server.refused) < 100


# Anything else that is rejected


def test_rest_of_rejected_window_is_read(stream, hourly, now):
    spot = now - 40 * HOUR + 10 * MINUTE
    server = Refusing(hourly, spots=[spot])
    assert not sync_stream(stream, client_of(server))
    [failed] = FailedRange.objects.all()
    assert failed.since <= spot < failed.until
    assert failed.until - failed.since < 20 * MINUTE
    assert "access.api.error.invalid_request" in failed.error
    assert missing_spans(noted(stream), newest_edge(now)) == [Span(failed.since, failed.until)]
    assert stored_times() == [
        time for time in times_of(hourly, Span(now - 2 * DAY, now)) if not failed.since <= time < failed.until
    ]
    assert noted(stream).error == ""


def test_rejected_spot_shrinks_with_each_try(stream, hourly, now, time_machine):
    server = Refusing(hourly, spots=[now - 40 * HOUR + 10 * MINUTE])
    lengths = []
    for hours in range(3):
        time_machine.move_to(now + hours * HOUR, tick=False)
        sync_stream(noted(stream), client_of(server))
        lengths.append(length(failed_spans_of(noted(stream))))
    assert lengths == sorted(lengths, reverse=True)
    # A window is asked for with a second more on either side.
    assert lengths[-1] < 10 * SECOND


@pytest.mark.parametrize("limit", [{"longest": 7 * HOUR}, {"oldest": True}])
def test_unclear_limit_is_read_around(stream, hourly, now, limit):
    limit = {"oldest": now - DAY} if "oldest" in limit else limit
    sync_stream(stream, client_of(Refusing(hourly, **limit, unclear=True)))
    assert set(stored_times()) >= set(times_of(hourly, Span(now - DAY + 12 * MINUTE, now)))
    known = spans_of(noted(stream), State.SETTLED, State.PROVISIONAL, State.BEYOND)
    assert subtract([Span(now - 2 * DAY, now)], [*known, *failed_spans_of(noted(stream))]) == []


def test_rejection_of_everything_ends_soon(stream, now):
    server = Refusing([], longest=timedelta(), unclear=True)
    assert not sync_stream(stream, client_of(server))
    assert "access.api.error.invalid_request" in noted(stream).error
    assert len(server.refused) < 60


# What fails beside the window


def test_failed_probe_stops_no_backfill(stream, hourly, now):
    server = LogServer(hourly, ignores_window=False)

    def handler(request):
        # Nothing but a probe asks for a page of one row.
        return failure(403, 10000) if request.url.params["per_page"] == "1" else server(request)

    assert sync_stream(stream, client_of(handler))
    assert stored_times() == times_of(hourly, Span(now - 2 * DAY, now))
    assert noted(stream).error == ""
    assert [span.since for span in spans_of(noted(stream), State.SETTLED)] == [now - 2 * DAY]


# The simulator


@pytest.mark.django_db
def test_simulator_with_limits_is_read(cloudflare, settings, now):
    settings.BACKFILL = 2 * DAY
    client = cloudflare(faults=limited_windows(lambda: now, oldest=30 * HOUR, longest=7 * HOUR))
    sync_directory(lambda _: cloudflare())
    stream = Stream.objects.get(log=Log.ACCESS_REQUESTS)
    assert sync_stream(stream, client)
    [settled] = spans_of(noted(stream), State.SETTLED)
    assert now - 30 * HOUR < settled.since < now - 30 * HOUR + 2 * MINUTE
    here = cloudflare().for_account(stream.account.account_id)
    known = [row for page in here.access_requests(settled.since, now) for row in page]
    assert AccessRequest.objects.count() == len(known) > 100
