"""A link sets a password once, for three days, and for one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from dashboard.accounts.password_link import password_link
from dashboard.accounts.sessions import end_sessions
from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from tests.conftest import NOW
from tests.dashboard.reading import page_of

NEW = "four words nobody links"


@pytest.fixture
def ann(make_user):
    return make_user("ann", password=None)


@pytest.fixture
def request_of_admin(rf: RequestFactory):
    request = rf.get("/users/")
    request.user = User(username="boss")
    return request


def set_password(link, password=NEW):
    browser = Client()
    response = browser.get(link, follow=True)
    if not page_of(response).forms:
        return response
    sent = dict(page_of(response).forms[0].fields) | {"new_password1": password, "new_password2": password}
    return browser.post(response.redirect_chain[-1][0], sent, follow=True)


def test_link_sets_password_once(ann, request_of_admin, account):
    link = password_link(request_of_admin, ann)
    response = set_password(link)
    assert response.redirect_chain == [("/sign-in/", 302)]
    assert "Your password is set. Sign in with it." in page_of(response).text
    assert AuditEntry.objects.get(action=Action.PASSWORD_CHANGED).subject == "ann"
    assert "This link doesn’t work any more" in page_of(set_password(link)).text
    assert Client().post("/sign-in/", {"username": "ann", "password": NEW})["Location"] == "/"


def test_link_ends_after_three_days(ann, request_of_admin, time_machine):
    time_machine.move_to(NOW, tick=False)
    link = password_link(request_of_admin, ann)
    time_machine.move_to(NOW + timedelta(days=3, seconds=1), tick=False)
    assert "This link doesn’t work any more" in page_of(set_password(link)).text


def test_link_wants_a_strong_password(ann, request_of_admin):
    page = page_of(set_password(password_link(request_of_admin, ann), "aaaaaaaaaaaa"))
    assert "easily guessed" in page.text
    ann.refresh_from_db()
    assert not ann.has_usable_password()


@pytest.mark.parametrize("key", ["MQ/abc-def", "x/y", f"{'9' * 400}/a-b"])
def test_made_up_link_is_refused(key, db):
    assert "This link doesn’t work any more" in page_of(Client().get(f"/password/{key}/", follow=True)).text


def test_admin_ends_all_sessions(ann, request_of_admin, account):
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(ann)
    assert end_sessions(request_of_admin, ann) == 2
    assert [browser.get("/views/").status_code for browser in browsers] == [302, 302]
    entry = AuditEntry.objects.get(action=Action.SESSIONS_ENDED)
    assert (entry.username, entry.subject, entry.details) == ("boss", "ann", {"sessions": 2})
