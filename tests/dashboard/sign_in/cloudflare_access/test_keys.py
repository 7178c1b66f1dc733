"""Cloudflare's keys are fetched seldom, whatever tokens say, and by one process for all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.utils import timezone

from dashboard.sign_in.cloudflare_access.keys import SharedKeys
from dashboard.sign_in.cloudflare_access.token import AccessRefusedError, Refusal, identity_of
from tests.dashboard.sign_in.cloudflare_access.conftest import TEAM
from tests.identity_provider import identity_provider

pytestmark = pytest.mark.usefixtures("access")


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch):
    """What a process remembers ages by the clock of the test, too."""
    monkeypatch.setattr("jwt.jwk_set_cache.time", SimpleNamespace(monotonic=lambda: timezone.now().timestamp()))


@pytest.fixture
def make_process():
    """The keys as another process has them."""
    return lambda: SharedKeys(TEAM)


@pytest.fixture
def outcome():
    """The user whom a process finds in a token, or why it refuses it."""

    def outcome(process, token):
        try:
            return identity_of(token, process).username
        except AccessRefusedError as error:
            return error.refusal

    return outcome


def test_keys_are_at_cloudflares_address(make_process):
    assert make_process().uri == "https://meridian.cloudflareaccess.com/cdn-cgi/access/certs"


def test_processes_fetch_the_keys_once(published, make_process, make_token, outcome):
    for _ in range(3):
        process = make_process()
        assert outcome(process, make_token()) == outcome(process, make_token()) == "ada@meridian.example"
    assert published.fetches == 1


def test_forged_key_ids_cause_no_fetch(published, make_process, make_token, outcome, time_machine, now):
    processes = [make_process() for _ in range(2)]
    tokens = [make_token(key="forged", key_id=f"forged-{number}") for number in range(50)]
    found = {outcome(process, token) for process in processes for token in tokens}
    assert (found, published.fetches) == ({Refusal.INVALID}, 1)
    # Two minutes later it may be a new key of Cloudflare's: one fetch, for everybody.
    time_machine.shift(121)
    found = {outcome(process, token) for process in processes for token in tokens}
    assert (found, published.fetches) == ({Refusal.INVALID}, 2)


def test_new_key_is_found(published, make_process, make_token, signing_keys, outcome, time_machine):
    processes = [make_process() for _ in range(2)]
    for process in processes:
        outcome(process, make_token())
    published.keys.insert(0, signing_keys["second"])
    time_machine.shift(121)
    for process in processes:
        assert outcome(process, make_token(key="second")) == "ada@meridian.example"
        assert outcome(process, make_token()) == "ada@meridian.example"
    assert published.fetches == 2


def test_keys_come_over_the_network(monkeypatch, signing_keys, make_token, outcome, time_machine, settings):
    monkeypatch.undo()
    with identity_provider(signing_keys["first"]) as team:
        settings.CF_ACCESS_TEAM_DOMAIN = team.address
        process = SharedKeys(team.address)
        assert outcome(process, make_token(iss=team.address)) == "ada@meridian.example"
        team.published_keys = [signing_keys["second"]]
        assert outcome(process, make_token(key="second", iss=team.address)) is Refusal.INVALID
        time_machine.shift(121)
        assert outcome(process, make_token(key="second", iss=team.address)) == "ada@meridian.example"
    assert team.asked == ["/cdn-cgi/access/certs"] * 2


def test_withdrawn_key_is_forgotten(published, make_process, make_token, signing_keys, outcome, time_machine):
    process = make_process()
    outcome(process, make_token())
    published.keys = [signing_keys["second"]]
    time_machine.shift(601)
    assert outcome(process, make_token()) is Refusal.INVALID


def test_known_keys_outlast_an_outage(published, make_process, make_token, outcome, time_machine):
    process = make_process()
    outcome(process, make_token())
    published.keys = []
    time_machine.shift(23 * 3600)
    assert outcome(process, make_token()) == outcome(make_process(), make_token()) == "ada@meridian.example"
    time_machine.shift(2 * 3600)
    assert outcome(process, make_token()) is Refusal.NO_KEYS


def test_outage_is_not_asked_about_each_time(published, make_process, make_token, outcome):
    published.keys = []
    assert {outcome(make_process(), make_token()) for _ in range(20)} == {Refusal.NO_KEYS}
    assert published.fetches == 1


def test_many_at_once_fetch_once(published, make_process, make_token, outcome, settings):
    # Other threads do not see what a test has in the database.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    process, token = make_process(), make_token()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: outcome(process, token), range(40)))
    assert (found, published.fetches) == ({"ada@meridian.example"}, 1)
