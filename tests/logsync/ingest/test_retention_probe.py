"""How far back Cloudflare answers is proven by its oldest row."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from logsync.cloudflare.errors import PausedError
from logsync.cloudflare.records import AccessRequest
from logsync.coverage import State, cover, note_too_old, spans_of
from logsync.ingest.retention_probe import longest_retention, note_rows, probe, proven_since, retention_of
from logsync.models import Account, Log, Stream
from logsync.spans import Span
from tests.logsync.cloudflare.answers import LogServer, client_of, failure, success

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONTH = 30 * DAY


@pytest.fixture
def log(now):
    """A log that has one row, of a month ago; it notes what was asked for."""
    moment = f"{now - MONTH:%Y-%m-%dT%H:%M:%SZ}"
    return LogServer([{"created_at": moment, "logged_at": moment}])


# The probe


def test_oldest_row_is_requested_per_log(make_stream, log, now):
    for stream in (make_stream(), make_stream(Log.SCIM_UPDATES, "p1")):
        probe(stream, client_of(log), now)
        noted = Stream.objects.get(pk=stream.pk)
        assert (noted.oldest_at, noted.probed_at) == (now - MONTH, now)
    assert [asked.get("idp_id") for asked in log.asked] == [None, "p1"]
    assert {asked["since"][:10] for asked in log.asked} == {f"{now - 730 * DAY:%Y-%m-%d}"}
    assert {asked["direction"] for asked in log.asked} == {"asc"}


def test_log_without_rows_is_noted(make_stream, now):
    stream = make_stream()
    probe(stream, client_of(LogServer([])), now)
    assert (stream.oldest_at, stream.probed_at) == (None, now)


def test_probe_runs_once_an_hour(make_stream, log, now):
    stream = make_stream()
    for minutes in range(0, 125, 5):
        probe(stream, client_of(log), now + minutes * MINUTE)
    assert len(log.asked) == 3
    assert Stream.objects.get().probed_at == now + 2 * HOUR


def test_clock_set_back_probes_immediately(make_stream, log, now):
    stream = make_stream()
    for moment in (now, now - HOUR):
        probe(stream, client_of(log), moment)
    assert len(log.asked) == 2


@pytest.mark.parametrize("answer", [failure(502, 0), failure(403, 10000), failure(400, 12130), success({})])
def test_failed_probe_is_retried_later(make_stream, log, now, answer):
    stream = make_stream(oldest_at=now - 5 * DAY, probed_at=now - 2 * HOUR)
    probe(stream, client_of(lambda _: answer), now)
    # What was proven before still holds.
    assert retention_of(stream) == 5 * DAY - 2 * HOUR
    probe(stream, client_of(log), now + 9 * MINUTE, anew=True)
    assert log.asked == []
    probe(stream, client_of(log), now + 10 * MINUTE)
    assert Stream.objects.get().oldest_at == now - MONTH
    assert Stream.objects.get().probe_again_at is None


def test_pause_of_token_is_no_failed_probe(make_stream, now):
    def paused(_):
        raise PausedError("The token waits.", retry_after=30)

    stream = make_stream()
    with pytest.raises(PausedError):
        probe(stream, client_of(paused), now)
    assert stream.probe_again_at is None


def test_short_look_takes_no_proof_back(make_stream, now):
    def only_a_day(request):
        since = datetime.fromisoformat(request.url.params["since"])
        return success([]) if now - since < 2 * DAY else failure(400, 12130, "time range too large")

    stream = make_stream(oldest_at=now - MONTH, probed_at=now - 2 * HOUR)
    probe(stream, client_of(only_a_day), now)
    assert retention_of(stream) == MONTH - 2 * HOUR


def test_simulator_keeps_its_stated_retention(make_stream, cloudflare, account, now):
    client = cloudflare(retention=10 * DAY)
    [listed] = client.accounts()
    stream = make_stream()
    probe(stream, client.for_account(listed.account_id), now)
    assert 10 * DAY - HOUR < retention_of(stream) <= 10 * DAY


# What it proves


def test_rows_prove_what_probe_could_not(make_stream, now):
    stream = make_stream()
    page = [AccessRequest.from_json({"created_at": f"{now - days * DAY:%Y-%m-%dT%H:%M:%SZ}"}) for days in (9, 8)]
    note_rows(stream, [*page, AccessRequest.from_json({})], now)
    assert retention_of(stream) == 9 * DAY
    note_rows(stream, page[1:], now)
    assert retention_of(stream) == 9 * DAY


@pytest.mark.parametrize("is_by_probe", [True, False])
@pytest.mark.parametrize("state", [State.BEYOND, State.UNPROVEN])
def test_later_proof_settles_quiet_time(make_stream, log, now, is_by_probe, state):
    stream = make_stream(backfill_since=now - 40 * DAY)
    cover(stream, Span(now - 35 * DAY, now - 5 * DAY), now, now - DAY, without_rows=state)
    assert spans_of(stream, state) == [Span(now - 35 * DAY, now - 5 * DAY)]
    if is_by_probe:
        probe(stream, client_of(log), now)
    else:
        note_rows(stream, [AccessRequest.from_json(row) for row in log.rows], now)
    stream = Stream.objects.get()
    assert spans_of(stream, state) == [Span(now - 35 * DAY, now - MONTH)]
    assert spans_of(stream, State.SETTLED) == [Span(now - MONTH, now - 5 * DAY)]


def test_proof_settles_no_refused_time(make_stream, log, now):
    stream = make_stream(backfill_since=now - 40 * DAY)
    note_too_old(stream, Span(now - 20 * DAY, now - 5 * DAY))
    probe(stream, client_of(log), now)
    assert spans_of(Stream.objects.get(), State.REFUSED) == [Span(now - 20 * DAY, now - 5 * DAY)]


def test_retention_before_first_probe_is_day(make_stream, now):
    stream = make_stream()
    assert retention_of(stream) == DAY
    assert proven_since(stream, now) == now - DAY


@pytest.mark.parametrize("oldest_ago", [None, HOUR, 23 * HOUR])
def test_quiet_log_is_kept_one_day(make_stream, now, oldest_ago):
    stream = make_stream(oldest_at=oldest_ago and now - oldest_ago, probed_at=now)
    assert retention_of(stream) == DAY


def test_retention_moves_with_clock(make_stream, now):
    stream = make_stream(oldest_at=now - MONTH, probed_at=now)
    assert retention_of(stream) == MONTH
    assert proven_since(stream, now + 12 * HOUR) == now - MONTH + 12 * HOUR


def test_sibling_providers_count_for_each_other(make_stream, now):
    quiet = make_stream(Log.SCIM_UPDATES, "p1", probed_at=now)
    make_stream(Log.SCIM_UPDATES, "p2", oldest_at=now - MONTH, probed_at=now)
    # A provider that vanished wrote the same log.
    make_stream(Log.SCIM_UPDATES, "p3", oldest_at=now - 2 * MONTH, probed_at=now, is_active=False)
    assert retention_of(quiet) == 2 * MONTH


def test_other_logs_and_accounts_prove_nothing(make_stream, now):
    make_stream(oldest_at=now - MONTH, probed_at=now)
    another = Account.objects.create(account_id="another")
    Stream.objects.create(
        account=another, log=Log.SCIM_UPDATES, backfill_since=now, oldest_at=now - MONTH, probed_at=now
    )
    assert retention_of(make_stream(Log.SCIM_UPDATES, "p1")) == DAY


def test_each_probe_counts_from_its_time(now):
    assert longest_retention([]) == DAY
    assert longest_retention([(now - 5 * DAY, now), (now - 40 * DAY, now - 36 * DAY), (None, now)]) == 5 * DAY
