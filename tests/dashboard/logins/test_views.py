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


def test_login_has_own_page(make_login, page):
    login = make_login()
    assert login.get_absolute_url() == f"/logins/{login.key.hex}/"
    text = page(login).text
    assert "ada@meridian.example was denied at Grafana" in text
    assert "The logs show that this login was denied, not why." in text


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (True, "was allowed at Grafana"),
        (False, "was denied at Grafana"),
        (None, "tried to log in at Grafana"),
        (None, "Cloudflare recorded no result for it."),
    ],
)
def test_page_shows_every_logged_value(allowed, words, make_login, page):
    login = make_login(allowed=allowed)
    assert words in page(login).text
    assert ("was denied, not why" in page(login).text) is (allowed is False)


def test_nameless_login_is_described_by_host(make_login, page):
    login = make_login(user_email="", app_name="")
    assert "Someone without an e-mail was denied at grafana.meridian.example/login" in page(login).text
    login = make_login(user_email="", app_name="", app_domain="", app_uid="a")
    assert "Someone without an e-mail was denied at a" in page(login).text
    login = make_login(user_email="", app_name="", app_domain="", app_uid="")
    assert "Someone without an e-mail was denied at Unnamed app" in page(login).text


def test_login_without_time_says_so(make_login, page):
    login = make_login(lacks_time=True, extra={"created_at": "soon"})
    assert "Cloudflare gave no time." in page(login).text


def test_raw_record_is_as_received(make_login, signed_in):
    login = make_login(
        country="", extra={"country": None, "purpose": {"a": [1]}, "created_at": "2026-11-19T13:06:12.1Z"}
    )
    raw = json.loads(signed_in.get(login.get_absolute_url()).context["open"].raw)
    assert raw.items() >= {"created_at": "2026-11-19T13:06:12.1Z", "country": None, "purpose": {"a": [1]}}.items()
    assert raw.items() >= {"allowed": False, "ray_id": login.ray_id}.items()
    assert "arrived_at" not in raw


def test_unknown_field_is_shown(make_login, page):
    login = make_login(extra={"items": "abc", "keys": 1, "get": [1]})
    names = {term.text for term in page(login).all("dt")}
    assert names >= {"extra.items", "extra.keys", "extra.get"}


# The neighbours


def test_neighbours_come_from_both_logs(make_login, make_update, neighbours):
    rows = [
        make_login(created_at=AT + timedelta(minutes=29), allowed=True),
        make_update(logged_at=AT + timedelta(minutes=1)),
        make_login(created_at=AT),
        make_update(logged_at=AT - timedelta(minutes=1), status="SUCCESS"),
        make_login(created_at=AT - timedelta(minutes=30)),
    ]
    assert neighbours(rows[2]) == rows


def test_login_is_marked_among_neighbours(make_login, page):
    login = make_login()
    make_login(created_at=AT + timedelta(minutes=1))
    here = [item for item in page(login).all("li") if item.attrs.get("aria-current") == "true"]
    assert len(here) == 1
    assert "Denied" in here[0].text


def test_other_people_and_times_are_excluded(make_login, make_update, neighbours):
    other = Account.objects.create(account_id="1" * 32)
    login = make_login()
    make_login(user_email="bob@meridian.example", user_id="bob")
    make_login(account=other)
    make_update(account=other)
    make_update(resource_user_email="")
    make_login(created_at=AT + timedelta(minutes=30))
    make_login(created_at=AT - timedelta(minutes=31))
    assert neighbours(login) == [login]


def test_neighbours_are_of_all_addresses(make_login, neighbours, page):
    login = make_login(user_id="u1")
    other = make_login(
        user_id="u1", user_email="a.l@meridian.example", created_at=login.created_at - timedelta(minutes=5)
    )
    make_login(user_id="u1", lacks_time=True)
    assert neighbours(login) == [login, other]
    assert "a.l@meridian.example" in page(login).text


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"user_email": ""}, "The row names no person, so none can be looked for."),
        ({"connection": "service_token"}, "The row is of a service, not of one person."),
        ({"lacks_time": True}, "The row has no time, so nothing around it can be looked for."),
    ],
    ids=["nobody", "a service", "no time"],
)
def test_row_without_neighbours_says_why(make_login, neighbours, page, row, words):
    make_login()
    login = make_login(**row)
    assert neighbours(login) == []
    assert words in page(login).text


def test_neighbours_ignore_case_of_email(make_login, make_update, neighbours):
    login = make_login()
    capitals = make_login(user_email="ADA@Meridian.Example", created_at=AT + timedelta(minutes=1))
    update = make_update(resource_user_email="Ada@meridian.example", logged_at=AT - timedelta(minutes=1))
    assert neighbours(login) == [capitals, login, update]


def test_wildcards_in_email_match_literally(make_login, neighbours):
    login = make_login(user_email="a_a%@meridian.example")
    make_login(user_email="ada1@meridian.example", user_id="another")
    assert neighbours(login) == [login]


def test_login_without_person_has_no_neighbours(make_login, page, neighbours):
    login = make_login(user_email="")
    make_login(user_email="")
    assert neighbours(login) == []
    assert "The row names no person, so none can be looked for." in page(login).text


def test_many_neighbours_are_cut_around_login(make_login, make_update, neighbours):
    login = make_login()
    for minute in range(25):
        make_login(created_at=AT + timedelta(minutes=minute))
        make_update(logged_at=AT + timedelta(minutes=minute))
    shown = neighbours(login)
    assert login in shown
    assert len(shown) == 2 * MOST_NEIGHBOURS + 1


def test_neighbours_link_to_own_pages(make_login, make_update, page):
    login, update = make_login(), make_update(request_method="PATCH")
    hrefs = {link.href for link in page(login).all("a")}
    assert hrefs >= {login.get_absolute_url(), update.get_absolute_url()}


# No such login


@pytest.mark.parametrize("key", ["0" * 32, "x", "by-apps", "1", "f" * 31, "f" * 33, "deadbeef-not-a-key"])
@pytest.mark.parametrize("room", ["logins", "scim"])
def test_unknown_key_answers_404(room, key, account, signed_in):
    response = signed_in.get(f"/{room}/{key}/")
    assert response.status_code == 404
    page = page_of(response)
    assert "Page not found" in page.text
    assert "KEEP_EVENTS_DAYS" in page.text
    assert page.link("Go to the overview") == "/"


def test_update_key_is_no_login_key(make_login, make_update, signed_in):
    assert signed_in.get(f"/logins/{make_update().key.hex}/").status_code == 404
    assert signed_in.get(f"/scim/{make_login().key.hex}/").status_code == 404


def test_query_count_is_constant(make_login, make_update, signed_in, django_assert_max_num_queries):
    login = make_login()
    make_update()
    with django_assert_max_num_queries(61) as few:
        signed_in.get(login.get_absolute_url())
    for _ in range(15):
        make_login()
        make_update()
    with django_assert_max_num_queries(len(few)):
        signed_in.get(login.get_absolute_url())


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("logout", "ada@meridian.example logged out of Grafana"),
        ("Logout", "ada@meridian.example logged out of Grafana"),
        ("register", "ada@meridian.example registered at Grafana"),
        ("enroll", "ada@meridian.example did “enroll” at Grafana"),
    ],
)
@pytest.mark.parametrize("allowed", [True, False, None])
def test_other_action_has_own_words(make_login, signed_in, action, words, allowed):
    page = page_of(signed_in.get(f"/logins/{make_login(action=action, allowed=allowed).key.hex}/"))
    assert words in page.text
    assert "This isn’t a login, so it counts neither as allowed nor as denied." in page.text
    assert "was denied" not in page.text
    assert "was allowed" not in page.text


def test_list_says_how_many_other_actions_it_leaves_aside(make_login, signed_in):
    make_login()
    for action in ("logout", "logout", "register"):
        make_login(action=action)
    response = signed_in.get("/logins/")
    assert "3 log-outs and other actions hidden by “denied”." in response.content.decode()
    shown = signed_in.get("/logins/" + page_of(response).link("Show them"))
    assert shown.context["count"] == 3
    assert "Log-out" in page_of(shown).text
