"""How far back Cloudflare answers is proven by its oldest row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.cloudflare.errors import CloudflareError
from logsync.ingest.retention_probe import longest_retention, probe, proven_since, retention_of
from logsync.models import Account, Log, Stream
from tests.logsync.cloudflare.answers import LogServer, client_of, failure

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


def test_failed_probe_is_retried_immediately(make_stream, log, now):
    stream = make_stream()
    with pytest.raises(CloudflareError):
        probe(stream, client_of(lambda _: failure(502, 0)), now)
    assert Stream.objects.get().probed_at is None
    probe(stream, client_of(log), now + MINUTE)
    assert Stream.objects.get().oldest_at == now - MONTH


def test_simulator_keeps_its_stated_retention(make_stream, cloudflare, account, now):
    client = cloudflare(retention=10 * DAY)
    [listed] = client.accounts()
    stream = make_stream()
    probe(stream, client.for_account(listed.account_id), now)
    assert 10 * DAY - HOUR < retention_of(stream) <= 10 * DAY


# What it proves


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
