"""Preferences are kept in cookies, and machines are answered."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.dashboard.reading import page_of


@pytest.fixture
def prefer(client):
    """Send a choice, and get the answer."""
    return lambda **choice: client.post("/preferences/", choice)


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "dark"), ("theme", "auto"), ("clock", "local"), ("time_zone", "Europe/Berlin"), ("time_zone", "UTC")],
)
def test_preference_lasts_a_year(name, value, prefer):
    cookie = prefer(**{name: value}).cookies[name]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (value, 365 * 24 * 3600, "Lax")


def test_preference_is_secure_over_https(prefer, settings):
    settings.SESSION_COOKIE_SECURE = True
    assert prefer(theme="dark").cookies["theme"]["secure"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "purple"), ("clock", "moon"), ("time_zone", "Berlin"), ("time_zone", "../etc/passwd"), ("other", "x")],
)
def test_invalid_preference_is_not_stored(name, value, prefer):
    assert not prefer(**{name: value}).cookies


def test_time_zone_applies_to_next_page(make_login, signed_in):
    make_login()
    signed_in.post("/preferences/", {"clock": "local", "time_zone": "Europe/Berlin"})
    times = page_of(signed_in.get("/logins/")).all("time")
    assert [time.text for time in times] == ["14:06:12"]


def test_theme_applies_to_next_page(account, signed_in):
    signed_in.post("/preferences/", {"theme": "dark"})
    assert page_of(signed_in.get("/logins/")).all("html")[0].attrs["data-bs-theme"] == "dark"


@pytest.mark.parametrize("address", ["/logins/?user_email=a%40b&sort=ray_id", "/sync/", "http://testserver/scim/"])
def test_preference_redirects_to_same_page(address, prefer):
    response = prefer(theme="dark", next=address)
    assert (response.status_code, response["Location"]) == (302, address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " https://evil.example/",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "true",
        "logins:list",
        "?q=x",
    ],
)
def test_preference_never_redirects_elsewhere(address, prefer):
    assert prefer(theme="dark", next=address)["Location"] == "/"


def test_preference_needs_post(client, db):
    assert client.get("/preferences/").status_code == 405


def test_preference_needs_csrf_token(db):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/preferences/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Your session changed" in page_of(response).text
    assert not response.cookies


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_machines_are_answered_without_signing_in(path, client, db):
    response = client.get(path)
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"ok\n", "text/plain")


@pytest.mark.parametrize("browser", ["client", "signed_in"])
def test_unreachable_database_is_unready_but_healthy(browser, request, db, monkeypatch):
    client = request.getfixturevalue(browser)

    def refuse():
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        ready, healthy = client.get("/readyz"), client.get("/healthz")
    assert (ready.status_code, ready.content) == (503, b"the database does not answer\n")
    assert healthy.status_code == 200


def test_health_check_makes_no_queries(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        client.get("/healthz")
