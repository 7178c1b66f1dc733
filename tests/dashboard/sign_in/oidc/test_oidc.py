"""Somebody signs in by an identity provider, and no answer of it is believed without its checks."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User

from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.role import Role
from dashboard.sign_in.oidc.adapter import FAILED, STALE
from dashboard.sign_in.oidc.identity import DISABLED, HAS_PASSWORD, IS_OTHERS, NO_ADDRESS
from tests.dashboard.reading import page_of
from tests.identity_provider import identity_provider

pytestmark = pytest.mark.django_db


def said(response):
    return unescape(response.content.decode())


@pytest.fixture
def user(client):
    """Who is signed in; None if nobody is."""

    def user():
        key = client.session.get("_auth_user_id")
        return User.objects.get(pk=key).username if key else None

    return user


@pytest.fixture
def refused(sign_in, user):
    """What the page says to somebody who does not get in."""

    def refused():
        response = sign_in()
        assert (response.status_code, user()) == (403, None)
        return said(response)

    return refused


# Signing in


def test_button_leads_to_the_provider(client, provider):
    response = client.get("/sign-in/?next=/logins/%3Frange%3D7d%26x%3D1")
    assert "Sign in with Meridian ID" in response.content.decode()
    assert 'href="/sign-in/oidc/?next=%2Flogins%2F%3Frange%3D7d%26x%3D1"' in response.content.decode()


def test_without_provider_is_no_button(client):
    assert "/sign-in/oidc/" not in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/oidc/").status_code == 404


def test_first_sign_in_makes_the_account(provider, sign_in, user):
    provider.claims |= {"groups": ["it-support", "somebody-else"], "email": "Ada@Meridian.example"}
    response = sign_in("/sign-in/oidc/?next=/logins/")
    assert (response.status_code, response["Location"]) == (302, "/logins/")
    assert user() == "ada@meridian.example"
    account = User.objects.get()
    assert (account.email, account.has_usable_password()) == ("ada@meridian.example", False)
    assert set(account.groups.values_list("name", flat=True)) == {"helpdesk"}
    assert AuditEntry.objects.get(action="signed_in").details == {"by": "OpenID Connect"}


def test_same_person_comes_back(client, provider, sign_in, user):
    sign_in()
    client.logout()
    # The subject is who it is, even if the address has changed, or isn't verified any longer.
    provider.claims |= {"email": "ada.new@meridian.example", "email_verified": False}
    sign_in()
    assert user() == "ada@meridian.example"
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)


def test_groups_count_at_each_sign_in(client, provider, sign_in):
    for groups, roles in ((["data-team"], {"analyst"}), (["it-support"], {"helpdesk"}), ([], set())):
        provider.claims["groups"] = groups
        sign_in()
        assert set(User.objects.get().groups.values_list("name", flat=True)) == roles
        client.logout()


def test_groups_may_be_told_apart(provider, sign_in, settings):
    settings.OIDC_GROUPS_CLAIM = "teams"
    provider.userinfo = {"teams": ["it-support"]}
    sign_in()
    assert set(User.objects.get().groups.values_list("name", flat=True)) == {"helpdesk"}


def test_userinfo_is_not_needed(provider, sign_in, user):
    provider.published = {"userinfo_endpoint": None}
    sign_in()
    assert user() == "ada@meridian.example"


def test_next_page_is_one_of_ours(sign_in):
    assert sign_in("/sign-in/oidc/?next=https://evil.example/")["Location"] == "/"


def test_no_token_or_claim_is_kept(client, provider, sign_in):
    provider.claims["name"] = "Ada Lovelace"
    sign_in()
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {"issuer": provider.address}
    kept = str(dict(client.session.items()))
    assert "eyJ" not in kept
    assert "Lovelace" not in kept


def test_sign_in_is_protected_on_the_way(client, provider):
    query = parse_qs(urlsplit(client.get("/sign-in/oidc/?auth_params=redirect_uri%3Dx&scope=all")["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))
    assert query["redirect_uri"] == ["http://testserver/sign-in/oidc/callback/"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}


# Whose account it is


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email": None},
        {"email": "ａda@meridian.example"},
        {"email": 7},
    ],
    ids=str,
)
def test_only_verified_addresses_count(provider, refused, claims):
    provider.id_token = claims
    assert NO_ADDRESS in refused()
    assert not User.objects.exists()


def test_entra_says_verified_differently(provider, sign_in, user):
    provider.id_token = {"email_verified": None, "xms_edov": True}
    sign_in()
    assert user() == "ada@meridian.example"


def test_password_account_is_not_taken_over(make_user, refused):
    make_user("ada@meridian.example")
    assert HAS_PASSWORD in refused()
    assert not SocialAccount.objects.exists()


def test_invited_account_is_taken(make_user, sign_in, user):
    make_user("ada@meridian.example", role=Role.SECURITY, password=None)
    sign_in()
    assert user() == "ada@meridian.example"
    assert set(User.objects.get().groups.values_list("name", flat=True)) == {"security"}


def test_reused_address_is_another_person(client, provider, sign_in, refused):
    sign_in()
    client.logout()
    provider.claims["sub"] = "ada-2"
    assert IS_OTHERS in refused()


def test_subject_of_another_issuer_is_another(client, provider, sign_in, user, settings):
    sign_in()
    client.logout()
    # The same number at the next provider is another person's.
    with identity_provider(provider.key) as other:
        other.claims["email"] = "grace@meridian.example"
        settings.OIDC_ISSUER = other.address
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = other.address
        sign_in()
    assert user() == "grace@meridian.example"


def test_account_moves_to_another_issuer(client, provider, sign_in, user):
    sign_in()
    client.logout()
    SocialAccount.objects.update(extra_data={"issuer": "https://old.example"}, uid="old")
    sign_in()
    assert user() == "ada@meridian.example"
    assert SocialAccount.objects.filter(user__username="ada@meridian.example").count() == 2


def test_disabled_account_stays_out(client, provider, sign_in, refused):
    sign_in()
    client.logout()
    User.objects.update(is_active=False)
    assert DISABLED in refused()


@pytest.mark.parametrize(("path", "status"), [("", 200), ("sessions/", 200), ("password/", 403), ("confirm/", 403)])
def test_account_without_password_has_pages(client, sign_in, path, status):
    sign_in()
    assert client.get(f"/account/{path}").status_code == status


def test_nothing_to_confirm_with_is_told(client, sign_in):
    sign_in()
    assert "Sign out, sign in again" in page_of(client.get("/account/confirm/")).text


# What is refused


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": "grace-1"},
        {"azp": "somebody-else"},
    ],
    ids=str,
)
def test_wrong_id_token_is_refused(provider, refused, claims):
    provider.id_token = claims
    assert FAILED in refused()


@pytest.mark.parametrize("nonce", [None, "another", ["x"]])
def test_wrong_nonce_is_refused(provider, refused, nonce):
    provider.id_token = {"nonce": nonce}
    assert STALE in refused()


def test_forged_signature_is_refused(provider, refused, signing_keys):
    provider.key = signing_keys["forged"]
    assert FAILED in refused()


def test_another_verifier_is_refused(client, provider, begin, user):
    back = begin()
    session = client.session
    [(state, begun)] = session["socialaccount_states"].items()
    begun[0]["pkce_code_verifier"] = "x" * 43
    session["socialaccount_states"] = {state: begun}
    session.save()
    assert FAILED in said(client.get(back))
    assert (provider.refused, user()) == ([["verifier"]], None)


def test_state_of_another_browser_is_refused(client, provider, begin, user):
    back = begin()
    client.cookies.clear()
    assert STALE in said(client.get(back))
    assert user() is None
    assert "/token" not in provider.asked


def test_answer_counts_once(client, provider, begin):
    back = begin()
    client.get(back)
    client.logout()
    assert STALE in said(client.get(back))


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_odd_configuration_is_refused(client, provider, published):
    provider.published = published
    assert FAILED in said(client.get("/sign-in/oidc/"))


def test_configuration_is_asked_for_seldom(client, provider, sign_in, time_machine):
    sign_in()
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    provider.published = {"issuer": "https://evil.example"}
    time_machine.shift(301)
    client.logout()
    for _ in range(20):
        client.get("/sign-in/oidc/")
    assert provider.asked.count("/.well-known/openid-configuration") == 2


def test_unreachable_provider_says_so(client, settings, provider):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": "http://127.0.0.1:9"}
    assert FAILED in said(client.get("/sign-in/oidc/"))


def test_refusal_of_the_provider_is_told(client, provider, begin):
    provider.answers_error = "server_error"
    assert FAILED in said(client.get(begin()))
    provider.answers_error = "access_denied"
    assert client.get(begin())["Location"] == "/sign-in/"


def test_another_site_begins_no_sign_in(client, provider):
    assert client.get("/sign-in/oidc/", headers={"Sec-Fetch-Site": "cross-site"})["Location"] == "/sign-in/"
    assert client.get("/sign-in/oidc/", headers={"Sec-Fetch-Site": "same-origin"})["Location"] != "/sign-in/"
    assert client.post("/sign-in/oidc/").status_code == 405


def test_sign_ins_of_a_network_are_limited(client, provider, monkeypatch, time_machine):
    monkeypatch.setattr("dashboard.sign_in.oidc.views.LIMIT", "3/5m/ip")
    assert [client.get("/sign-in/oidc/").status_code for _ in range(5)] == [302, 302, 302, 429, 429]
    assert client.get("/sign-in/oidc/callback/?state=x&code=y").status_code == 429
    assert client.get("/sign-in/oidc/", REMOTE_ADDR="192.0.2.7").status_code == 302
    time_machine.shift(301)
    assert client.get("/sign-in/oidc/").status_code == 302


def test_refusals_are_in_the_audit_log(provider, refused, caplog):
    provider.id_token = {"aud": "somebody-else"}
    refused()
    refused()
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.details) == ("sign_in_failed", {"by": "OpenID Connect", "reason": "answer"})
    assert "The ID token is not valid." in caplog.text
    assert "eyJ" not in caplog.text
