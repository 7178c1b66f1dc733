"""The workers that share a token keep to its limits together; the token itself is never kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import PausedError, RetryLaterError
from logsync.cloudflare.limits import Allowance
from logsync.ingest import cloudflare_clock
from logsync.ingest.token_gate import BACKFILL_PART, TokenGate
from logsync.ingest.tokens import account_ids_of, api_tokens, connect, connect_to
from logsync.models import Account, ApiToken, Installation
from logsync.simulator import Simulator
from tests.examples import examples
from tests.logsync.cloudflare.answers import failure, success
from tests.logsync.ingest.workers import at_once, only_on_postgresql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monotonic(monkeypatch):
    """A process that has heard nothing yet; its monotonic clock stands until it is moved by hand."""
    process = SimpleNamespace(seconds=5.0)
    monkeypatch.setattr("logsync.ingest.cloudflare_clock._offset", timedelta())
    monkeypatch.setattr("logsync.ingest.token_gate._heard", {})
    monkeypatch.setattr("logsync.ingest.token_gate.time", SimpleNamespace(monotonic=lambda: process.seconds))
    return process


@pytest.fixture
def given_tokens(settings):
    """Give these tokens; their rows."""

    def give(**secret_by_name):
        settings.CLOUDFLARE_API_TOKENS = secret_by_name
        return api_tokens()

    return give


@pytest.fixture
def token(settings):
    settings.CLOUDFLARE_API_TOKENS = {"": "the-secret"}
    [row] = api_tokens()
    return row


class Cloudflare:
    """Answers every call with an empty list, or with what is to be said next; counts the calls by their token."""

    def __init__(self):
        self.calls: Counter[str] = Counter()
        self.next = []
        self.headers = {}

    def __call__(self, request):
        self.calls[request.headers["Authorization"].removeprefix("Bearer ")] += 1
        answer = self.next.pop(0) if self.next else success([])
        answer.headers.update(self.headers)
        return answer


@pytest.fixture
def asked(monkeypatch):
    """Have every client ask this."""

    def ask(transport):
        monkeypatch.setattr("logsync.ingest.tokens.CloudflareClient", partial(CloudflareClient, transport=transport))

    return ask


@pytest.fixture
def cloudflare_says(asked):
    server = Cloudflare()
    asked(httpx.MockTransport(server))
    return server


def another_process(monkeypatch):
    """Forget what only this process knows."""
    monkeypatch.setattr("logsync.ingest.token_gate._heard", {})
    return ApiToken.objects.get()


# Which tokens there are


def test_a_token_is_kept_nowhere(token):
    assert "the-secret" not in str(ApiToken.objects.values())
    assert (token.name, token.is_active, str(token)) == ("", True, "the API token")


def test_a_token_is_known_again_by_its_fingerprint(token, settings):
    assert api_tokens() == [token]
    settings.CLOUDFLARE_API_TOKENS = {"": "another-secret"}
    assert api_tokens() != [token]


def test_no_two_installations_give_a_token_the_same_fingerprint(token):
    Installation.objects.update(identity_key=bytes(32))
    assert api_tokens()[0].fingerprint != token.fingerprint


def test_a_token_that_was_taken_away_is_no_longer_in_use_until_it_is_given_again(given_tokens):
    one, two = given_tokens(a1="one", a2="two")
    given_tokens(a2="two")
    assert list(ApiToken.objects.filter(is_active=True)) == [two]
    assert given_tokens(a1="one", a2="two") == [one, two]
    assert ApiToken.objects.filter(is_active=True).count() == 2


def test_what_is_known_of_a_token_survives_a_new_start(token, now):
    TokenGate(token).block(100)
    assert api_tokens()[0].blocked_until == now + timedelta(seconds=100)


def test_a_token_goes_by_the_account_that_it_was_given_for(given_tokens):
    assert list(map(str, given_tokens(a1="one", a2="two"))) == ["the API token of a1", "the API token of a2"]


def test_a_token_that_was_given_for_two_accounts_is_one(given_tokens):
    both, other = given_tokens(a1="both", a2="other", a3="both")
    assert (both.name, account_ids_of(both), account_ids_of(other)) == ("a1", ["a1", "a3"], ["a2"])
    assert ApiToken.objects.count() == 2


def test_a_token_for_all_accounts_was_given_for_none(token):
    assert account_ids_of(token) == []


# Clients


def test_each_account_is_asked_about_with_the_token_that_reads_it(given_tokens, cloudflare_says):
    for row in given_tokens(a1="one", a2="two"):
        account = Account.objects.create(account_id=row.name, api_token=row)
        with connect_to(account) as client:
            client.applications()
            assert client.account_id == row.name
    assert cloudflare_says.calls == {"one": 1, "two": 1}


def test_there_is_no_client_of_a_token_that_was_taken_away(given_tokens):
    [one] = given_tokens(a1="one")
    given_tokens(a2="two")
    with pytest.raises(LookupError):
        connect(one)


def test_there_is_no_client_of_an_account_that_no_token_reads(account):
    with pytest.raises(LookupError, match="No API token reads Meridian"):
        connect_to(account)


# A block


def test_one_workers_429_stops_every_other_client_of_that_token_at_its_next_call(token, cloudflare_says, now):
    with connect(token) as worker, connect(token) as other, connect(token, BACKFILL_PART) as backfill:
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


def test_a_block_stops_another_process_as_well(token, cloudflare_says, now, monkeypatch):
    cloudflare_says.next = [failure(429, 971, **{"Retry-After": "120"})]
    with connect(token) as worker, pytest.raises(RetryLaterError):
        worker.accounts()
    with connect(another_process(monkeypatch)) as other, pytest.raises(PausedError):
        other.accounts()


def test_a_block_stops_no_client_of_another_token(given_tokens, cloudflare_says):
    one, two = given_tokens(a1="one", a2="two")
    cloudflare_says.next = [failure(429, 10429)]
    with connect(one) as worker, connect(two) as other:
        with pytest.raises(RetryLaterError):
            worker.accounts()
        assert other.accounts() == []
    assert cloudflare_says.calls == {"one": 1, "two": 1}


def test_calls_go_on_when_the_block_is_over(token, cloudflare_says, now, time_machine):
    cloudflare_says.next = [failure(429, 971, **{"Retry-After": "120"})]
    with connect(token) as client:
        with pytest.raises(RetryLaterError):
            client.accounts()
        time_machine.move_to(now + timedelta(seconds=119), tick=False)
        assert TokenGate(token).wait_seconds() == 1
        time_machine.move_to(now + timedelta(seconds=120), tick=False)
        assert TokenGate(token).wait_seconds() == 0
        assert client.accounts() == []


@pytest.mark.parametrize("answer", [failure(500, 971), failure(429, 0), failure(429, 10429, **{"Retry-After": "soon"})])
def test_a_block_that_does_not_say_how_long_lasts_five_minutes(token, cloudflare_says, now, answer):
    cloudflare_says.next = [answer]
    with connect(token) as client, pytest.raises(RetryLaterError):
        client.accounts()
    assert ApiToken.objects.get().blocked_until == now + timedelta(minutes=5)


@pytest.mark.parametrize("answer", [failure(503, 0, **{"Retry-After": "120"}), failure(403, 10000)])
def test_a_fault_of_one_call_stops_no_other(token, cloudflare_says, answer):
    cloudflare_says.next = [answer]
    with connect(token) as client:
        with pytest.raises(Exception, match="Cloudflare"):
            client.accounts()
        assert client.accounts() == []


def test_a_block_that_was_written_by_a_clock_ahead_of_time_is_ignored(token, cloudflare_says, now):
    ApiToken.objects.update(blocked_until=now + timedelta(hours=5))
    with connect(token) as client:
        assert client.accounts() == []


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_block_is_seen_by_a_real_other_process(token):
    look = (
        "import django; django.setup()\n"
        "from logsync.models import ApiToken\n"
        "from logsync.ingest.token_gate import TokenGate\n"
        "print(TokenGate(ApiToken.objects.get()).wait_seconds())"
    )
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    def seconds():
        command = [sys.executable, "-c", look]
        return float(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True, timeout=60).stdout)

    assert seconds() == 0
    TokenGate(token).block(300)
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
def test_calls_stop_at_the_share_of_what_cloudflare_allows(token, simulator, settings, percent, part, most):
    settings.RATE_LIMIT_PERCENT = percent
    with connect(token, part) as client:
        # The simulator has one account, so that a listing is two calls: that page, and an empty one.
        assert 2 * calls_until_it_waits(client) == most


def test_the_newest_is_still_read_where_backfill_waits(token, simulator):
    with connect(token) as newest, connect(token, BACKFILL_PART) as backfill:
        calls_until_it_waits(backfill)
        newest.accounts()
        with pytest.raises(PausedError):
            backfill.accounts()


def test_calls_go_on_when_cloudflare_gives_new_ones(token, simulator, monotonic, time_machine):
    with connect(token) as client:
        calls_until_it_waits(client)
        time_machine.shift(59)
        monotonic.seconds += 59
        assert TokenGate(token).wait_seconds() == 1
        time_machine.shift(1)
        monotonic.seconds += 1
        assert TokenGate(token).wait_seconds() == 0
        assert len(client.accounts()) == 1


def test_a_token_that_keeps_to_its_share_is_never_blocked(token, simulator, monotonic, time_machine):
    with connect(token) as client:
        for _ in range(5):
            calls_until_it_waits(client)
            time_machine.shift(20)
            monotonic.seconds += 20
    assert ApiToken.objects.get().blocked_until is None


def test_two_tokens_have_a_share_each(given_tokens, simulator):
    one, two = given_tokens(a1="one", a2="two")
    with connect(one) as client, connect(two) as other:
        assert calls_until_it_waits(client) == calls_until_it_waits(other) == 20


@given(
    limit=st.integers(1, 100_000),
    percent=st.integers(10, 100),
    part=st.sampled_from([1.0, BACKFILL_PART]),
    used=st.data(),
)
@examples(100)
def test_no_more_than_the_share_is_ever_used(token, settings, limit, percent, part, used):
    settings.RATE_LIMIT_PERCENT = percent
    spent = used.draw(st.integers(0, limit))
    gate = TokenGate(token, part)
    gate.after_call(Allowance(limit - spent, 60, limit, 300), None)
    may_call = gate.wait_seconds() == 0
    # In whole numbers: three quarters of so many percent.
    assert may_call == (400 * spent < limit * percent * (4 if part == 1 else 3))


@pytest.mark.parametrize(("remaining", "waits"), [(241, 0), (240, 60), (0, 60)])
def test_a_limit_that_is_not_named_is_the_documented_one(token, remaining, waits):
    gate = TokenGate(token)
    gate.after_call(Allowance(remaining, 60, None, None), None)
    assert gate.wait_seconds() == waits


def test_the_longer_of_a_block_and_a_used_up_share_counts(token, now):
    gate = TokenGate(token)
    gate.block(30)
    gate.after_call(Allowance(0, 60, 1200, 300), None)
    assert gate.wait_seconds() == 60
    gate.block(90)
    assert gate.wait_seconds() == 90


def test_where_cloudflare_says_nothing_of_its_limit_nobody_waits(token, cloudflare_says):
    with connect(token) as client:
        for _ in range(3):
            client.accounts()
    assert ApiToken.objects.get().heard_at is None


# What is told of it


def test_what_is_left_is_noted_for_the_page_every_ten_seconds(token, now, monotonic):
    gate = TokenGate(token)
    for remaining, seconds in ((1000, 0), (999, 9), (998, 1), (997, 5)):
        monotonic.seconds += seconds
        gate.after_call(Allowance(remaining, 60, 1200, 300), None)
    row = ApiToken.objects.get()
    assert (row.remaining, row.limit, row.heard_at) == (998, 1200, now)


def test_numbers_larger_than_any_limit_are_noted_as_the_largest(token, cloudflare_says):
    number = "9" * 12
    cloudflare_says.headers = {"Ratelimit": f"default;r={number};t=1", "Ratelimit-Policy": f"default;q={number}"}
    with connect(token) as client:
        client.accounts()
    assert ApiToken.objects.get().remaining == ApiToken.objects.get().limit == 2**31 - 1


def test_a_worker_that_notes_what_is_left_undoes_no_block(token, now):
    stale = ApiToken.objects.get()
    TokenGate(token).block(100)
    TokenGate(stale).after_call(Allowance(1000, 60, 1200, 300), None)
    assert ApiToken.objects.get().blocked_until == now + timedelta(seconds=100)


def test_cloudflares_clock_is_heard(token, now):
    TokenGate(token).after_call(None, now + timedelta(minutes=1))
    assert cloudflare_clock.offset() == timedelta(minutes=1)


@only_on_postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_that_start_at_once_agree_on_the_rows(settings):
    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "a2": "two"}
    found = at_once(*[api_tokens] * 4)
    assert ApiToken.objects.count() == 2
    assert found == [list(ApiToken.objects.order_by("name"))] * 4
