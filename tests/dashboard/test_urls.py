"""Every address: who gets in, who is asked to sign in first, and what is not there."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"
OPEN_TO_ALL = {
    "sign-in/",
    "sign-in/oidc/",
    "sign-in/oidc/callback/",
    "sign-out/",
    "password/MQ/a-b/",
    "preferences/",
    ".well-known/security.txt",
    "healthz",
    "readyz",
}


# They go on with a sign-in, and lead to its beginning where there is none.
LATER_STEPS = {"sign-in/code/", "sign-in/passkey/"}


@pytest.fixture
def sam(make_user):
    return make_user("sam", password=PASSWORD)


def routes(resolver: URLResolver | None = None, before: str = "") -> list[str]:
    """Every address there is, with the name of a key where one belongs."""
    found: list[str] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        found += [route] if isinstance(pattern, URLPattern) else routes(pattern, route)
    return found


def addresses() -> list[str]:
    """Every address there is, with a key where one belongs."""
    found = routes()
    examples = {
        "<slug:key>": "0" * 32,
        "<int:view>": "1",
        "<int:number>": "1",
        "<int:user>": "1",
        "<slug:kind>": "app",
        "<str:object_id>": "13d976ec",
        "<address:email>": "ada",
    }
    examples |= {"<slug:uidb64>": "MQ", "<slug:token>": "a-b", "<int:pk>": "1"}
    for placeholder, example in examples.items():
        found = [address.replace(placeholder, example) for address in found]
    return found


# What is searched for is kept in the form of the sign-in page.
KEPT = {("search/", "post")}


@pytest.mark.parametrize(
    ("address", "method"), sorted({*product(set(addresses()) - OPEN_TO_ALL - LATER_STEPS, ["get", "post"])} - KEPT)
)
def test_anonymous_visitor_signs_in_and_returns(address, method, client, db):
    response = getattr(client, method)(f"/{address}?user_email=a%40b")
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next=/{address}%3Fuser_email%3Da%2540b"


@pytest.mark.parametrize("address", sorted(LATER_STEPS))
def test_later_step_leads_to_the_first(address, client, db):
    assert client.get(f"/{address}")["Location"] == "/sign-in/"


@pytest.mark.parametrize("address", sorted(OPEN_TO_ALL))
def test_public_pages_need_no_sign_in(address, client, db):
    response = client.get(f"/{address}")
    # Without a contact there is no security.txt.
    assert response.status_code in (200, 404, 405)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("home", "/"),
        ("logins:list", "/logins/"),
        ("logins:csv", "/logins.csv"),
        ("logins:json", "/logins.json"),
        ("logins:by-app", "/logins/by-app/"),
        ("logins:by-person", "/logins/by-person/"),
        ("scim:list", "/scim/"),
        ("scim:csv", "/scim.csv"),
        ("scim:json", "/scim.json"),
        ("people:list", "/people/"),
        ("people:deprovisioned", "/people/deprovisioned/"),
        ("people:deprovisioned-csv", "/people/deprovisioned.csv"),
        ("sync:page", "/sync/"),
        ("glossary", "/glossary/"),
        ("healthz", "/healthz"),
        ("readyz", "/readyz"),
    ],
)
def test_urls_are_stable(name, address):
    assert reverse(name) == address


def test_front_page_is_overview(account, signed_in):
    page = page_of(signed_in.get("/"))
    assert [heading.text for heading in page.all("h1")] == ["Overview"]


@pytest.mark.parametrize("path", ["/nowhere/", "/logins", "/logins.xml", "/scim/x/y/", "/admin/"])
def test_unknown_page_answers_plain_404(path, signed_in):
    response = signed_in.get(path, follow=True)
    assert response.status_code == 404 or path == "/logins"
    assert "Traceback" not in response.content.decode()


def test_unknown_page_reveals_nothing_to_strangers(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in page_of(response).text


@pytest.mark.parametrize("path", ["/logins/", "/logins.csv", "/logins/by-app/", "/scim/", "/scim.csv"])
def test_lists_allow_head_but_not_post(path, account, signed_in):
    assert signed_in.head(path).status_code == 200
    assert signed_in.post(path).status_code == 405


# Signing in and out


def test_signing_in_returns_to_requested_page(sam, account, client):
    asked = client.get("/logins/?user_email=a%40b&range=7d")
    page = page_of(client.get(asked["Location"]))
    form, _ = page.forms
    sent = {**dict(form.fields), "username": "sam", "password": PASSWORD}
    response = client.post("/sign-in/", sent, follow=True)
    assert response.redirect_chain == [("/logins/?user_email=a%40b&range=7d", 302)]
    assert response.status_code == 200


def test_plain_sign_in_leads_to_overview(sam, account, client):
    response = client.post("/sign-in/", {"username": "sam", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[0] == ("/", 302)


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_elsewhere(address, sam, client):
    assert (
        "evil" not in client.post("/sign-in/", {"username": "sam", "password": PASSWORD, "next": address})["Location"]
    )
    signed_in_already = client.get("/sign-in/", {"next": address})
    assert signed_in_already["Location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("sam", "wrong"), ("nobody", PASSWORD), ("", ""), ("<b>sam</b>", "x"), ("sam\0", PASSWORD)]
)
def test_wrong_credentials_are_not_distinguished(name, password, sam, client):
    response = client.post("/sign-in/", {"username": name, "password": password, "next": "/scim/"})
    page = page_of(response)
    assert "The user name or password is wrong." in page.text
    assert not page.all("b")
    assert dict(page.forms[0].fields)["next"] == "/scim/"
    assert client.get("/logins/").status_code == 302


def test_inactive_user_cannot_sign_in(sam, client):
    User.objects.update(is_active=False)
    response = client.post("/sign-in/", {"username": "sam", "password": PASSWORD})
    assert "The user name or password is wrong." in page_of(response).text


def test_deactivated_user_is_signed_out(account, signed_in):
    assert signed_in.get("/logins/").status_code == 200
    User.objects.update(is_active=False)
    assert signed_in.get("/logins/").status_code == 302


def test_signing_out_ends_the_session(account, signed_in):
    response = signed_in.post("/sign-out/")
    assert response["Location"] == "/sign-in/"
    assert signed_in.get("/logins/").status_code == 302


def test_get_request_signs_nobody_out(account, signed_in):
    assert signed_in.get("/sign-out/").status_code == 405
    assert signed_in.get("/logins/").status_code == 200


@pytest.mark.parametrize("path", ["/sign-out/", "/sync/now/", "/preferences/"])
def test_posts_need_csrf_token(path, sam):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    response = strict.post(path, {"theme": "dark"})
    assert response.status_code == 403
    assert "Traceback" not in page_of(response).text


def test_every_post_form_has_csrf_token(account, make_stream, signed_in):
    make_stream()
    for path in ("/logins/", "/scim/", "/sync/"):
        forms = page_of(signed_in.get(path)).forms
        sending = [form for form in forms if (form.attrs.get("method") or "get") == "post"]
        assert sending
        assert all("csrfmiddlewaretoken" in dict(form.fields) for form in sending)
        assert not any("csrfmiddlewaretoken" in dict(form.fields) for form in forms if form not in sending)
