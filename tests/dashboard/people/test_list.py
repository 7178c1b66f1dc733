"""Finding people by a part of their address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.people.views import PeopleView
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in


def names(page):
    return [row[0] for row in page.rows[1:]]


@pytest.fixture
def people(make_login, make_update):
    make_login(user_email="Ada@Meridian.example", created_at=NOW - timedelta(minutes=50), allowed=True)
    make_login(user_email="ada@meridian.example", created_at=NOW - timedelta(minutes=5))
    make_login(user_email="bob@meridian.example", created_at=NOW - timedelta(minutes=20), allowed=True)
    make_update(resource_user_email="cy_d@other.example", logged_at=NOW - timedelta(minutes=1), cf_resource_id="c")


def test_people_are_listed_most_recent_first(signed_in, people):
    page = page_of(signed_in.get("/people/"))
    assert names(page) == ["cy_d@other.example", "ada@meridian.example", "bob@meridian.example"]
    assert page.link("ada@meridian.example") == "/people/ada@meridian.example/"


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("ADA", ["ada@meridian.example"]),
        ("meridian", ["ada@meridian.example", "bob@meridian.example"]),
        ("cy_", ["cy_d@other.example"]),
        ("%", []),
        ("_", ["cy_d@other.example"]),
    ],
)
def test_search_matches_any_part_of_email(signed_in, people, part, found):
    assert names(page_of(signed_in.get("/people/", {"q": part}))) == found


def test_last_login_result_is_shown(signed_in, people):
    rows = {row[0]: row for row in page_of(signed_in.get("/people/")).rows[1:]}
    assert rows["ada@meridian.example"][-1] == "Last login denied"
    assert rows["bob@meridian.example"][-1] == "Last login allowed"
    assert rows["cy_d@other.example"][-1] == "–"


def test_simultaneous_denial_counts_as_later(signed_in, make_login):
    make_login(allowed=True)
    make_login(allowed=False)
    assert page_of(signed_in.get("/people/")).rows[1][-1] == "Last login denied"


def test_unmatched_search_links_to_person_page(signed_in, people):
    page = page_of(signed_in.get("/people/", {"q": "eve/@x"}))
    assert "No such address" in page.text
    assert page.link("What is known of it") == "/people/eve%252F@x/"
    assert page.link("Everybody") == "?"


def test_unsynced_list_is_not_zero(signed_in):
    page = page_of(signed_in.get("/people/"))
    assert "Nobody yet" in page.text
    assert page.link("Open Sync") == "/sync/"


def test_truncated_list_says_so(signed_in, make_login):
    for number in range(PeopleView.most + 1):
        make_login(user_email=f"p{number}@meridian.example")
    page = page_of(signed_in.get("/people/"))
    assert len(page.rows) == 1 + PeopleView.most
    assert f"The first {PeopleView.most} of more" in page.text


def test_account_filter_limits_people(signed_in, make_login, other_account):
    make_login(user_email="ada@meridian.example")
    make_login(user_email="ada@meridian.example", account=other_account)
    page = page_of(signed_in.get("/people/", {"account": other_account.account_id}))
    assert [row[:2] for row in page.rows[1:]] == [["ada@meridian.example", "Zenith"]]
    assert page.link("ada@") == f"/people/ada@meridian.example/?account={other_account.account_id}"


def test_invalid_query_shows_nobody(signed_in, people):
    response = signed_in.get("/people/", {"account": "nowhere"})
    assert response.status_code == 400
    assert problems_in(response)[0].startswith("account=nowhere is not known here")
    assert "bob@" not in page_of(response).text


def test_logout_and_services_say_what_they_are(signed_in, make_login):
    make_login(user_email="cy@meridian.example", action="logout", allowed=True)
    make_login(user_email="warp_connector@team.cloudflareaccess.com", connection="service_token")
    rows = {row[0]: row for row in page_of(signed_in.get("/people/")).rows[1:]}
    assert rows["cy@meridian.example"][-1] == "–"
    assert rows["cy@meridian.example"][1].startswith("–No login ")
    assert rows["warp_connector@team.cloudflareaccess.com"][-1] == "Shared by services"
