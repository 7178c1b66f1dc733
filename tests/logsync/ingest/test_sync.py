"""A stream is brought up to date: whole, once, and after whatever went wrong on the way."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import chain, count

import httpx
import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.clock import CloudflareClock
from logsync.coverage import State, ask_for, cover, failed_spans_of, missing_spans, newest_edge, spans_of
from logsync.datasets import dataset_of
from logsync.ingest import sync, window
from logsync.ingest.database_errors import describe_database_error
from logsync.ingest.directory import sync_directory
from logsync.ingest.store import STORES, row_keys, store_access_requests
from logsync.ingest.sync import mark_runs_cut_off, newest_window, read_newest, read_old_time, sync_stream
from logsync.ingest.token_gate import TokenGate
from logsync.models import (
    AccessRequest,
    ApiToken,
    AskedRange,
    Claim,
    CoveredRange,
    FailedRange,
    HourlyCount,
    Log,
    ScimUpdate,
    Stream,
    SyncRun,
    WrongIdentityKeyError,
)
from logsync.simulator.server.faults import html_page, status
from logsync.spans import BEGINNING, Span, intersect, merge, subtract
from logsync.words import exact_moment
from tests.logsync.cloudflare.answers import LogServer, client_of, failure, success
from tests.logsync.ingest.living_log import LivingLog, LogRow, stored
from tests.logsync.ingest.workers import only_on_postgresql

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def overlap(settings):
    return settings.SYNC_OVERLAP


@pytest.fixture
def streams(cloudflare, settings, db):
    """The streams of the simulated account, to be read two days back; nothing is read yet."""
    settings.BACKFILL = 2 * DAY
    sync_directory(lambda _: cloudflare())
    return list(Stream.objects.all())


@pytest.fixture
def logins(streams):
    [stream] = [stream for stream in streams if stream.log == Log.ACCESS_REQUESTS]
    return stream


@pytest.fixture
def stream(make_stream, now, settings):
    """A stream of an account that no simulator knows, to be read as far back as the newest window reaches."""
    return make_stream(backfill_since=now - 2 * settings.SYNC_OVERLAP)


def known_to(client, stream, since, until):
    """The keys of what Cloudflare holds of a time, in order."""
    here = client.for_account(stream.account.account_id)
    pages = dataset_of(stream).pages(here, stream.idp_id, since, until)
    identities = [record.identity for page in pages for record in page]
    return sorted(row_keys(stream.account, stream.log, identities))


def stored_of(stream):
    """The keys of what is stored of a stream, in order."""
    return sorted(dataset_of(stream).rows_of(stream).values_list("key", flat=True))


def beyond(stream):
    return spans_of(stream, State.BEYOND)


def noted(stream):
    """The stream as it is in the database now."""
    return Stream.objects.get(pk=stream.pk)


def windows_read():
    """The windows of all runs, in the order in which they were read."""
    return [Span(run.since, run.until) for run in SyncRun.objects.order_by("id")]


def settled(stream):
    return spans_of(stream, State.SETTLED)


def provisional(stream):
    return spans_of(stream, State.PROVISIONAL)


def rows_at(*moments):
    return [{"ray_id": f"{number:x}", "created_at": moment.isoformat()} for number, moment in enumerate(moments)]


def after(calls):
    """Give False so many times, and True ever after."""
    numbers = count()
    return lambda *_: next(numbers) >= calls


# The whole job


def test_first_sync_stores_every_row(streams, cloudflare, now):
    client = cloudflare()
    assert len(streams) == 3
    for stream in streams:
        assert sync_stream(stream, client)
        assert stored_of(stream) == known_to(client, stream, now - 2 * DAY, now)
        assert len(stored_of(stream)) > 40


def test_every_column_matches_client_record(logins, cloudflare, now):
    client = cloudflare()
    sync_stream(logins, client)
    pages = client.for_account(logins.account.account_id).access_requests(now - 2 * DAY, now)
    names = [
        field.name
        for field in AccessRequest._meta.concrete_fields
        if field.name not in ("id", "key", "account", "arrived_at", "lacks_time", "person")
    ]
    read = [{name: getattr(record, name) for name in names} for record in chain.from_iterable(pages)]
    assert list(AccessRequest.objects.order_by("created_at", "ray_id").values(*names)) == sorted(
        read, key=lambda row: (row["created_at"], row["ray_id"])
    )


def test_first_sync_reads_newest_days_first(logins, cloudflare, now, overlap):
    sync_stream(logins, cloudflare())
    newest, *days = windows_read()
    midnight = now.replace(hour=0, minute=0, second=0)
    assert newest == Span(now - 2 * overlap, now)
    assert days == [
        Span(midnight, newest.since),
        Span(midnight - DAY, midnight),
        Span(now - 2 * DAY, midnight - DAY),
    ]


def test_only_overlap_stays_provisional(logins, cloudflare, now, overlap):
    sync_stream(logins, cloudflare())
    assert settled(logins) == [Span(now - 2 * DAY, now - overlap)]
    assert provisional(logins) == [Span(now - overlap, now)]


def test_a_second_sync_stores_nothing_new(streams, cloudflare):
    client = cloudflare()
    for stream in streams:
        sync_stream(stream, client)
    SyncRun.objects.all().delete()
    assert all(sync_stream(stream, client) for stream in streams)
    assert [run.stored for run in SyncRun.objects.all()] == [0, 0, 0]
    assert sum(run.fetched for run in SyncRun.objects.all()) > 0


def test_next_sync_reads_only_newest_window(logins, cloudflare, now, overlap, time_machine):
    client = cloudflare()
    sync_stream(logins, client)
    SyncRun.objects.all().delete()
    time_machine.move_to(now + MINUTE, tick=False)
    assert sync_stream(logins, client)
    assert windows_read() == [Span(now + MINUTE - 2 * overlap, now + MINUTE)]
    assert settled(logins) == [Span(now - 2 * DAY, now + MINUTE - overlap)]


def test_overlap_catches_late_rows(logins, cloudflare, now, time_machine):
    client = cloudflare(logins_per_day=2000, lateness=lambda random: timedelta(minutes=random.uniform(0, 14)))
    for minutes in range(0, 65, 5):
        time_machine.move_to(now + minutes * MINUTE, tick=False)
        assert sync_stream(logins, client)
    assert SyncRun.objects.filter(stored__gt=0).count() > 10
    time_machine.move_to(now + 3 * HOUR, tick=False)
    [known] = settled(logins)
    settled_rows = AccessRequest.objects.between(*known).values_list("key", flat=True)
    assert sorted(settled_rows) == known_to(client, logins, *known)


def test_downtime_is_read_afterwards(logins, cloudflare, now, time_machine):
    client = cloudflare()
    sync_stream(logins, client)
    time_machine.move_to(now + 3 * DAY + 2 * HOUR, tick=False)
    assert sync_stream(logins, client)
    assert stored_of(logins) == known_to(client, logins, now - 2 * DAY, now + 3 * DAY + 2 * HOUR)
    assert not missing_spans(logins, now + 3 * DAY)


def test_stream_is_extended_back_on_request(logins, cloudflare, now):
    client = cloudflare()
    sync_stream(logins, client)
    logins.note(backfill_since=now - 4 * DAY)
    assert sync_stream(logins, client)
    assert stored_of(logins) == known_to(client, logins, now - 4 * DAY, now)


def test_run_counts_read_and_stored_rows(stream, now):
    rows = rows_at(now - 20 * MINUTE, now - 10 * MINUTE)
    sync_stream(stream, client_of(LogServer(rows)))
    sync_stream(stream, client_of(LogServer(rows + rows_at(now - 5 * MINUTE))))
    newest, first = SyncRun.objects.all()
    assert (first.fetched, first.stored, newest.fetched, newest.stored) == (2, 2, 3, 1)
    assert (first.started_at, first.finished_at, first.error) == (now, now, "")
    assert (first.outcome, first.is_backfill) == (SyncRun.Outcome.READ, False)


def test_newest_runs_differ_from_backfills(logins, cloudflare, now, overlap):
    sync_stream(logins, cloudflare())
    assert [run.is_backfill for run in SyncRun.objects.order_by("id")] == [False, True, True, True]
    assert len(set(SyncRun.objects.values_list("owner", flat=True))) == 4
    assert set(SyncRun.objects.values_list("outcome", flat=True)) == {SyncRun.Outcome.READ}


def test_progress_is_reported_after_every_page(stream, now):
    told = []
    server = LogServer(rows_at(*(now - (20 - number) * MINUTE for number in range(5))), cap=2)
    sync_stream(stream, client_of(server), on_progress=lambda reading: told.append((reading.fetched, reading.stored)))
    assert told == [(2, 2), (4, 4), (5, 5), (5, 5)]


# Which window comes first


@pytest.mark.parametrize("minutes", [1, 15, 90])
def test_newest_window_doubles_provisional_time(now, settings, minutes):
    settings.SYNC_OVERLAP = minutes * MINUTE
    assert newest_window(now) == Span(now - 2 * minutes * MINUTE, now)


def test_recently_settled_time_is_reread_once(stream, now, time_machine, overlap):
    sync_stream(stream, client_of(LogServer([])))
    time_machine.move_to(now + MINUTE, tick=False)
    later = rows_at(now - overlap - MINUTE)
    sync_stream(stream, client_of(LogServer(later)))
    assert AccessRequest.objects.count() == 1


def test_a_hole_refills_by_itself(logins, cloudflare, now):
    client = cloudflare()
    sync_stream(logins, client)
    hole = Span(now - 20 * HOUR, now - 17 * HOUR)
    CoveredRange.objects.filter(stream=logins, state=State.SETTLED).delete()
    for since, until in ((now - 2 * DAY, hole.since), (hole.until, now - 15 * MINUTE)):
        CoveredRange.objects.create(stream=logins, since=since, until=until, state=State.SETTLED)
    AccessRequest.objects.between(*hole).delete()
    SyncRun.objects.all().delete()
    assert sync_stream(logins, client)
    assert merge(windows_read()[1:]) == [hole]
    assert stored_of(logins) == known_to(client, logins, now - 2 * DAY, now)
    assert not missing_spans(logins, newest_edge(now))


def test_missing_time_is_everything_not_settled(stream, now, cover):
    stream.backfill_since = now - 5 * HOUR
    cover(stream, now - 9 * HOUR, now - 4 * HOUR)
    cover(stream, now - 3 * HOUR, now - 2 * HOUR)
    cover(stream, now - 2 * HOUR, now - HOUR, is_settled=False)
    assert missing_spans(stream, now) == [Span(now - 4 * HOUR, now - 3 * HOUR), Span(now - 2 * HOUR, now)]


# Failures on the way


def fails_at_page(page):
    return lambda request: html_page(502) if request.query.get("page") == [str(page)] else None


def test_failed_sync_keeps_earlier_pages(logins, cloudflare, now):
    broken = cloudflare(logins_per_day=4000, page_cap=20, faults=fails_at_page(3))
    assert not sync_stream(logins, broken)
    assert AccessRequest.objects.count() == 40
    newest = AccessRequest.objects.first()
    assert newest
    assert settled(logins) + provisional(logins) == [Span(now - 30 * MINUTE, newest.created_at)]
    assert failed_spans_of(logins) == [Span(newest.created_at, now)]


def test_next_sync_completes_failed_one(logins, cloudflare, now, time_machine):
    broken = cloudflare(page_cap=5, faults=fails_at_page(4))
    whole = cloudflare()
    assert not sync_stream(logins, broken)
    assert "answered 502" in FailedRange.objects.all()[0].error
    time_machine.move_to(now + MINUTE, tick=False)
    assert sync_stream(noted(logins), whole)
    assert stored_of(logins) == known_to(whole, logins, now - 2 * DAY, now + MINUTE)
    assert noted(logins).error == ""
    assert not FailedRange.objects.exists()


def test_interrupted_sync_eventually_completes(logins, cloudflare, now, time_machine):
    requests = count(1)
    flaky = cloudflare(page_cap=25, faults=lambda request: status(403) if next(requests) % 7 == 0 else None)
    attempts: list[bool] = []
    while True not in attempts[-1:] and len(attempts) < 40:
        attempts.append(sync_stream(noted(logins), flaky))
        # What failed may be tried again at once; how long it waits is another test.
        FailedRange.objects.update(retry_at=now)
    assert attempts[0] is False
    assert attempts[-1] is True
    assert stored_of(logins) == known_to(cloudflare(), logins, now - 2 * DAY, now)


def test_page_boundary_moment_is_reread(stream, now):
    moments = [now - 29 * MINUTE, now - 28 * MINUTE, now - 28 * MINUTE, now - 20 * MINUTE]
    server = LogServer(rows_at(*moments), cap=2)
    failures = iter([None, failure(403, 10000)])
    assert not sync_stream(stream, client_of(lambda request: next(failures) or server(request)))
    assert settled(stream) == [Span(now - 30 * MINUTE, now - 28 * MINUTE)]
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.count() == 4


def test_unordered_pages_cover_nothing_early(stream, now):
    server = LogServer(rows_at(now - 18 * MINUTE, now - 20 * MINUTE, now - 17 * MINUTE, now - 16 * MINUTE), cap=2)
    covered = []
    assert sync_stream(
        stream, client_of(server), on_progress=lambda _: covered.append(settled(stream) + provisional(stream))
    )
    assert covered[:-1] == [[], []]
    assert merge(covered[-1]) == [Span(now - 30 * MINUTE, now)]


def test_rows_and_coverage_commit_together(stream, now, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(window, "cover", fail)
    assert not sync_stream(stream, client_of(LogServer(rows_at(now - 20 * MINUTE))))
    assert not AccessRequest.objects.exists()
    assert not CoveredRange.objects.exists()


def test_unexpected_failure_releases_lease(stream, now, caplog):
    def fail(_):
        raise OSError("the disk is full")

    assert not sync_stream(stream, client_of(LogServer([])), on_progress=fail)
    assert Stream.objects.get().error == sync.OUR_FAULT
    assert "the disk is full" in caplog.text
    assert Stream.objects.get().lease_owner == ""
    run = SyncRun.objects.get()
    assert (run.finished_at, run.outcome, run.error) == (now, SyncRun.Outcome.FAILED, sync.OUR_FAULT)


def test_row_without_time_keeps_order_intact(stream, now):
    server = LogServer([*rows_at(now - 20 * MINUTE), {"ray_id": "timeless"}, *rows_at(now - 10 * MINUTE)], cap=1)
    assert sync_stream(stream, client_of(server))
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.get(ray_id="timeless").created_at == now - 30 * MINUTE
    assert AccessRequest.objects.count() == 3


# The lease


@pytest.fixture
def unreachable():
    """A client whose Cloudflare must not be asked."""
    return client_of(lambda request: pytest.fail(f"asked for {request.url}"))


def expire(lease):
    """Have a lease end a moment ago, by the database's clock, as if its worker had been killed."""
    type(lease).objects.filter(pk=lease.pk).update(lease_expires_at=Now() - timedelta(seconds=1))


def test_leased_stream_is_left_alone(stream, unreachable):
    stream.take_lease("another")
    assert not sync_stream(stream, unreachable)
    assert Stream.objects.get().lease_owner == "another"
    assert not SyncRun.objects.exists()
    assert Stream.objects.get().error == ""


def test_killed_workers_stream_is_taken_over(stream, now):
    stream.take_lease("killed")
    expire(stream)
    assert sync_stream(stream, client_of(LogServer(rows_at(now - MINUTE))))
    assert AccessRequest.objects.count() == 1


def test_worker_without_lease_stores_no_page(stream, now):
    def lose_the_lease(_):
        Stream.objects.update(lease_owner="another")

    server = LogServer(rows_at(now - 20 * MINUTE, now - 19 * MINUTE, now - 18 * MINUTE), cap=1)
    assert not sync_stream(stream, client_of(server), on_progress=lose_the_lease)
    assert AccessRequest.objects.count() == 1
    assert settled(stream) == [Span(now - 30 * MINUTE, now - 20 * MINUTE)]
    in_database = Stream.objects.get()
    assert (in_database.lease_owner, in_database.error) == ("another", "")


def test_every_page_prolongs_the_lease(stream, now):
    lost_soon = []

    def look(_):
        left = Stream.objects.filter(lease_expires_at__gt=Now() + timedelta(seconds=45))
        lost_soon.append(not left.exists())
        expire(stream)

    sync_stream(stream, client_of(LogServer(rows_at(now - 20 * MINUTE, now - 19 * MINUTE), cap=1)), on_progress=look)
    assert lost_soon == [False] * 3
    assert Stream.objects.get().lease_owner == ""


def test_worker_without_window_stores_no_page(logins, now, time_machine):
    def lose_the_window(reading):
        if reading.is_backfill and reading.stored:
            Claim.objects.all().delete()

    logins.note(backfill_since=now - DAY)
    server = LogServer(rows_at(now - 9 * HOUR, now - 8 * HOUR, now - 7 * HOUR), cap=1, ignores_window=False)
    windows = Span(BEGINNING, newest_edge(now))
    read_old_time(lambda: [logins], lambda _: client_of(server), windows, CloudflareClock(), after(3), lose_the_window)
    assert AccessRequest.objects.count() == 1
    run = SyncRun.objects.order_by("id")[0]
    assert (run.outcome, run.error) == (SyncRun.Outcome.STOPPED, "Another worker took it over.")
    assert not FailedRange.objects.exists()


# What is noted of a failure


def test_refusal_is_noted_and_retried_later(logins, cloudflare, now):
    assert not sync_stream(logins, cloudflare("no-logins"))
    stream = noted(logins)
    assert "Give the token the permission “Access: Audit Logs Read”" in stream.error
    assert (stream.needs_person, stream.error_since, stream.retry_at) == (True, now, now + 5 * MINUTE)
    run = SyncRun.objects.get()
    assert (run.error, run.outcome) == (stream.error, SyncRun.Outcome.FAILED)
    assert FailedRange.objects.get().error == stream.error


def test_refused_stream_delays_no_other(streams, logins, cloudflare):
    sync_stream(logins, cloudflare("no-logins"))
    assert Stream.objects.filter(retry_at=None).count() == len(streams) - 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failure(400, 12091), "rejected the request for access/logs/access_requests (400, code 12091, “a reason”)"),
        (success({}), "is not a list; nothing of it was stored"),
    ],
)
def test_permanent_error_is_noted(stream, now, answer, words):
    assert not sync_stream(stream, client_of(lambda _: answer))
    in_database = Stream.objects.get()
    assert words in in_database.error
    assert (in_database.needs_person, in_database.retry_at) == (True, now + 5 * MINUTE)


@pytest.fixture
def token(streams):
    return ApiToken.objects.get()


def through_the_gate(token, handler):
    """A client that calls through the gate of a token."""
    return CloudflareClient(
        "a-token",
        base_url="https://api.cloudflare.example",
        transport=httpx.MockTransport(handler),
        gate=TokenGate(token, 1.0, {}),
    )


def test_requested_pause_applies_to_whole_token(streams, logins, token, now):
    busy = through_the_gate(token, lambda _: httpx.Response(429, headers={"Retry-After": "120"}))
    assert not sync_stream(logins, busy)
    assert ApiToken.objects.get().blocked_until == now + 2 * MINUTE
    assert not Stream.objects.due(now + MINUTE).exists()
    assert Stream.objects.due(now + 2 * MINUTE + timedelta(seconds=1)).count() == len(streams)
    assert [stream.retry_at for stream in streams if noted(stream).retry_at and stream != logins] == []
    assert "asks for a pause of 120 s" in noted(logins).error
    assert not noted(logins).needs_person


def test_waiting_token_is_not_failure(logins, token, now):
    ApiToken.objects.update(blocked_until=now + MINUTE)
    client = through_the_gate(token, lambda request: pytest.fail(f"asked for {request.url}"))
    assert not sync_stream(logins, client)
    stream = noted(logins)
    assert (stream.error, stream.retry_at, stream.lease_owner) == ("", None, "")
    assert not FailedRange.objects.exists()
    assert not Claim.objects.exists()
    [run] = SyncRun.objects.all()
    assert run.outcome == SyncRun.Outcome.STOPPED
    assert "The token waits 60 s" in run.error


def test_pause_midway_keeps_pages_and_resumes(logins, token, now):
    server = LogServer(rows_at(*(now - (25 - number) * MINUTE for number in range(4))), cap=2, ignores_window=False)

    def block(_):
        ApiToken.objects.update(blocked_until=now + MINUTE)

    assert not sync_stream(logins, through_the_gate(token, server), on_progress=block)
    assert settled(logins) == [Span(now - 30 * MINUTE, now - 24 * MINUTE)]
    assert not FailedRange.objects.exists()
    ApiToken.objects.update(blocked_until=None)
    assert sync_stream(logins, through_the_gate(token, server))
    assert AccessRequest.objects.count() == 4


def test_server_error_is_retried_next_time(streams, logins, cloudflare, now):
    assert not sync_stream(logins, cloudflare(faults=lambda _: html_page(502)))
    assert FailedRange.objects.get().retry_at == now + MINUTE
    in_database = Stream.objects.get(pk=logins.pk)
    assert (in_database.needs_person, in_database.retry_at) == (False, now)
    assert Stream.objects.due(now).count() == len(streams)


def test_network_failure_is_noted(logins, cloudflare):
    def unplugged(_):
        raise httpx.ConnectError("no route")

    assert not sync_stream(logins, cloudflare(faults=unplugged))
    assert "could not be reached (ConnectError: no route)" in Stream.objects.get(pk=logins.pk).error


def test_broken_stream_stops_no_other(streams, cloudflare, now):
    client = cloudflare("no-scim")
    assert [sync_stream(stream, client) for stream in streams] == [
        stream.log == Log.ACCESS_REQUESTS for stream in streams
    ]
    [whole] = Stream.objects.filter(error="")
    assert stored_of(whole) == known_to(cloudflare(), whole, now - 2 * DAY, now)
    errors = Stream.objects.exclude(error="").values_list("error", flat=True)
    assert ["Access: SCIM Logs Read" in error for error in errors] == [True, True]


def test_success_clears_the_error(logins, cloudflare, now):
    sync_stream(logins, cloudflare("no-logins"))
    assert sync_stream(logins, cloudflare())
    in_database = Stream.objects.get(pk=logins.pk)
    assert (in_database.error, in_database.needs_person, in_database.retry_at, in_database.succeeded_at) == (
        "",
        False,
        None,
        now,
    )


# Windows that cannot be paged whole


@pytest.fixture
def crowded(logins, now):
    """The stream of the logins, with more of them in its second window than a page has."""
    logins.note(backfill_since=now - 10 * HOUR)
    return logins


def test_overflowing_window_is_split(crowded, cloudflare, now):
    assert sync_stream(crowded, cloudflare(logins_per_day=5000, ignore_page=True))
    assert stored_of(crowded) == known_to(cloudflare(logins_per_day=5000), crowded, now - 10 * HOUR, now)
    assert len(stored_of(crowded)) > 2000


def a_second_too_full(moment):
    """Rows of one second that no page holds, and one on either side."""
    crowd = [moment + timedelta(microseconds=number) for number in range(1001)]
    return rows_at(moment - 5 * MINUTE, *crowd, moment + 5 * MINUTE)


def test_overflowing_second_is_reported_and_skipped(stream, now):
    moment = now - 20 * MINUTE
    server = LogServer(a_second_too_full(moment), ignores_page=True, ignores_window=False)
    assert not sync_stream(stream, client_of(server))
    failed = FailedRange.objects.get()
    assert "of a window that holds more" in failed.error
    assert failed.since < moment + timedelta(seconds=1)
    # Cloudflare is asked for a second more on either side, so that windows beside the crowd fail as well.
    assert failed.until - failed.since < timedelta(seconds=5)
    run = SyncRun.objects.get()
    assert run.outcome == SyncRun.Outcome.FAILED
    assert f"{exact_moment(failed.since)} could not be read." in run.error
    assert {"0", "3ea"} <= set(AccessRequest.objects.values_list("ray_id", flat=True))
    assert merge([*settled(stream), *provisional(stream), *failed_spans_of(stream)]) == [Span(now - 30 * MINUTE, now)]
    assert not intersect(settled(stream), failed_spans_of(stream))


def test_overflowing_second_is_no_stream_failure(stream, now):
    server = LogServer(a_second_too_full(now - 20 * MINUTE), ignores_page=True, ignores_window=False)
    sync_stream(stream, client_of(server))
    assert (noted(stream).error, noted(stream).succeeded_at) == ("", now)


def test_overflowed_second_is_read_once_paged(stream, now, time_machine):
    server = LogServer(a_second_too_full(now - 20 * MINUTE), ignores_page=True, ignores_window=False)
    sync_stream(stream, client_of(server))
    server.ignores_page = False
    time_machine.move_to(now + 20 * MINUTE, tick=False)
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.count() == 1003
    assert not FailedRange.objects.exists()


def test_turn_ending_between_halves_leaves_hole(crowded, cloudflare, now):
    client = cloudflare(logins_per_day=5000, ignore_page=True)
    assert not sync_stream(crowded, client, should_stop=after(4))
    assert (noted(crowded).error, len(missing_spans(crowded, now - HOUR))) == ("", 1)
    assert sync_stream(crowded, client)
    assert stored_of(crowded) == known_to(cloudflare(logins_per_day=5000), crowded, now - 10 * HOUR, now)


# Being told to stop


def test_turn_ends_after_current_page(stream, now):
    server = LogServer(rows_at(*(now - (25 - number) * MINUTE for number in range(6))), cap=2)
    assert not sync_stream(stream, client_of(server), should_stop=after(1))
    assert len(server.asked) == 2
    assert AccessRequest.objects.count() == 4
    assert Stream.objects.get().error == ""
    assert sync_stream(stream, client_of(server))
    assert AccessRequest.objects.count() == 6


def test_a_turn_ends_between_windows(logins, cloudflare, now):
    client = cloudflare(logins_per_day=0)
    # Asked once after the only page of the first window, and once after that window.
    assert not sync_stream(logins, client, should_stop=after(2))
    assert len(windows_read()) == 2
    assert Stream.objects.get(pk=logins.pk).lease_owner == ""


# Time that could not be read


class Refusing(LogServer):
    """A log that answers requests for some of its days with an error, whose code may be changed."""

    def __init__(self, rows, days, **habits):
        super().__init__(rows, ignores_window=False, **habits)
        self.days = set(days)
        self.tried: Counter[str] = Counter()

    def __call__(self, request):
        day = request.url.params["until"][:10]
        # The oldest row is looked for over all days.
        if day in self.days and request.url.params["per_page"] == "1000":
            self.tried[day] += 1
            return failure(409, 12130)
        return super().__call__(request)


@pytest.fixture
def week(make_stream, now):
    """A stream of the last week, whose oldest row is known to be older."""
    return make_stream(backfill_since=now - 7 * DAY, oldest_at=now - 30 * DAY, probed_at=now)


def of_the_week(now):
    return rows_at(now - 30 * DAY, *(now - hours * HOUR for hours in range(160, 0, -5)))


def read_old(stream, client, now, **options):
    read_old_time(lambda: [noted(stream)], lambda _: client, Span(BEGINNING, newest_edge(now)), client.clock, **options)


def test_failed_window_stops_no_other(week, now):
    server = Refusing(of_the_week(now), ["2026-11-17"])
    assert not sync_stream(week, client_of(server))
    failed = FailedRange.objects.get()
    assert f"{failed.since:%d %H:%M} {failed.until:%d %H:%M}" == "16 00:00 17 00:00"
    assert (failed.tries, failed.failed_at, failed.retry_at) == (1, now, now + MINUTE)
    assert missing_spans(week, newest_edge(now)) == [Span(failed.since, failed.until)]
    assert (noted(week).error, noted(week).succeeded_at) == ("", now)


def test_failed_window_is_retried_with_backoff(week, now, time_machine):
    server = Refusing(of_the_week(now), ["2026-11-17"])
    read_old(week, client_of(server), now)
    pauses = []
    for _ in range(9):
        failed = FailedRange.objects.get()
        pauses.append((failed.retry_at - failed.failed_at) / MINUTE)
        time_machine.move_to(failed.retry_at - timedelta(seconds=1), tick=False)
        read_old(week, client_of(server), now)
        assert server.tried["2026-11-17"] == len(pauses)
        time_machine.move_to(failed.retry_at, tick=False)
        read_old(week, client_of(server), now)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_repeatedly_failing_window_stops_no_other(week, now, time_machine):
    server = Refusing(of_the_week(now), ["2026-11-18"])

    def slow(request):
        time_machine.shift(70)
        return server(request)

    read_old(week, client_of(slow), now)
    assert failed_spans_of(week) == missing_spans(week, newest_edge(now))
    assert server.tried["2026-11-18"] > 1


def test_refused_day_does_not_delay_neighbours(week, now, time_machine):
    days = [f"2026-11-{day}" for day in range(12, 20)]
    server = Refusing(of_the_week(now), days)
    read_old(week, client_of(server), now)
    assert merge(failed_spans_of(week)) == missing_spans(week, newest_edge(now))
    server.days = {"2026-11-19"}
    for minutes in (2, 10):
        time_machine.move_to(now + minutes * MINUTE, tick=False)
        read_old(week, client_of(server), now)
    # The day before ends at midnight, so that it is asked for until then and a little more, and is refused as well.
    [missing] = missing_spans(week, newest_edge(now))
    assert f"{missing.since:%d %H:%M} {missing.until:%d %H:%M}" == "18 00:00 19 13:36"


def test_allowed_stream_retries_failures_immediately(week, now, time_machine):
    assert not sync_stream(week, client_of(Refusing(of_the_week(now), ["2026-11-16"])))
    refused = client_of(lambda _: failure(403, 10000))
    time_machine.move_to(now + timedelta(seconds=10), tick=False)
    assert not sync_stream(noted(week), refused)
    assert noted(week).error
    time_machine.move_to(now + timedelta(seconds=20), tick=False)
    assert sync_stream(noted(week), client_of(LogServer(of_the_week(now), ignores_window=False)))
    assert not FailedRange.objects.exists()


def test_missing_permission_in_backfill_is_noted(week, now):
    read_old(week, client_of(lambda _: failure(403, 10000)), now, should_stop=after(1))
    stream = noted(week)
    assert "Access: Audit Logs Read" in stream.error
    assert (stream.needs_person, stream.retry_at) == (True, now + 5 * MINUTE)


def test_pause_from_future_is_ignored(week, now):
    FailedRange.objects.create(
        stream=week, since=now - 3 * DAY, until=now - 2 * DAY, error="?", failed_at=now, retry_at=now + 40 * DAY
    )
    read_old(week, client_of(LogServer(of_the_week(now), ignores_window=False)), now)
    assert not missing_spans(week, newest_edge(now))


# Time that is to be read again


def test_reread_time_stays_settled_meanwhile(week, now):
    server = LogServer(of_the_week(now), ignores_window=False)
    sync_stream(week, client_of(server))
    before = settled(week)
    ask_for(week, Span(now - 3 * DAY, now - 2 * DAY), again=True, asked_by="ada")
    seen = []
    SyncRun.objects.all().delete()
    read_old(week, client_of(server), now, on_progress=lambda _: seen.append(settled(noted(week))))
    assert merge(windows_read()) == [Span(now - 3 * DAY, now - 2 * DAY)]
    assert set(map(tuple, seen)) == {tuple(before)}
    assert not AskedRange.objects.exists()


def test_hour_of_late_row_is_unsettled_until_reread(week, now):
    server = LogServer(of_the_week(now), ignores_window=False)
    sync_stream(week, client_of(server))
    before = settled(week)
    ask_for(week, Span(now - 3 * DAY, now - 2 * DAY), again=True, asked_by="ada")
    late = {"ray_id": "late", "created_at": (now - 50 * HOUR).isoformat()}
    server.rows = sorted([*server.rows, late], key=lambda row: row["created_at"])
    seen = []
    read_old(week, client_of(server), now, on_progress=lambda _: seen.append(settled(noted(week))))
    hour = (now - 50 * HOUR).replace(minute=0, second=0)
    assert subtract(before, [Span(hour, hour + HOUR)]) in seen
    assert settled(noted(week)) == before
    assert AccessRequest.objects.filter(ray_id="late").count() == 1
    assert not AskedRange.objects.exists()


def test_failed_reread_is_retried_later(week, now, time_machine):
    asked = Span(now - 3 * DAY, now - 2 * DAY)
    cover(week, Span(now - 5 * DAY, now - HOUR), now)
    ask_for(week, asked, again=True, asked_by="ada")
    server = Refusing(of_the_week(now), ["2026-11-17", "2026-11-16"])
    read_old(week, client_of(server), now)
    assert server.tried == {"2026-11-17": 2}
    assert failed_spans_of(week) == [asked]
    assert not missing_spans(week, newest_edge(now))
    server.days.clear()
    time_machine.move_to(now + MINUTE, tick=False)
    read_old(week, client_of(server), now)
    assert not AskedRange.objects.exists()
    assert not FailedRange.objects.exists()


# Time that Cloudflare no longer has


def test_expired_time_is_beyond_not_quiet(make_stream, now):
    stream = make_stream(backfill_since=now - 7 * DAY)
    server = LogServer(rows_at(now - 3 * DAY, now - DAY), ignores_window=False)
    assert sync_stream(stream, client_of(server))
    assert settled(stream) == [Span(now - 3 * DAY, now - 15 * MINUTE)]
    assert beyond(stream) == [Span(now - 7 * DAY, now - 3 * DAY)]


def test_empty_log_proves_one_quiet_day(make_stream, now):
    stream = make_stream(backfill_since=now - 7 * DAY)
    assert sync_stream(stream, client_of(LogServer([])))
    assert settled(stream) == [Span(now - DAY, now - 15 * MINUTE)]
    assert beyond(stream) == []
    assert spans_of(stream, State.UNPROVEN) == [Span(now - 7 * DAY, now - DAY)]


def test_time_beyond_is_not_requested_again(make_stream, now, time_machine):
    stream = make_stream(backfill_since=now - 7 * DAY)
    sync_stream(stream, client_of(LogServer([])))
    SyncRun.objects.all().delete()
    time_machine.move_to(now + MINUTE, tick=False)
    assert sync_stream(noted(stream), client_of(LogServer([])))
    assert not SyncRun.objects.filter(is_backfill=True).exists()


def test_reach_is_shared_between_providers(make_stream, now):
    make_stream(Log.SCIM_UPDATES, "another", oldest_at=now - 20 * DAY, probed_at=now)
    stream = make_stream(Log.SCIM_UPDATES, "411d", backfill_since=now - 30 * DAY)
    assert sync_stream(stream, client_of(LogServer([])))
    assert settled(stream) == [Span(now - 20 * DAY, now - 15 * MINUTE)]


@pytest.mark.parametrize(("reach", "covers"), [(HOUR, False), (5 * HOUR, True)], ids=["near the edge", "far from it"])
def test_window_near_edge_needs_full_read(make_stream, now, monkeypatch, reach, covers):
    day = Span(now - 5 * DAY, now - 4 * DAY - 15 * HOUR)
    stream = make_stream(backfill_since=day.since)
    server = LogServer(rows_at(*(day.since + minutes * MINUTE for minutes in (-reach / MINUTE, 1, 2, 3))), cap=1)
    server.ignores_window = False
    seen = []

    def look(reading):
        seen.append(bool(settled(noted(stream))))

    read_old_time(lambda: [noted(stream)], lambda _: client_of(server), day, CloudflareClock(), on_progress=look)
    assert seen == [covers] * 3 + [True]
    assert settled(stream) == [day]


# Clocks


@pytest.fixture
def living(now, time_machine):
    """A Cloudflare with a clock of its own: make one, with a login every ten minutes of two days before and after."""

    def make(**habits):
        at = [now + number * 10 * MINUTE for number in range(-288, 288)]
        return LivingLog(
            [LogRow(moment, f"{number:x}") for number, moment in enumerate(at)], now, time_machine, **habits
        )

    return make


@pytest.fixture
def half_a_day(make_stream, now):
    return make_stream(backfill_since=now - 12 * HOUR)


def test_fast_clock_never_settles_future(half_a_day, living, now):
    log = living(ahead=HOUR)
    for _ in range(3):
        sync_stream(noted(half_a_day), log)
        log.check_claims(half_a_day)
        assert all(span.until <= log.now - 15 * MINUTE for span in settled(half_a_day))
    assert settled(half_a_day) == [Span(now - 12 * HOUR, now - 15 * MINUTE)]
    assert provisional(half_a_day) == [Span(now - 15 * MINUTE, now)]


def test_slow_clock_catches_up(half_a_day, living, now):
    log = living(ahead=-2 * HOUR)
    sync_stream(half_a_day, log)
    assert sync_stream(noted(half_a_day), log)
    assert stored(Span(now - 12 * HOUR, now)) == log.counted(Span(now - 12 * HOUR, now))
    assert settled(half_a_day) == [Span(now - 12 * HOUR, now - 15 * MINUTE)]


@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=["back", "ahead"])
@pytest.mark.parametrize("request_number", [1, -1, 3, -3])
def test_clock_change_midway_loses_no_rows(stream, living, now, step, request_number):
    # The oldest row shows up when its page has come already; the window takes longer than the overlap.
    log = living(page_size=3, takes=3 * MINUTE, steps={request_number: step})
    log.rows = [LogRow(now - 10 * MINUTE, "late", 14 * MINUTE)]
    log.rows += [LogRow(now - minutes * MINUTE, f"{minutes}") for minutes in range(9, 0, -1)]
    read_newest(stream, log)
    log.check_claims(stream)
    log.steps, log.takes = {}, timedelta()
    log.set_clock(timedelta())
    sync_stream(noted(stream), log)
    log.wait(HOUR)
    for _ in range(2):
        sync_stream(noted(stream), log)
        log.check_claims(stream)
    assert stored(Span(now - HOUR, now)) == log.counted(Span(now - HOUR, now))


def test_slow_backfill_discards_no_concurrent_ranges(half_a_day, living, now):
    log = living(page_size=50, takes=20 * MINUTE)

    def read_the_newest_meanwhile(reading):
        if reading.is_backfill:
            cover(half_a_day, Span(log.now - 30 * MINUTE, log.now), log.now)

    read_old(half_a_day, log, now, on_progress=read_the_newest_meanwhile)
    log.takes = timedelta()
    before = settled(half_a_day), provisional(half_a_day)
    began = log.now - 10 * MINUTE
    cover(half_a_day, Span(now - 9 * HOUR, now - 8 * HOUR), log.now, asked_at=began)
    assert (settled(half_a_day), provisional(half_a_day)) == before
    assert provisional(half_a_day)[-1].until == log.now


def test_clock_set_back_ends_turn(logins, cloudflare, now, time_machine):
    def set_back_and_go_on(_):
        time_machine.move_to(now - 5 * HOUR + next(ticks) * timedelta(seconds=1), tick=False)

    ticks = count()
    sync_stream(logins, cloudflare(), on_progress=set_back_and_go_on)
    windows = windows_read()
    assert len(windows) == len(set(windows)) < 9
    assert windows[-1].since == logins.backfill_since


def test_corrected_clock_leaves_nothing_missing(logins, cloudflare, now, time_machine):
    client = cloudflare()
    sync_stream(logins, client, on_progress=lambda _: time_machine.move_to(now - 5 * HOUR, tick=False))
    time_machine.move_to(now, tick=False)
    assert sync_stream(noted(logins), client)
    assert stored_of(logins) == known_to(client, logins, now - 2 * DAY, now)
    assert not missing_spans(logins, now - HOUR)


# A worker that is gone, a database that fails


def test_run_without_worker_is_cut_off(stream, now):
    run = SyncRun.objects.create(stream=stream, owner="killed", started_at=now - MINUTE, since=now, until=now)
    mark_runs_cut_off()
    run.refresh_from_db()
    assert (run.outcome, run.error, run.finished_at) == (SyncRun.Outcome.STOPPED, sync.CUT_OFF, now)


def test_run_with_active_lease_continues(stream, make_stream, now):
    other = make_stream(Log.SCIM_UPDATES, "411d")
    other.take_lease("newest")
    Claim.objects.create(stream=stream, since=now - DAY, until=now).take_lease("older")
    for owner in ("newest", "older"):
        SyncRun.objects.create(stream=stream, owner=owner, started_at=now, since=now, until=now)
    mark_runs_cut_off()
    assert {run.outcome for run in SyncRun.objects.all()} == {SyncRun.Outcome.RUNNING}


def test_run_without_valid_lease_is_cut(stream, now):
    claim = Claim.objects.create(stream=stream, since=now - DAY, until=now)
    claim.take_lease("killed")
    SyncRun.objects.create(stream=stream, owner="killed", started_at=now, since=now, until=now)
    expire(claim)
    mark_runs_cut_off()
    assert SyncRun.objects.get().error == sync.CUT_OFF


@pytest.fixture
def failing_database(monkeypatch):
    """Have storing fail with an error, so often."""

    def fail(error, times=1):
        left = iter([error] * times)

        def try_to_store(*page):
            if problem := next(left, None):
                raise problem
            return store_access_requests(*page)

        monkeypatch.setitem(STORES, Log.ACCESS_REQUESTS, try_to_store)

    return fail


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("out of order"), InterfaceError("connection already closed")])
def test_database_failure_is_noted_on_run(stream, now, failing_database, error):
    client = client_of(LogServer(rows_at(now - 20 * MINUTE, now - 10 * MINUTE)))
    failing_database(error)
    assert not sync_stream(stream, client)
    assert not AccessRequest.objects.exists()
    assert (noted(stream).error, noted(stream).lease_owner) == ("", "")
    assert not FailedRange.objects.exists()
    assert sync_stream(noted(stream), client)
    assert AccessRequest.objects.count() == 2
    _, first = SyncRun.objects.all()
    assert first.outcome == SyncRun.Outcome.FAILED
    assert first.error == f"{describe_database_error(error)} What was stored stays stored; the rest is read again."


def test_rejected_row_stops_no_other_window(week, now, failing_database):
    client = client_of(LogServer(of_the_week(now), ignores_window=False))
    failing_database(DataError("value out of range"))
    read_old(week, client, now)
    failed = FailedRange.objects.get()
    assert failed.error == sync.OUR_FAULT
    assert missing_spans(week, newest_edge(now)) == [Span(failed.since, failed.until)]


@pytest.mark.django_db(transaction=True)
def test_secrets_are_redacted_outside_transactions(make_stream, now, settings, monkeypatch):
    seen = []

    def redact(text):
        seen.append((text, connection.in_atomic_block))
        return "[redacted]"

    monkeypatch.setattr("logsync.ingest.store.redact_body", redact)
    stream = make_stream(log=Log.SCIM_UPDATES, idp_id="idp", backfill_since=now - 2 * settings.SYNC_OVERLAP)
    row = {"logged_at": (now - 5 * MINUTE).isoformat(), "request_body": "password=hunter2"}
    assert sync_stream(stream, client_of(LogServer([row])))
    assert ScimUpdate.objects.get().request_body == "[redacted]"
    assert set(seen) == {("password=hunter2", False)}


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_broken_connection_is_reopened(stream, now):
    def break_the_connection(_):
        connection.connection.close()

    rows = rows_at(now - 20 * MINUTE, now - 10 * MINUTE, now - 5 * MINUTE)
    assert not sync_stream(stream, client_of(LogServer(rows, cap=1)), on_progress=break_the_connection)
    assert AccessRequest.objects.count() == 1
    assert noted(stream).lease_owner == ""
    assert sync_stream(noted(stream), client_of(LogServer(rows, cap=1)))
    assert AccessRequest.objects.count() == 3
    _, first = SyncRun.objects.all()
    assert "The database cannot be reached (" in first.error


def test_hourly_counts_match_rows_after_failures(logins, cloudflare, now):
    requests = count(1)
    flaky = cloudflare(page_cap=25, faults=lambda request: status(403) if next(requests) % 5 == 0 else None)
    sync_stream(logins, flaky)
    FailedRange.objects.update(retry_at=now)
    sync_stream(noted(logins), cloudflare())
    sums = HourlyCount.objects.filter(log=Log.ACCESS_REQUESTS).values_list("total", flat=True)
    assert sum(sums) == AccessRequest.objects.count() == len(stored_of(logins))


# The key that identifies rows


def test_wrong_identity_key_stores_nothing(cloudflare, logins, settings):
    assert sync_stream(logins, cloudflare())
    rows, right = set(AccessRequest.objects.values_list("key", flat=True)), settings.IDENTITY_KEY
    AccessRequest.objects.filter(pk=AccessRequest.objects.latest("created_at").pk).delete()
    settings.IDENTITY_KEY = bytes(32)
    logins.refresh_from_db()
    assert not read_newest(logins, cloudflare())
    assert AccessRequest.objects.count() == len(rows) - 1
    logins.refresh_from_db()
    assert (logins.error, logins.needs_person) == (str(WrongIdentityKeyError()), True)
    settings.IDENTITY_KEY = right
    assert read_newest(logins, cloudflare())
    assert set(AccessRequest.objects.values_list("key", flat=True)) == rows
