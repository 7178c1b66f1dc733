"""One login, with every field of it and what the same person did around it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.lists.events.logins import MOST_NEIGHBOURS
from logsync.models import Account
from tests.conftest import NOW
from tests.dashboard.reading import page_of

AT = NOW - timedelta(hours=1)


@pytest.fixture
def page(signed_in):
    """The page of one login."""
    return lambda login: page_of(signed_in.get(login.get_absolute_url()))


@pytest.fixture
def neighbours(signed_in):
    """The rows of both logs around a login, newest first."""

    def around(login):
        shown = signed_in.get(login.get_absolute_url()).context["open"].neighbours
        return [one.login or one.update for one in shown]

    return around


def test_a_login_has_an_address_of_its_own(make_login, page):
    login = make_login()
    assert login.get_absolute_url() == f"/logins/{login.key.hex}/"
    text = page(login).text
    assert "ada@meridian.example was denied at Grafana" in text
    assert "The log says that a login was denied; it does not say why." in text


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (True, "was allowed at Grafana"),
        (False, "was denied at Grafana"),
        (None, "tried to log in at Grafana"),
        (None, "Cloudflare did not say whether it was allowed."),
    ],
)
def test_a_login_says_what_the_log_says(allowed, words, make_login, page):
    login = make_login(allowed=allowed)
    assert words in page(login).text
    assert ("does not say why" in page(login).text) is (allowed is False)


def test_a_login_without_names_is_told_by_what_it_has(make_login, page):
    login = make_login(user_email="", app_name="")
    assert "Someone without an address was denied at grafana.meridian.example/login" in page(login).text
    login = make_login(user_email="", app_name="", app_domain="", app_uid="a")
    assert "Someone without an address was denied at a" in page(login).text
    login = make_login(user_email="", app_name="", app_domain="", app_uid="")
    assert "Someone without an address was denied at Unnamed app" in page(login).text


def test_a_login_without_a_time_says_so(make_login, page):
    login = make_login(extra={"created_at": "soon"})
    assert "Cloudflare gave no time." in page(login).text


def test_the_raw_record_is_what_cloudflare_sent(make_login, signed_in):
    login = make_login(
        country="", extra={"country": None, "purpose": {"a": [1]}, "created_at": "2026-11-19T13:06:12.1Z"}
    )
    raw = json.loads(signed_in.get(login.get_absolute_url()).context["open"].raw)
    assert raw.items() >= {"created_at": "2026-11-19T13:06:12.1Z", "country": None, "purpose": {"a": [1]}}.items()
    assert raw.items() >= {"allowed": False, "ray_id": login.ray_id}.items()
    assert "arrived_at" not in raw


def test_a_field_of_tomorrow_is_shown_whatever_it_is_called(make_login, page):
    login = make_login(extra={"items": "abc", "keys": 1, "get": [1]})
    names = {term.text for term in page(login).all("dt")}
    assert names >= {"extra.items", "extra.keys", "extra.get"}


# The neighbours


def test_what_the_same_person_did_is_shown_from_both_logs_newest_first(make_login, make_update, neighbours):
    rows = [
        make_login(created_at=AT + timedelta(minutes=29), allowed=True),
        make_update(logged_at=AT + timedelta(minutes=1)),
        make_login(created_at=AT),
        make_update(logged_at=AT - timedelta(minutes=1), status="SUCCESS"),
        make_login(created_at=AT - timedelta(minutes=30)),
    ]
    assert neighbours(rows[2]) == rows


def test_the_login_itself_stands_among_its_neighbours(make_login, page):
    login = make_login()
    make_login(created_at=AT + timedelta(minutes=1))
    here = [item for item in page(login).all("li") if item.attrs.get("aria-current") == "true"]
    assert len(here) == 1
    assert "Denied" in here[0].text


def test_whoever_is_elsewhere_or_at_another_time_is_no_neighbour(make_login, make_update, neighbours):
    other = Account.objects.create(account_id="1" * 32)
    login = make_login()
    make_login(user_email="bob@meridian.example")
    make_login(account=other)
    make_update(account=other)
    make_update(resource_user_email="")
    make_login(created_at=AT + timedelta(minutes=30))
    make_login(created_at=AT - timedelta(minutes=31))
    assert neighbours(login) == [login]


def test_a_person_is_the_same_in_capitals(make_login, make_update, neighbours):
    login = make_login()
    capitals = make_login(user_email="ADA@Meridian.Example", created_at=AT + timedelta(minutes=1))
    update = make_update(resource_user_email="Ada@meridian.example", logged_at=AT - timedelta(minutes=1))
    assert neighbours(login) == [capitals, login, update]


def test_what_stands_for_any_letter_in_a_database_is_a_letter_here(make_login, neighbours):
    login = make_login(user_email="a_a%@meridian.example")
    make_login(user_email="ada1@meridian.example")
    assert neighbours(login) == [login]


def test_a_login_of_nobody_has_no_neighbours(make_login, page, neighbours):
    login = make_login(user_email="")
    make_login(user_email="")
    assert neighbours(login) == []
    assert "The row names no person, so none can be looked for." in page(login).text


def test_of_many_neighbours_the_newest_are_shown_and_the_login_itself_always(make_login, make_update, neighbours):
    login = make_login()
    for minute in range(25):
        make_login(created_at=AT + timedelta(minutes=minute))
        make_update(logged_at=AT + timedelta(minutes=minute))
    shown = neighbours(login)
    assert login in shown
    assert len(shown) == 2 * MOST_NEIGHBOURS + 1


def test_neighbours_lead_to_their_own_pages(make_login, make_update, page):
    login, update = make_login(), make_update(request_method="PATCH")
    hrefs = {link.href for link in page(login).all("a")}
    assert hrefs >= {login.get_absolute_url(), update.get_absolute_url()}


# No such login


@pytest.mark.parametrize("key", ["0" * 32, "x", "by-apps", "1", "f" * 31, "f" * 33, "deadbeef-not-a-key"])
@pytest.mark.parametrize("room", ["logins", "scim"])
def test_a_key_that_nothing_has_is_answered_with_a_plain_page(room, key, account, signed_in):
    response = signed_in.get(f"/{room}/{key}/")
    assert response.status_code == 404
    page = page_of(response)
    assert "There is no such page" in page.text
    assert "KEEP_EVENTS_DAYS" in page.text
    assert page.link("To the logins") == "/"


def test_the_key_of_an_update_is_not_that_of_a_login(make_login, make_update, signed_in):
    assert signed_in.get(f"/logins/{make_update().key.hex}/").status_code == 404
    assert signed_in.get(f"/scim/{make_login().key.hex}/").status_code == 404


def test_an_event_costs_the_same_however_much_is_around_it(
    make_login, make_update, signed_in, django_assert_max_num_queries
):
    login = make_login()
    make_update()
    with django_assert_max_num_queries(15) as few:
        signed_in.get(login.get_absolute_url())
    for _ in range(15):
        make_login()
        make_update()
    with django_assert_max_num_queries(len(few)):
        signed_in.get(login.get_absolute_url())
