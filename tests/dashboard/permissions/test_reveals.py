"""Revealing what is masked: who may, of what, for how long, and what is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission as StoredPermission
from django.test import Client

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.page.reveal import TOO_SHORT
from dashboard.permissions.reveals import REVEALED_FOR
from dashboard.permissions.roles import Role
from logsync.scim.hidden_body import HIDDEN
from tests.conftest import NOW
from tests.dashboard.reading import page_of

ADA, PERSON = "ada@meridian.example", "/people/ada@meridian.example/"
REASON = "The caller asks from where she was denied."
BODY = '{"Operations": [{"op": "replace", "path": "title", "value": "Countess"}]}'


@pytest.fixture
def hilda(make_user):
    return make_user("hilda", role=Role.HELPDESK)


@pytest.fixture
def helpdesk(client, hilda):
    client.force_login(hilda)
    return client


@pytest.fixture
def senior(helpdesk, hilda):
    """Of the helpdesk, and may reveal."""
    hilda.user_permissions.add(StoredPermission.objects.get(codename="reveal"))
    return helpdesk


@pytest.fixture
def login(all_logins_known, make_login):
    make_login(ip_address="192.0.2.8")
    return make_login(ip_address="192.0.2.7")


@pytest.fixture
def update(all_updates_known, make_update):
    return make_update(request_method="PATCH", request_body=BODY)


def entries(action):
    return list(AuditEntry.objects.filter(action=action).values_list("username", "subject", "details"))


def test_one_login_is_revealed(senior, login):
    here = login.get_absolute_url()
    assert "192.0.2.7" not in page_of(senior.get(here)).text
    response = senior.post(f"{here}reveal/", {"reason": REASON}, follow=True)
    assert response.redirect_chain == [(here, 302)]
    text = page_of(response).text
    assert ("192.0.2.7" in text, "revealed to you until 14:21" in text) == (True, True)
    assert "192.0.2.7" in senior.get(here, headers={"HX-Request": "true"}).content.decode()
    rows = senior.get("/logins/").content.decode()
    assert ("192.0.2.7" in rows, "192.0.2.8" in rows) == (False, False)


def test_one_update_is_revealed(senior, update, make_update):
    other = make_update(request_body=BODY)
    here = update.get_absolute_url()
    senior.post(f"{here}reveal/", {"reason": REASON})
    page = page_of(senior.get(here))
    assert "Set title to Countess" in page.text
    assert HIDDEN not in page.text
    assert "Countess" not in senior.get(other.get_absolute_url()).content.decode()
    assert senior.get(f"{here}body.txt").status_code == 403


def test_revealed_person_shows_their_events_too(senior, login, update, make_login):
    stranger = make_login(user_email="bob@meridian.example", user_id="bob", ip_address="192.0.2.9")
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    assert "192.0.2.7" in senior.get(PERSON).content.decode()
    assert "192.0.2.7" in senior.get(f"{PERSON[:-1]}.json").content.decode()
    assert "Countess" in senior.get(f"{PERSON[:-1]}.json").content.decode()
    assert "192.0.2.7" in senior.get(login.get_absolute_url()).content.decode()
    assert "192.0.2.9" not in senior.get(stranger.get_absolute_url()).content.decode()
    assert "192.0.2.9" not in senior.get("/people/bob@meridian.example/").content.decode()


def test_reveal_ends_by_itself(senior, login, time_machine):
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    time_machine.move_to(NOW + REVEALED_FOR - timedelta(seconds=1), tick=False)
    assert "192.0.2.7" in senior.get(PERSON).content.decode()
    time_machine.move_to(NOW + REVEALED_FOR, tick=False)
    assert "192.0.2.7" not in senior.get(PERSON).content.decode()


def test_reveal_ends_when_hidden_again(senior, login):
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    senior.post(f"{PERSON}reveal/", {"hide": "true"})
    assert "192.0.2.7" not in senior.get(PERSON).content.decode()
    assert len(entries(Action.REVEALED)) == 1


def test_reveal_ends_with_the_permission(senior, hilda, login):
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    hilda.user_permissions.clear()
    assert "192.0.2.7" not in senior.get(PERSON).content.decode()


def test_reveal_and_first_look_are_recorded(senior, login):
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    [(who, subject, details)] = entries(Action.REVEALED)
    assert (who, subject, details["reason"]) == ("hilda", ADA, REASON)
    assert details["until"].startswith("2026-11-19T14:21:12")
    for _ in range(3):
        senior.get(PERSON)
    assert entries(Action.REVEALED_VIEWED) == [("hilda", ADA, {"shown": PERSON})]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("", TOO_SHORT), ("  ", TOO_SHORT), ("123456 !", TOO_SHORT), ("x" * 501, "more than 500 characters")],
)
def test_reveal_needs_a_reason(reason, sentence, senior, login):
    response = senior.post(f"{PERSON}reveal/", {"reason": reason}, follow=True)
    assert sentence in page_of(response).text
    assert "192.0.2.7" not in response.content.decode()
    assert not entries(Action.REVEALED)


def test_helpdesk_may_not_reveal(helpdesk, login):
    for address in (PERSON, login.get_absolute_url()):
        assert "Reveal" not in page_of(helpdesk.get(address)).text
        assert helpdesk.post(f"{address}reveal/", {"reason": REASON}).status_code == 403


def test_who_sees_everything_gets_no_button(signed_in, login, update):
    for address in (PERSON, login.get_absolute_url(), update.get_absolute_url()):
        assert "Reveal" not in page_of(signed_in.get(address)).text


def test_reveal_is_of_one_session(senior, hilda, login):
    senior.post(f"{PERSON}reveal/", {"reason": REASON})
    other = Client()
    other.force_login(hilda)
    assert "192.0.2.7" not in other.get(PERSON).content.decode()


def test_unknown_event_is_not_revealed(senior, db):
    assert senior.post(f"/logins/{'0' * 32}/reveal/", {"reason": REASON}).status_code == 404
