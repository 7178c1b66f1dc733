"""Two-step sign-in: setting it up, signing in with it, and losing it."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from dashboard.accounts.factors import has_second_factor, remove_factors
from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.roles import Role
from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"


@pytest.fixture
def sam(make_user, account):
    return make_user("sam", password=PASSWORD)


@pytest.fixture
def signed_in(sam, client):
    sign_in(client)
    return client


def sign_in(client, **sent):
    return client.post("/sign-in/", {"username": "sam", "password": PASSWORD, **sent}, follow=True)


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def confirm(client, password=PASSWORD):
    """Show that it is still the same person, on the way to a page that asks for it."""
    return client.post("/account/confirm/?next=/account/two-step/", {"password": password}, follow=True)


@pytest.fixture
def secret(signed_in, django_capture_on_commit_callbacks):
    """Set up an authenticator app; its key."""
    confirm(signed_in)
    page = signed_in.get("/account/two-step/app/")
    secret = page.context["form"].secret
    assert secret in page_of(page).text
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/account/two-step/app/", {"code": code_of(secret)})
    signed_in.post("/sign-out/")
    return secret


def test_setting_up_asks_for_password_first(signed_in):
    assert (
        signed_in.get("/account/two-step/app/")["Location"] == "/account/confirm/?next=%2Faccount%2Ftwo-step%2Fapp%2F"
    )
    assert "The password is wrong." in page_of(confirm(signed_in, "wrong")).text
    assert signed_in.get("/account/two-step/app/").status_code == 302


def test_setting_up_shows_code_and_recovery_codes(signed_in):
    confirm(signed_in)
    response = signed_in.get("/account/two-step/app/")
    assert re.search(r'<img[^>]+src="data:image/svg\+xml;base64,', response.content.decode())
    secret = response.context["form"].secret
    assert "That didn’t match." in page_of(signed_in.post("/account/two-step/app/", {"code": "000000"})).text
    response = signed_in.post("/account/two-step/app/", {"code": code_of(secret)}, follow=True)
    page = page_of(response)
    assert response.redirect_chain == [("/account/two-step/recovery-codes/", 302)]
    assert len(re.findall(r"\b\d{8}\b", page.text)) == 10
    saved = signed_in.get("/account/two-step/recovery-codes.txt").content.decode().split()
    assert saved == re.findall(r"\b\d{8}\b", page.text)


def test_password_alone_does_not_sign_in(secret, client):
    response = sign_in(client, next="/scim/")
    assert response.redirect_chain == [("/sign-in/code/", 302)]
    assert client.get("/views/").status_code == 302
    assert "That didn’t match." in page_of(client.post("/sign-in/code/", {"code": "123456"})).text
    assert client.post("/sign-in/code/", {"code": code_of(secret)})["Location"] == "/scim/"
    assert client.get("/views/").status_code == 200
    by = AuditEntry.objects.filter(action=Action.SIGNED_IN).latest("number").details["by"]
    assert by == "password, authenticator app"


def test_code_works_only_once(secret):
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
    assert first.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 302
    assert second.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 200


def test_pasted_text_survives_both_steps(secret, client):
    sign_in(client, next="/search/", pasted="nothing like it")
    response = client.post("/sign-in/code/", {"code": code_of(secret)}, follow=True)
    assert "nothing like it" in page_of(response).text


def test_wrong_codes_are_limited_and_recorded(secret, client):
    sign_in(client)
    pages = [page_of(client.post("/sign-in/code/", {"code": "000000"})).text for _ in range(6)]
    assert "There were too many wrong codes." in pages[-1]
    assert client.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 200
    failed = AuditEntry.objects.filter(action=Action.SIGN_IN_FAILED)
    assert {(entry.username, entry.details["by"]) for entry in failed} == {("sam", "TOTP Authenticator")}


def test_recovery_code_signs_in_once(secret, sam, client):
    code = Authenticator.objects.get(user=sam, type="recovery_codes").wrap().get_unused_codes()[0]
    for outcome in (302, 200):
        sign_in(client)
        assert client.post("/sign-in/code/", {"code": code}).status_code == outcome
        client.post("/sign-out/")


def test_dump_of_the_database_holds_no_secret(secret, sam, settings):
    assert secret not in str([*Authenticator.objects.values()])
    settings.SECRET_KEY = "another"
    assert not Authenticator.objects.get(user=sam, type="totp").wrap().validate_code(code_of(secret))


def test_giving_up_leads_back_to_sign_in(secret, client):
    sign_in(client)
    assert client.get("/sign-in/")["Location"] == "/sign-in/code/"
    client.post("/sign-out/")
    assert client.get("/sign-in/").status_code == 200


def test_factors_and_removal_are_recorded(secret, sam, rf):
    request = rf.get("/users/")
    assert has_second_factor(sam)
    remove_factors(request, sam)
    assert not has_second_factor(sam)
    entries = AuditEntry.objects.filter(action=Action.FACTORS_CHANGED).values_list("subject", "details")
    assert [*entries] == [
        ("sam", {"added": "TOTP Authenticator"}),
        ("sam", {"added": "Recovery codes"}),
        ("sam", {"removed": ["Recovery codes", "TOTP Authenticator"]}),
    ]


def test_required_factor_comes_before_anything_else(signed_in, settings, make_user):
    settings.REQUIRE_MFA = ("admin",)
    assert signed_in.get("/logins/")["Location"] == "/account/two-step/"
    assert signed_in.get("/account/two-step/").status_code == 200
    refused = signed_in.get("/logins.csv")
    assert (refused.status_code, "Your role needs two-step sign-in." in refused.content.decode()) == (403, True)
    assert signed_in.post("/search/", {"q": "x"}).status_code == 403
    other = Client()
    other.force_login(make_user("ann", role=Role.HELPDESK))
    assert other.get("/logins/").status_code == 200


def test_required_factor_lets_whoever_has_one(secret, client, settings):
    settings.REQUIRE_MFA = ("admin",)
    sign_in(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert client.get("/logins/").status_code == 200


ODD = [
    "",
    "[]",
    "{}",
    '{"id": 1}',
    '{"response": {"userHandle": "MQ"}}',
    '{"response": {"userHandle": "_w"}}',
    "x" * 5000,
]
# As a browser would send it, of a passkey that nobody added.
MADE_UP = """{"type": "public-key", "id": "AAAA", "rawId": "AAAA", "clientExtensionResults": {}, "response":
{"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "%s"}}"""


@pytest.mark.parametrize("sent", [*ODD, MADE_UP % "MQ", MADE_UP % "_w", MADE_UP % ("A" * 400)])
def test_made_up_passkey_is_refused(sent, sam, client):
    client.get("/sign-in/passkey/", headers={"Accept": "application/json"})
    page = page_of(client.post("/sign-in/passkey/", {"credential": sent, "next": "/scim/", "pasted": "text"}))
    assert "Gatehouse doesn’t know this passkey." in page.text
    fields = dict(page.forms[0].fields)
    assert (fields["next"], fields["pasted"]) == ("/scim/", "text")
    assert AuditEntry.objects.get().action == Action.SIGN_IN_FAILED


@pytest.mark.parametrize("sent", [*ODD, MADE_UP % "MQ"])
def test_odd_credential_breaks_no_page(sent, secret, client):
    sign_in(client)
    assert client.post("/sign-in/code/", {"credential": sent}).status_code == 200
    client.post("/sign-in/code/", {"code": code_of(secret)})
    confirm(client)
    assert client.post("/account/two-step/passkeys/add/", {"credential": sent}).status_code == 200


def test_unknown_passkeys_do_not_flood_the_log(account, client):
    for _ in range(5):
        client.post("/sign-in/passkey/", {"credential": "{}"})
    assert AuditEntry.objects.count() == 1
