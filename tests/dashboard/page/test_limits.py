"""No address may hold a NUL character or more values than a page can take, whatever it asks for."""

from __future__ import annotations

import pytest

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
