"""A small Cloudflare in this process, for every test of what reads it."""

from __future__ import annotations

import httpx
import pytest

from logsync.cloudflare.client import CloudflareClient
from logsync.simulator import Simulator

BASE_URL = "http://cloudflare.example/client/v4"


@pytest.fixture
def cloudflare(now):
    """Make a client of a simulator with the test's clock; every event is visible at once, unless told otherwise."""

    def connect(token="a-token", **habits):
        habits = {"logins_per_day": 300, "scim_per_day": 60, "lateness": None} | habits
        transport = httpx.WSGITransport(app=Simulator(**habits))
        return CloudflareClient(token, base_url=BASE_URL, transport=transport)

    return connect


@pytest.fixture
def in_its_account():
    """The client, looking at the one account that it can list."""

    def enter(client):
        [account] = client.accounts()
        return client.for_account(account.account_id)

    return enter


@pytest.fixture
def stream(make_stream, now):
    """The stream of the account's logins, to be read 30 days back."""
    return make_stream()
