"""The own page of an event: the verdict on its person comes first, with the ticket one click away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.dashboard.people.conftest import ADA
from tests.dashboard.reading import page_of

SERVICE = "non_identity@team.cloudflareaccess.com"


@pytest.fixture
def own_page(signed_in):
    """The own page of an event."""

    def get(event, **headers):
        response = signed_in.get(event.get_absolute_url(), **headers)
        assert response.status_code == 200
        return page_of(response)

    return get


@pytest.fixture
def denied(all_logins_known, all_updates_known, make_login):
    """Ada got into Grafana yesterday, and is denied now."""
    make_login(created_at=NOW - timedelta(hours=15), allowed=True)
    return make_login(created_at=NOW - timedelta(minutes=10), ray_id="9a47c89621af1fe6")


def ticket_on(page):
    """The text that one click copies."""
    [link] = [link for link in page.all("a") if "data-copy-ticket" in link.attrs]
    return link.attrs["data-copy"]


def test_login_shows_verdict_on_its_person(denied, own_page):
    page = own_page(denied)
    assert "Locked out of Grafana since 13:56: 1 attempt denied, none successful." in page.text
    assert page.text.index("Locked out of Grafana") < page.text.index("All fields")
    assert page.link("Open this person") == f"/people/{ADA}/"


def test_own_page_copies_a_ticket_about_it(denied, own_page):
    ticket = ticket_on(own_page(denied))
    assert ticket.startswith(f"Access logins of `{ADA}`")
    assert "This login: denied, 19 Nov 2026 13:56:12 UTC at `Grafana`, Ray ID `9a47c89621af1fe6`" in ticket


def test_ticket_can_be_selected_without_scripts(denied, own_page):
    page = own_page(denied)
    [text] = [text for text in page.all("pre") if text.attrs.get("id") == "ticket-text"]
    assert " ".join(text.text.split()) == " ".join(ticket_on(page).split())
    assert "Click the text to select all of it, then copy it with Ctrl+C" in page.text


def test_update_shows_verdict_on_its_person(denied, make_update, own_page):
    page = own_page(make_update(logged_at=NOW - timedelta(minutes=5)))
    assert "Locked out of Grafana since 13:56" in page.text
    assert "This SCIM update: update from `Okta`" in ticket_on(page)


def test_row_in_a_list_has_no_verdict(denied, own_page):
    page = own_page(denied, HTTP_HX_REQUEST="true")
    assert "All fields" in page.text
    assert "Locked out" not in page.text


@pytest.mark.parametrize(
    ("days", "range"), [(1, ""), (6, ""), (8, "?range=30d"), (40, "?range=90d"), (400, "?range=all")]
)
def test_verdict_reaches_back_to_its_event(all_logins_known, make_login, own_page, days, range):
    page = own_page(make_login(created_at=NOW - timedelta(days=days)))
    assert page.link("Open this person") == f"/people/{ADA}/{range}"


def test_row_without_a_time_is_judged(all_logins_known, make_login, own_page):
    page = own_page(make_login(created_at=NOW - timedelta(days=400), lacks_time=True))
    assert page.link("Open this person") == f"/people/{ADA}/"
    assert "no time given" in ticket_on(page)


@pytest.mark.parametrize("email", ["", SERVICE])
def test_row_of_no_person_has_no_verdict(all_logins_known, make_login, own_page, email):
    page = own_page(make_login(user_email=email, person=email, user_id="", ray_id="9a47c89621af1fe6"))
    assert "All fields" in page.text
    assert not page.has_link("Open this person")
    ticket = ticket_on(page)
    assert ticket.startswith("Access login without a person, as of 19 Nov 2026 14:06:12 UTC")
    assert "denied, 19 Nov 2026 13:06:12 UTC at `Grafana`, Ray ID `9a47c89621af1fe6`" in ticket
    asks = "Ask the caller for their e-mail address, and look it up."
    assert (asks in page.text, asks in ticket) == (not email, not email)


def test_group_update_has_no_verdict(all_updates_known, make_update, own_page):
    group = {"resource_type": "GROUP", "resource_user_email": "", "resource_group_name": "eng"}
    assert not own_page(make_update(**group)).has_link("Open this person")


def test_every_event_has_its_own_title(denied, make_login, make_update, signed_in):
    events = [denied, make_login(created_at=NOW - timedelta(minutes=3)), make_update(), make_update(logged_at=NOW)]
    titles = [title.text for event in events for title in page_of(signed_in.get(event.get_absolute_url())).all("title")]
    assert titles[0] == f"{ADA} was denied at Grafana, 19 Nov 2026 13:56 UTC · Gatehouse"
    assert len(set(titles)) == len(titles) == 4


def test_page_says_that_its_app_let_the_person_in_since(denied, make_login, own_page):
    jira = {"app_uid": "jira", "app_name": "Jira"}
    failed = make_login(created_at=NOW - timedelta(minutes=8), **jira)
    assert "since then" not in own_page(failed).text
    make_login(created_at=NOW - timedelta(minutes=5), allowed=True, **jira)
    page = own_page(failed)
    assert "Got in to Jira since then, last at 14:01." in page.text
    assert "Got in to `Jira` since then, last at 19 Nov 2026 14:01:12 UTC." in ticket_on(page)
    assert "since then" not in own_page(denied).text
