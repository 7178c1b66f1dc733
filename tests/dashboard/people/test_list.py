"""Finding people by a part of their address or name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.people.views import PeopleView
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in, records_of


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


@pytest.mark.parametrize("text", ["dlamini", "Dlamini Zanele", '"zanele dlamini"'])
def test_search_matches_name_in_scim(signed_in, people, make_update, text):
    make_update(resource_user_email="zd@meridian.example", request_body='{"displayName":"Zanele Dlamini"}')
    assert names(page_of(signed_in.get("/people/", {"q": text}))) == ["zd@meridian.example"]


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
    assert "No address found" in page.text
    assert page.link("Look up this address") == "/people/eve%252F@x/"
    assert page.link("Show everyone") == "?"


def test_unsynced_list_is_not_zero(signed_in):
    page = page_of(signed_in.get("/people/"))
    assert "Nobody yet" in page.text
    assert page.link("Open Sync") == "/sync/"


def test_truncated_list_says_so(signed_in, make_login):
    for number in range(PeopleView.most + 1):
        make_login(user_email=f"p{number}@meridian.example")
    page = page_of(signed_in.get("/people/"))
    assert len(page.rows) == 1 + PeopleView.most
    assert f"Showing the {PeopleView.most} people seen most recently" in page.text


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
    assert rows["cy@meridian.example"][1].startswith("–No login, seen ")
    assert rows["warp_connector@team.cloudflareaccess.com"][-1] == "Shared by services"


def test_row_without_a_time_claims_none(signed_in, make_login, make_update):
    make_login(user_email="ada@x.example", created_at=NOW - timedelta(hours=1), lacks_time=True)
    make_update(resource_user_email="bob@x.example", logged_at=NOW - timedelta(hours=2), lacks_time=True)
    make_login(user_email="cy@x.example", created_at=NOW - timedelta(hours=3), lacks_time=True)
    make_login(user_email="cy@x.example", created_at=NOW - timedelta(hours=3), allowed=True)
    rows = {row[0]: row[1:5] for row in page_of(signed_in.get("/people/")).rows[1:]}
    assert rows == {
        "ada@x.example": ["no time given", "–", "Last denied no time given", "–"],
        "bob@x.example": ["–SCIM no time given", "–", "–No denial found", "no time given"],
        "cy@x.example": ["19 Nov 11:06:12", "19 Nov 11:06:12", "Last denied 19 Nov 11:06:12", "–"],
    }
    exported = records_of(signed_in.get("/people.csv"))
    assert [row["last_login_at"] for row in exported] == ["", "", "2026-11-19T11:06:12.000000Z"]
    assert [row["last_scim_update_at"] for row in exported] == ["", "", ""]


def test_untimed_rows_cost_no_query_each(signed_in, make_login, django_assert_max_num_queries):
    make_login(user_email="p@x.example")
    with django_assert_max_num_queries(30) as few:
        signed_in.get("/people/")
    for number in range(20):
        make_login(user_email=f"p{number}@x.example", lacks_time=bool(number % 2))
    with django_assert_max_num_queries(len(few)):
        signed_in.get("/people/")
