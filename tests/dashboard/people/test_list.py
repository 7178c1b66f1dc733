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


def test_everybody_is_listed_who_was_seen_last_first(signed_in, people):
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
def test_any_part_of_an_address_finds_it_whatever_its_case(signed_in, people, part, found):
    assert names(page_of(signed_in.get("/people/", {"q": part}))) == found


def test_what_the_last_login_was_is_said(signed_in, people):
    rows = {row[0]: row for row in page_of(signed_in.get("/people/")).rows[1:]}
    assert rows["ada@meridian.example"][-1] == "Last login denied"
    assert rows["bob@meridian.example"][-1] == "Last login allowed"
    assert rows["cy_d@other.example"][-1] == "–"


def test_a_denial_at_the_same_moment_as_a_success_counts_as_the_later(signed_in, make_login):
    make_login(allowed=True)
    make_login(allowed=False)
    assert page_of(signed_in.get("/people/")).rows[1][-1] == "Last login denied"


def test_a_part_that_nobody_has_leads_to_what_is_known_of_it(signed_in, people):
    page = page_of(signed_in.get("/people/", {"q": "eve/@x"}))
    assert "No such address" in page.text
    assert page.link("What is known of it") == "/people/eve%252F@x/"
    assert page.link("Everybody") == "?"


def test_before_the_first_sync_nobody_is_no_real_zero(signed_in):
    page = page_of(signed_in.get("/people/"))
    assert "Nobody yet" in page.text
    assert page.link("Open Sync") == "/sync/"


def test_more_people_than_are_listed_are_said_to_be_more(signed_in, make_login):
    for number in range(PeopleView.most + 1):
        make_login(user_email=f"p{number}@meridian.example")
    page = page_of(signed_in.get("/people/"))
    assert len(page.rows) == 1 + PeopleView.most
    assert f"The first {PeopleView.most} of more" in page.text


def test_people_of_one_account_are_those_of_that_account(signed_in, make_login, other_account):
    make_login(user_email="ada@meridian.example")
    make_login(user_email="ada@meridian.example", account=other_account)
    page = page_of(signed_in.get("/people/", {"account": other_account.account_id}))
    assert [row[:2] for row in page.rows[1:]] == [["ada@meridian.example", "Zenith"]]
    assert page.link("ada@") == f"/people/ada@meridian.example/?account={other_account.account_id}"


def test_an_address_with_a_mistake_shows_nobody_and_says_what_is_wrong(signed_in, people):
    response = signed_in.get("/people/", {"account": "nowhere"})
    assert response.status_code == 400
    assert problems_in(response)[0].startswith("account=nowhere is not known here")
    assert "bob@" not in page_of(response).text
