"""Every answer has the headers that keep a browser from doing more than showing it, and keeps no personal page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.dashboard.test_urls import addresses

EXPECTED = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The doctor asks a log of Cloudflare's, and waits for it.
LEFT_OUT = {"sync/now/", "sync/doctor/"}


def missing(response):
    """What an answer lacks, or says otherwise."""
    wrong = {name: response.get(name) for name, value in EXPECTED.items() if response.get(name) != value}
    policy = response.get("Content-Security-Policy", "")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    if directives != POLICY:
        wrong["Content-Security-Policy"] = policy
    if "camera=()" not in response.get("Permissions-Policy", ""):
        wrong["Permissions-Policy"] = response.get("Permissions-Policy")
    if any(response.get(name) for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin")):
        wrong["told too much"] = dict(response.headers)
    return wrong


@pytest.fixture
def broken_search(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("dashboard.search.views.recognise", fail)


def test_every_answer_has_headers(make_login, make_update, signed_in, broken_search):
    make_login()
    make_update()
    strict = Client(enforce_csrf_checks=True)
    statuses = set()
    for browser in (signed_in, Client(), strict):
        browser.raise_request_exception = False
        for address in sorted(set(addresses()) - LEFT_OUT - {"sign-out/"}):
            for response in (browser.get(f"/{address}"), browser.post(f"/{address}")):
                assert missing(response) == {}, (address, response.status_code)
                statuses.add(response.status_code)
    asked = [
        signed_in.get("/search/?q=x"),
        signed_in.get("/nowhere/"),
        signed_in.get("/logins.csv?range=never"),
        signed_in.get("/logins/", {"q": "x" * 9_000}),
        signed_in.get("/logins/", {f"a{number}": "x" for number in range(1_100)}),
        signed_in.get("/logins/", headers={"Host": "evil.example"}),
        signed_in.get("/logins/", headers={"HX-Request": "true"}),
        Client().get("/logins/", headers={"HX-Request": "true"}),
        signed_in.post("/search/", {"q": "x" * 3_000_000}),
    ]
    for response in asked:
        assert missing(response) == {}, response
    assert {200, 302, 400, 401, 403, 404, 405, 500} <= statuses | {response.status_code for response in asked}


def test_static_files_may_be_kept(client, tmp_path, settings):
    (tmp_path / "x.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path
    response = client.head("/static/x.css")
    assert response["Cache-Control"] == "max-age=60, public"
    assert missing(response).keys() == {"Cache-Control"}


def test_browsers_are_told_to_use_https(settings, client, db):
    assert "Strict-Transport-Security" not in client.get("/sign-in/")
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 3600, True
    for secure in (True, False):
        response = Client().get("/sign-in/", secure=secure)
        assert response["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"


def test_trusted_proxy_makes_ticket_links_https(settings, make_login, signed_in):
    login = make_login()
    of_proxy = {"X-Forwarded-Proto": "https", "Host": "testserver"}
    address = f"/people/{login.user_email}/"
    assert "http://testserver/people/" in signed_in.get(address, headers=of_proxy).content.decode()
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    page = signed_in.get(address, headers=of_proxy).content.decode()
    assert "https://testserver/people/" in page
    assert "http://testserver/people/" not in page


def test_http_is_redirected_but_health_checks(settings, db):
    settings.SECURE_SSL_REDIRECT = True
    browser = Client()
    answer = browser.get("/logins/?user_email=ada")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/logins/?user_email=ada")
    assert missing(answer) == {}
    assert [browser.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
