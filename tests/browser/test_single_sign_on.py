"""Signing in without a password, in a real browser: by an identity provider, and by Cloudflare Access."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from tests.identity_provider import SigningKey, identity_provider, sign_in_by

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

AUDIENCE = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"


@pytest.fixture
def provider(settings):
    """An identity provider, whose groups have roles."""
    cache.clear()
    settings.ROLE_GROUPS = {"helpdesk": frozenset({"it-support"})}
    with identity_provider(SigningKey("first")) as provider:
        provider.claims["groups"] = ["it-support"]
        yield provider


@pytest.fixture
def open_anew(chromium, live_server):
    """Open a page in a browser that has never been here; whatever its console complains of is in `complaints`."""
    contexts, complaints = [], []

    def open_anew(path, **headers):
        context = chromium.new_context(extra_http_headers=headers)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_anew
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def make_token(provider):
    """A token of Cloudflare Access for ada, which expires in so many seconds."""

    def make(expires=3600, key=provider.key, key_id="first"):
        now = int(timezone.now().timestamp())
        claims = {"aud": [AUDIENCE], "iss": provider.address, "iat": now - 7200, "exp": now + expires, "type": "app"}
        person = {"email": "ada@meridian.example", "sub": "7335d417", "custom": {"groups": ["it-support"]}}
        return key.sign(claims | person, key_id)

    return make


def test_identity_provider_signs_in(provider, settings, open_anew):
    sign_in_by(provider, settings)
    page = open_anew("/logins/?range=7d")
    page.get_by_role("link", name="Sign in with Meridian ID").click()
    expect(page.locator("h1")).to_have_text("Logins")
    assert page.url.endswith("/logins/?range=7d")
    expect(page.locator("body")).to_contain_text("ada@meridian.example")


def test_access_token_signs_in(provider, settings, open_anew, make_token):
    settings.CF_ACCESS_TEAM_DOMAIN, settings.CF_ACCESS_AUD = provider.address, AUDIENCE
    expect(open_anew("/logins/").locator("body")).to_contain_text("did not come through Cloudflare Access")
    forger = SigningKey("forged")
    refused = {
        make_token(expires=-60): "session has expired",
        make_token(key=forger): "is not valid for Gatehouse",
        make_token(key=forger, key_id="unknown-1"): "is not valid for Gatehouse",
        make_token(key=forger, key_id="unknown-2"): "is not valid for Gatehouse",
    }
    for token, words in refused.items():
        page = open_anew("/logins/", **{"Cf-Access-Jwt-Assertion": token})
        expect(page.locator("body")).to_contain_text(words)
        expect(page.locator("body")).not_to_contain_text("ada@meridian.example")
    page = open_anew("/logins/", **{"Cf-Access-Jwt-Assertion": make_token()})
    expect(page.locator("h1")).to_have_text("Logins")
    expect(page.locator("body")).to_contain_text("ada@meridian.example")
    assert provider.asked.count("/cdn-cgi/access/certs") == 1
