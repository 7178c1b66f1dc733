"""A browser without JavaScript, Gatehouse, and an identity provider that is a real web server."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from tests.identity_provider import identity_provider, sign_in_by


@pytest.fixture
def provider(settings, signing_keys):
    with identity_provider(signing_keys["first"]) as provider:
        settings.ROLE_GROUPS = {"helpdesk": frozenset({"it-support"}), "analyst": frozenset({"data-team"})}
        sign_in_by(provider, settings)
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
