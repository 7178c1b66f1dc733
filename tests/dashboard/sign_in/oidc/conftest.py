"""A browser without JavaScript, Gatehouse, and an identity provider that is a real web server."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, identity_provider


@pytest.fixture
def provider(settings, signing_keys):
    with identity_provider(signing_keys["first"]) as provider:
        settings.OIDC_ISSUER, settings.OIDC_NAME = provider.address, "Meridian ID"
        settings.ROLE_GROUPS = {"helpdesk": frozenset({"it-support"}), "analyst": frozenset({"data-team"})}
        client = {"provider_id": "oidc", "name": "Meridian ID", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
        app = client | {"settings": {"server_url": provider.address}}
        configured = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": configured}
        yield provider


@pytest.fixture
def begin(client, provider):
    """Follow the button: to the provider, and to the address that it sends the browser back to."""

    def begin(path="/sign-in/oidc/", **headers):
        there = client.get(path, headers=headers)["Location"]
        back = urlsplit(httpx.get(there).headers["Location"])
        return f"{back.path}?{back.query}"

    return begin


@pytest.fixture
def sign_in(client, begin):
    """The answer to a whole sign-in by the provider."""
    return lambda path="/sign-in/oidc/": client.get(begin(path))
