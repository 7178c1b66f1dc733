"""Cloudflare Access in front of Gatehouse: its published keys, and tokens as it signs them."""

from __future__ import annotations

from datetime import timedelta
from urllib.error import URLError

import jwt
import pytest
from django.utils import timezone
from jwt import PyJWKClient

TEAM = "https://meridian.cloudflareaccess.com"
AUDIENCE = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"


class Published:
    """The keys at Cloudflare's address, and how often they were fetched; without keys it does not answer."""

    def __init__(self, *keys):
        self.keys = list(keys)
        self.fetches = 0

    def fetch(self, client):
        self.fetches += 1
        if not self.keys:
            raise URLError("no answer")
        found = {"keys": [key.published for key in self.keys]}
        client.jwk_set_cache.put(found)
        return found


@pytest.fixture
def published(monkeypatch, signing_keys):
    published = Published(signing_keys["first"])
    monkeypatch.setattr(PyJWKClient, "fetch_data", lambda client: published.fetch(client))
    return published


@pytest.fixture
def access(settings, published):
    """Cloudflare Access is required, and groups have roles."""
    settings.CF_ACCESS_TEAM_DOMAIN, settings.CF_ACCESS_AUD = TEAM, AUDIENCE
    settings.ROLE_GROUPS = {"helpdesk": frozenset({"it-support"}), "analyst": frozenset({"data-team"})}
    return published


@pytest.fixture
def make_token(signing_keys):
    """Sign a token as Cloudflare does, by default ada's of a minute ago.

    A claim of None is left out, and one that is a time span means so long from now.
    """

    def make(key="first", key_id=None, algorithm="RS256", secret=None, **claims):
        now = int(timezone.now().timestamp())
        claims = {
            "aud": [AUDIENCE],
            "email": "ada@meridian.example",
            "exp": now + 3600,
            "iat": now - 60,
            "nbf": now - 60,
            "iss": TEAM,
            "type": "app",
            "identity_nonce": "6ei69kawdKzMIAPF",
            "sub": "7335d417-61da-459d-899c-0a01c76a2f94",
            "country": "NL",
            "custom": {"groups": ["it-support"]},
        } | claims
        kept = {
            name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
            for name, value in claims.items()
            if value is not None
        }
        headers = {"kid": key_id or key}
        secret = None if algorithm == "none" else secret or signing_keys[key].private
        return jwt.encode(kept, secret, algorithm=algorithm, headers=headers)

    return make
