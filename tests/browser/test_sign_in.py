"""Passkeys and authenticator apps in a browser, whose passkey is a virtual one."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

pytestmark = pytest.mark.chromium

PASSWORD = "a long enough password"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def own_page(open_page):
    """The account of somebody who is signed in, in a browser that has passkeys."""
    page = open_page("/account/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def confirm(page):
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page):
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def heading(page, words):
    expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()


def test_passkey_signs_in_alone(own_page, live_server, complaints):
    page = own_page
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name", exact=True).fill("Work laptop")
    assert complaints(page, "add a passkey") == []
    page.get_by_role("button", name="Add the passkey").click()
    heading(page, "Recovery codes")
    sign_out(page)
    page.goto(live_server.url + "/sign-in/?next=/views/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    heading(page, "Saved views")


def test_authenticator_app_comes_after_password(own_page, complaints):
    page = own_page
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("link", name="Set up").click()
    confirm(page)
    heading(page, "Set up an authenticator app")
    assert page.locator(".gh-qr").evaluate("picture => picture.naturalWidth") > 0
    assert complaints(page, "set up an app") == []
    secret = page.locator(".gh-secret").inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    heading(page, "Recovery codes")
    sign_out(page)
    page.get_by_label("User name").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    heading(page, "One more step")
    assert complaints(page, "one more step") == []
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible()


def test_stopped_passkey_says_what_to_do(own_page):
    page = own_page
    sign_out(page)
    # The browser has no passkey for this address.
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "The passkey wasn’t used: you or your device stopped, or it took too long. Try again."
    )


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
