"""API tokens, and a Cloudflare that every client of theirs reaches."""

from __future__ import annotations

from collections import Counter
from functools import partial

import httpx
import pytest

from logsync.cloudflare.client import CloudflareClient
from logsync.ingest.tokens import Connections, api_tokens
from tests.logsync.cloudflare.answers import success


@pytest.fixture
def connections():
    """The connections of one process, which has heard nothing yet."""
    return Connections()


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
