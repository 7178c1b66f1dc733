"""The workers that share a token keep to its limits together."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.errors import PausedError, RetryLaterError
from logsync.cloudflare.limits import Allowance
from logsync.ingest.token_gate import BACKFILL_PART
from logsync.ingest.tokens import Connections
from logsync.models import ApiToken
from logsync.simulator import Simulator
from tests.examples import examples
from tests.logsync.cloudflare.answers import failure
from tests.logsync.ingest.workers import only_on_postgresql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monotonic(monkeypatch):
    """The monotonic clock stands until it is moved by hand."""
    process = SimpleNamespace(seconds=5.0)
    monkeypatch.setattr("logsync.ingest.token_gate.time", SimpleNamespace(monotonic=lambda: process.seconds))
    return process


# A block


def test_rate_limit_stops_all_token_clients(connections, token, cloudflare_says, now):
    with (
        connections.connect(token) as worker,
        connections.connect(token) as other,
        connections.connect(token, BACKFILL_PART) as backfill,
    ):
        other.accounts()
        cloudflare_says.next = [failure(429, 971, **{"Retry-After": "120"})]
        with pytest.raises(RetryLaterError):
            worker.accounts()
        calls = cloudflare_says.calls.total()
        for client in (worker, other, backfill):
            with pytest.raises(PausedError) as paused:
                client.accounts()
            assert paused.value.retry_after == 120
            assert str(paused.value) == "The token waits 120 s, to stay under Cloudflare's limit of calls."
    assert cloudflare_says.calls.total() == calls


def test_block_applies_across_processes(connections, token, cloudflare_says, now, monkeypatch):
    cloudflare_says.next = [failure(429, 971, **{"Retry-After": "120"})]
    with connections.connect(token) as worker, pytest.raises(RetryLaterError):
        worker.accounts()
    with Connections().connect(ApiToken.objects.get()) as other, pytest.raises(PausedError):
        other.accounts()


def test_block_spares_other_tokens(connections, given_tokens, cloudflare_says):
    one, two = given_tokens(a1="one", a2="two")
    cloudflare_says.next = [failure(429, 10429)]
    with connections.connect(one) as worker, connections.connect(two) as other:
        with pytest.raises(RetryLaterError):
            worker.accounts()
        assert other.accounts() == []
    assert cloudflare_says.calls == {"one": 1, "two": 1}


def test_calls_resume_after_block(connections, token, cloudflare_says, now, time_machine):
    cloudflare_says.next = [failure(429, 971, **{"Retry-After": "120"})]
    with connections.connect(token) as client:
        with pytest.raises(RetryLaterError):
            client.accounts()
        time_machine.move_to(now + timedelta(seconds=119), tick=False)
        assert connections.gate(token).wait_seconds() == 1
        time_machine.move_to(now + timedelta(seconds=120), tick=False)
        assert connections.gate(token).wait_seconds() == 0
        assert client.accounts() == []


@pytest.mark.parametrize("answer", [failure(500, 971), failure(429, 0), failure(429, 10429, **{"Retry-After": "soon"})])
def test_block_without_duration_lasts_five_minutes(connections, token, cloudflare_says, now, answer):
    cloudflare_says.next = [answer]
    with connections.connect(token) as client, pytest.raises(RetryLaterError):
        client.accounts()
    assert ApiToken.objects.get().blocked_until == now + timedelta(minutes=5)


@pytest.mark.parametrize("answer", [failure(503, 0, **{"Retry-After": "120"}), failure(403, 10000)])
def test_failed_call_stops_no_other(connections, token, cloudflare_says, answer):
    cloudflare_says.next = [answer]
    with connections.connect(token) as client:
        with pytest.raises(Exception, match="Cloudflare"):
            client.accounts()
        assert client.accounts() == []


def test_block_from_fast_clock_is_ignored(connections, token, cloudflare_says, now):
    ApiToken.objects.update(blocked_until=now + timedelta(hours=5))
    with connections.connect(token) as client:
        assert client.accounts() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_separate_process_sees_block(connections, token):
    look = (
        "import django; django.setup()\n"
        "from logsync.models import ApiToken\n"
        "from logsync.ingest.tokens import Connections\n"
        "print(Connections().gate(ApiToken.objects.get()).wait_seconds())"
    )
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    def seconds():
        command = [sys.executable, "-c", look]
        return float(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True, timeout=60).stdout)

    assert seconds() == 0
    connections.gate(token).block(300)
    assert 200 < seconds() <= 300


# The share of calls


def calls_until_it_waits(client, most=100):
    for number in range(most):
        try:
            client.accounts()
        except PausedError:
            return number
    raise AssertionError("it never waits")


@pytest.fixture
def simulator(asked, now):
    """A Cloudflare that gives each token 50 calls in 60 seconds."""
    simulator = Simulator(rate_limit=(50, 60), enforce_rate_limit=True)
    asked(httpx.WSGITransport(app=simulator))
    return simulator


@pytest.mark.parametrize(
    ("percent", "part", "most"), [(80, 1.0, 40), (80, BACKFILL_PART, 30), (100, 1.0, 50), (40, 1.0, 20)]
)
def test_calls_stop_at_their_share(connections, token, simulator, settings, percent, part, most):
    settings.RATE_LIMIT_PERCENT = percent
    with connections.connect(token, part) as client:
        # The simulator has one account, so that a listing is two calls: that page, and an empty one.
        assert 2 * calls_until_it_waits(client) == most


def test_newest_is_read_while_backfill_waits(connections, token, simulator):
    with connections.connect(token) as newest, connections.connect(token, BACKFILL_PART) as backfill:
        calls_until_it_waits(backfill)
        newest.accounts()
        with pytest.raises(PausedError):
            backfill.accounts()


def test_calls_resume_with_new_quota(connections, token, simulator, monotonic, time_machine):
    with connections.connect(token) as client:
        calls_until_it_waits(client)
        time_machine.shift(59)
        monotonic.seconds += 59
        assert connections.gate(token).wait_seconds() == 1
        time_machine.shift(1)
        monotonic.seconds += 1
        assert connections.gate(token).wait_seconds() == 0
        assert len(client.accounts()) == 1


def test_token_within_share_is_never_blocked(connections, token, simulator, monotonic, time_machine):
    with connections.connect(token) as client:
        for _ in range(5):
            calls_until_it_waits(client)
            time_machine.shift(20)
            monotonic.seconds += 20
    assert ApiToken.objects.get().blocked_until is None


def test_two_tokens_have_a_share_each(connections, given_tokens, simulator):
    one, two = given_tokens(a1="one", a2="two")
    with connections.connect(one) as client, connections.connect(two) as other:
        assert calls_until_it_waits(client) == calls_until_it_waits(other) == 20


@given(
    limit=st.integers(1, 100_000),
    percent=st.integers(10, 100),
    part=st.sampled_from([1.0, BACKFILL_PART]),
    used=st.data(),
)
@examples(100)
def test_share_is_never_exceeded(connections, token, settings, limit, percent, part, used):
    settings.RATE_LIMIT_PERCENT = percent
    spent = used.draw(st.integers(0, limit))
    gate = connections.gate(token, part)
    gate.after_call(Allowance(limit - spent, 60, limit, 300))
    may_call = gate.wait_seconds() == 0
    # In whole numbers: three quarters of so many percent.
    assert may_call == (400 * spent < limit * percent * (4 if part == 1 else 3))


@pytest.mark.parametrize(("remaining", "waits"), [(241, 0), (240, 60), (0, 60)])
def test_unnamed_limit_defaults_to_documented(connections, token, remaining, waits):
    gate = connections.gate(token)
    gate.after_call(Allowance(remaining, 60, None, None))
    assert gate.wait_seconds() == waits


def test_longer_wait_wins(connections, token, now):
    gate = connections.gate(token)
    gate.block(30)
    gate.after_call(Allowance(0, 60, 1200, 300))
    assert gate.wait_seconds() == 60
    gate.block(90)
    assert gate.wait_seconds() == 90


def test_unknown_limit_never_waits(connections, token, cloudflare_says):
    with connections.connect(token) as client:
        for _ in range(3):
            client.accounts()
    assert ApiToken.objects.get().heard_at is None


# What is told of it


def test_remaining_calls_are_noted_periodically(connections, token, now, monotonic):
    gate = connections.gate(token)
    for remaining, seconds in ((1000, 0), (999, 9), (998, 1), (997, 5)):
        monotonic.seconds += seconds
        gate.after_call(Allowance(remaining, 60, 1200, 300))
    row = ApiToken.objects.get()
    assert (row.remaining, row.limit, row.heard_at) == (998, 1200, now)


def test_oversized_numbers_are_capped(connections, token, cloudflare_says):
    number = "9" * 12
    cloudflare_says.headers = {"Ratelimit": f"default;r={number};t=1", "Ratelimit-Policy": f"default;q={number}"}
    with connections.connect(token) as client:
        client.accounts()
    assert ApiToken.objects.get().remaining == ApiToken.objects.get().limit == 2**31 - 1


def test_noting_remaining_calls_keeps_block(connections, token, now):
    stale = ApiToken.objects.get()
    connections.gate(token).block(100)
    connections.gate(stale).after_call(Allowance(1000, 60, 1200, 300))
    assert ApiToken.objects.get().blocked_until == now + timedelta(seconds=100)


# Reading policies


def calls_for_policies(client, most=200):
    """How many calls a client makes before it has to wait."""
    for made in range(most):
        try:
            client.configuration.users_with("ada@meridian.example")
        except PausedError:
            return made
    return most


@pytest.fixture
def of_account(account, token):
    account.api_token = token
    return account


def test_policies_have_few_calls_of_their_own(connections, of_account, cloudflare_says, settings, monotonic):
    settings.RATE_LIMIT_PERCENT, settings.POLICY_CALLS_PERCENT = 80, 5
    with connections.connect_for_policies(of_account) as client, connections.connect(of_account.api_token) as logs:
        assert calls_for_policies(client) == 48
        logs.accounts()
        monotonic.seconds += 299
        assert calls_for_policies(client) == 0
        monotonic.seconds += 1
        assert calls_for_policies(client) == 48


def test_policies_wait_while_logs_need_the_calls(connections, of_account, cloudflare_says):
    connections.gate(of_account.api_token).after_call(Allowance(1200 - 720, 60, 1200, 300))
    with connections.connect_for_policies(of_account) as client:
        assert calls_for_policies(client) == 0


def test_policies_of_an_account_without_token(connections, account):
    with pytest.raises(LookupError):
        connections.connect_for_policies(account)
