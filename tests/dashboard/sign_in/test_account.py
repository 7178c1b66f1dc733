"""Your own account: the password, and where you are signed in."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"
NEW = "four words nobody links"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture(autouse=True)
def _sam(make_user, account):
    make_user("sam", password=PASSWORD)


@pytest.fixture
def sign_in():
    def sign_in(agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0 Safari/537.36", address="192.0.2.1"):
        browser = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
        browser.post("/sign-in/", {"username": "sam", "password": PASSWORD})
        return browser

    return sign_in


def change(client, **values):
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | values
    return client.post("/account/password/", sent, follow=True)


def test_changed_password_ends_other_sessions(sign_in):
    here, there = sign_in(), sign_in(FIREFOX)
    response = change(here)
    assert response.redirect_chain == [("/account/", 302)]
    assert "Your password is changed, and your other sessions have ended." in page_of(response).text
    assert "You are signed in only here." in page_of(response).text
    assert there.get("/views/").status_code == 302
    assert AuditEntry.objects.get(action=Action.PASSWORD_CHANGED).subject == "sam"
    assert Client().post("/sign-in/", {"username": "sam", "password": NEW})["Location"] == "/"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"oldpassword": "wrong"}, "This isn’t your current password."),
        ({"password2": "another one entirely"}, "same password"),
        *[
            ({"password1": weak, "password2": weak}, said)
            for weak, said in [
                ("a" * 12, "easily guessed"),
                ("qwertyuiop12", "easily guessed"),
                ("short 1 X", "too short"),
                ("samsamsamsam", "easily guessed"),
                ("1234567890123", "too common"),
            ]
        ],
    ],
)
def test_refused_password_says_why(values, said, sign_in):
    page = page_of(change(sign_in(), **values))
    assert said in page.text
    assert not AuditEntry.objects.filter(action=Action.PASSWORD_CHANGED)


def test_sessions_are_listed_and_ended(sign_in):
    here, there, third = sign_in(), sign_in(FIREFOX, "198.51.100.7"), sign_in()
    page = page_of(here.get("/account/sessions/"))
    assert "Firefox on Windows from 198.51.100.7" in page.text
    key = next(dict(form.fields)["session"] for form in page.forms if dict(form.fields).get("session"))
    response = here.post("/account/sessions/", {"session": key}, follow=True)
    assert "1 session was ended." in page_of(response).text
    assert sum(browser.get("/views/").status_code == 200 for browser in (there, third)) == 1
    assert "1 session was ended." in page_of(here.post("/account/sessions/", follow=True)).text
    assert [browser.get("/views/").status_code for browser in (here, there, third)] == [200, 302, 302]
    assert [entry.details for entry in AuditEntry.objects.filter(action=Action.SESSIONS_ENDED)] == [{"sessions": 1}] * 2


def test_nobody_ends_sessions_of_others(sign_in, make_user, client):
    other = sign_in()
    client.force_login(make_user("eve"))
    [session] = UserSession.objects.filter(user__username="sam")
    client.post("/account/sessions/", {"session": session.pk})
    assert other.get("/views/").status_code == 200


def test_hostile_user_agent_is_text(sign_in):
    browser = sign_in("<script>alert(1)</script>")
    page = page_of(browser.get("/account/sessions/"))
    assert "<script>alert(1)</script>" in page.text
