"""What went wrong is said within the navigation, with what to do next."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"


@pytest.fixture
def broken(signed_in, monkeypatch):
    """A page that fails, for a browser that gets to see the answer."""

    def fail(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("dashboard.search.views.recognise", fail)
    signed_in.raise_request_exception = False
    return signed_in


def test_missing_page_keeps_navigation(account, signed_in):
    response = signed_in.get("/nowhere/", headers={"Referer": "http://testserver/logins/?range=7d"})
    page = page_of(response)
    assert response.status_code == 404
    assert [heading.text for heading in page.all("h1")] == ["Page not found"]
    assert "The address may be cut off or mistyped." in page.text
    assert page.link("Go back") == "/logins/?range=7d"
    assert {"/logins/", "/scim/", "/people/"} <= {link.href for link in page.all("a")}
    assert any(form.attrs.get("action") == "/search/" for form in page.forms)


def test_missing_event_says_why(account, signed_in):
    text = page_of(signed_in.get(f"/logins/{'0' * 32}/")).text
    assert "KEEP_EVENTS_DAYS" in text


@pytest.mark.parametrize(
    "referrer", ["https://evil.example/", "http://testserver//evil.example/", "http://testserver/nowhere/", "x", ""]
)
def test_way_back_is_ours_or_none(referrer, account, signed_in):
    page = page_of(signed_in.get("/nowhere/", headers={"Referer": referrer}))
    assert not page.has_link("Go back")


def test_stranger_sees_no_navigation(client, db):
    page = page_of(client.get("/nowhere/"))
    assert {link.href for link in page.all("a")} == {"/"}


def test_failed_page_can_be_tried_again(broken):
    response = broken.get("/search/?q=a%20b")
    page = page_of(response)
    assert response.status_code == 500
    assert page.link("Try again") == "/search/?q=a%20b"
    assert page.has_link("Logins")
    assert "tell whoever runs Gatehouse that it was at 19 Nov 2026 14:06:12 UTC" in page.text
    assert "a bug" not in page.text


def test_failed_form_is_not_repeated(broken):
    page = page_of(broken.post("/search/", {"q": "a"}))
    assert not page.has_link("Try again")


def test_broken_navigation_leaves_bare_page(broken, monkeypatch):
    def fail(request):
        raise OperationalError("no database")

    monkeypatch.setattr("dashboard.navigation._freshness", fail)
    response = broken.get("/search/?q=a")
    assert response.status_code == 500
    assert "Something went wrong" in page_of(response).text


def test_refused_address_keeps_navigation(account, signed_in):
    page = page_of(signed_in.get("/logins/?ray_id=%00"))
    assert "holds a NUL character" in page.text
    assert page.has_link("People")


def test_stale_form_is_not_a_dead_end(account, make_user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("kim"))
    response = strict.post("/sync/now/", headers={"Referer": "http://testserver/sync/?range=7d"})
    page = page_of(response)
    assert response.status_code == 403
    assert "Your session changed" in page.text
    assert page.link("Go back") == "/sync/?range=7d"
    assert page.has_link("Logins")


@pytest.mark.parametrize("path", ["/views/save/", "/sign-out/", "/preferences/"])
def test_address_of_a_form_is_not_a_dead_end(path, account, signed_in):
    response = signed_in.get(path)
    page = page_of(response)
    assert (response.status_code, response["Allow"].split(", ")[0]) == (405, "POST")
    assert "It only takes what a form on another page sends." in page.text
    assert page.has_link("Logins")
