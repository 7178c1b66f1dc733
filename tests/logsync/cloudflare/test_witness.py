"""Cloudflare's own SDK, an independent reader, and ours take the same records from the same answers."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, takewhile

import httpx
import pytest
from cloudflare import Cloudflare

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.simulator import Simulator

BASE_URL = "http://cloudflare.example/client/v4"
WORDS = {"country", "status", "request_method", "resource_type"}


@pytest.fixture
def transport(now):
    return httpx.WSGITransport(app=Simulator(logins_per_day=2500, scim_per_day=300, lateness=None))


@pytest.fixture
def sdk(transport):
    return Cloudflare(api_token="a-token", base_url=BASE_URL, http_client=httpx.Client(transport=transport))


@pytest.fixture
def ours(transport, sdk):
    [account] = sdk.accounts.list()
    return CloudflareClient("a-token", account.id, base_url=BASE_URL, transport=transport)


@pytest.fixture
def window(now):
    # Long enough for two pages of logins; between whole seconds, which the SDK's query keeps.
    return now - timedelta(hours=14), now - timedelta(minutes=1)


def as_the_witness_says(row, kind):
    """The values that our record is to have, from the fields that the SDK read; its own names are put right."""
    said = row.to_dict(mode="python", exclude_unset=True, use_api_names=True)
    names = [name for name in kind.__slots__ if name not in ("extra", "identity")]
    values = {name: None if name == "allowed" else "" for name in names} | said
    return {name: value.upper() if name in WORDS else value for name, value in values.items()}


def as_we_say(record):
    names = [name for name in type(record).__slots__ if name not in ("extra", "identity")]
    # Kept in `extra` are unknown fields, and what our typed fields changed: finer times, words in lower case.
    unknown = {name: value for name, value in record.extra.items() if name not in names}
    return {name: getattr(record, name) for name in names} | unknown


def test_sdk_reads_same_logins(sdk, ours, window):
    since, until = window
    pages = (
        sdk.zero_trust.access.logs.access_requests.list(
            account_id=ours.account_id, since=since, until=until, direction="asc", limit=1000, per_page=1000, page=page
        )
        for page in range(1, 9)
    )
    theirs = [as_the_witness_says(row, AccessRequest) for row in chain.from_iterable(takewhile(bool, pages))]
    assert len(theirs) > 1000
    assert [as_we_say(record) for record in chain.from_iterable(ours.access_requests(*window))] == theirs


def test_sdk_reads_same_scim_updates(sdk, ours, window):
    since, until = window
    providers = [provider.id for provider in sdk.zero_trust.identity_providers.list(account_id=ours.account_id)]
    for idp_id in providers:
        updates = sdk.zero_trust.access.logs.scim.updates.list(
            account_id=ours.account_id, idp_id=[idp_id], since=since, until=until, direction="asc", per_page=50
        )
        theirs = [as_the_witness_says(row, ScimUpdate) for row in updates]
        assert [as_we_say(record) for record in chain.from_iterable(ours.scim_updates(idp_id, *window))] == theirs


def test_sdk_comparison_covers_every_field(ours, window):
    providers = [provider.idp_id for provider in ours.identity_providers() if provider.scim_enabled]
    updates = [ours.scim_updates(idp_id, *window) for idp_id in providers]
    for pages in (ours.access_requests(*window), chain.from_iterable(updates)):
        records = list(chain.from_iterable(pages))
        names = type(records[0]).__slots__
        assert [name for name in names if not any(getattr(record, name) for record in records)] == []
