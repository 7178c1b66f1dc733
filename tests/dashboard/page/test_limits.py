"""No address may hold a NUL character or more values than a page can take, whatever it asks for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.page.limits import LONGEST_QUERY, MOST_VALUES
from tests.dashboard.reading import page_of

NAMES = [
    "q",
    "not.account",
    "not.idp_id",
    "not.user_email",
    "problem",
    "not.problem",
    "open",
    "user_email",
    "account",
    "status",
    "day",
    "stream",
    "after",
    "before",
    "no such name",
]
PATHS = ["/", "/logins/", "/scim/", "/scim/problems/", "/logins/by-app/", "/people/", "/sync/", "/views/", "/sign-in/"]


@pytest.mark.parametrize("name", NAMES)
def test_nul_is_refused_by_name(name, make_login, make_update, signed_in):
    make_login()
    make_update()
    for path in PATHS:
        response = signed_in.get(path, {name: ["x", "a\0b"]})
        text = page_of(response).text
        assert response.status_code == 400
        assert f"{name} holds a NUL character, which no row can hold. Take it out of the address." in text
        assert "meridian.example" not in text


def test_refused_export_is_plain_text(account, signed_in):
    response = signed_in.get("/logins.csv?ray_id=1&ray_id=%00")
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert (
        response.content.decode()
        == "ray_id holds a NUL character, which no row can hold. Take it out of the address.\n"
    )


@pytest.mark.parametrize(
    "address",
    ["/logins/", "/logins.csv", "/scim/", "/scim.csv", "/logins/by-app/", "/people/", "/scim/problems/", "/"],
)
@pytest.mark.parametrize("values", [["a"] * 985, ["x" * 30] * 990, ["a"] * (MOST_VALUES + 1)], ids=len)
def test_too_many_values_are_refused(address, values, account, signed_in):
    response = signed_in.get(address, {"q": values})
    assert response.status_code == 400
    assert f"This address has {len(values)} values, and at most 100 can be read." in response.content.decode()


@pytest.mark.parametrize("name", ["q", "user_email", "app_domain", "ip_address", "not.app_name", "not.user_email"])
def test_most_values_are_answered(name, make_login, signed_in):
    make_login()
    assert signed_in.get("/logins/", {name: [f"a{number}" for number in range(MOST_VALUES)]}).status_code == 200


@pytest.mark.parametrize("name", ["q", "resource_user_email", "error_description", "resource", "not.request_body"])
def test_most_values_of_scim_answered(name, make_update, signed_in):
    make_update()
    assert signed_in.get("/scim/", {name: [f"a{number}" for number in range(MOST_VALUES)]}).status_code == 200


def test_overlong_address_is_refused(account, signed_in):
    response = signed_in.get("/logins/", {"q": "x" * LONGEST_QUERY})
    assert response.status_code == 400
    assert "This address is too long: 8,002 characters, and at most 8,000 can be read." in page_of(response).text
    assert b"x" * 100 not in response.content


def test_unclear_name_is_never_markup(account, signed_in):
    response = signed_in.get("/logins/?%3Cscript%3E=%00")
    assert response.status_code == 400
    assert b"<script>" not in response.content


@pytest.mark.parametrize(("size", "status"), [(1_000_001, 413), (990_000, 200)])
def test_overlong_form_is_refused(size, status, account, signed_in):
    response = signed_in.post("/search/", {"q": "x" * size})
    assert response.status_code == status
    assert ("A form can hold 1.0 MB, and this one holds more." in page_of(response).text) == (status == 413)
    assert b"x" * 25_000 not in response.content


def test_too_many_fields_are_refused(account, signed_in):
    for response in (
        signed_in.post("/search/", {f"a{number}": "" for number in range(1_001)}),
        signed_in.get("/logins/", {f"a{number}": "" for number in range(1_001)}),
    ):
        assert response.status_code == 400
        assert "More than 1,000 values were sent, and no page takes that many." in page_of(response).text


# How many requests a session may send


@pytest.fixture
def few(settings, account, django_user_model):
    """A browser that may send three requests a minute."""
    settings.REQUESTS_PER_MINUTE = 3
    browser = Client()
    browser.force_login(django_user_model.objects.create_superuser("few", password="a long enough password"))
    return browser


def test_session_above_limit_waits(few, time_machine):
    assert [few.get("/glossary/").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = few.get("/glossary/")
    seconds = int(response["Retry-After"])
    assert 0 < seconds <= 60
    assert (
        "More than 3 requests came from this session within a minute. Nothing was changed. "
        f"Wait {seconds} seconds, then try again." in page_of(response).text
    )
    assert few.get("/logins.csv")["Content-Type"] == "text/plain; charset=utf-8"
    time_machine.shift(120)
    assert few.get("/glossary/").status_code == 200


def test_health_checks_are_never_counted(few):
    assert [few.get("/healthz").status_code for _ in range(9)] == [200] * 9
    assert [few.get("/glossary/").status_code for _ in range(3)] == [200] * 3
    assert [few.get("/readyz").status_code for _ in range(9)] == [200] * 9


def test_each_session_has_own_limit(few, settings):
    for _ in range(4):
        few.get("/glossary/")
    first = few.cookies["sessionid"].value
    few.logout()
    few.force_login(User.objects.get())
    assert few.cookies["sessionid"].value != first
    assert few.get("/glossary/").status_code == 200
