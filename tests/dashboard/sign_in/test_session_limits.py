"""A session ends when nobody does anything, after some hours, and when its account is changed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.roles import Role
from tests.conftest import NOW
from tests.dashboard.reading import page_of

ROOT = Path(__file__).resolve().parents[3]
REFRESH = {"Background-Refresh": "true"}


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.SESSION_IDLE = timedelta(minutes=60)
    settings.SESSION_LENGTH = timedelta(hours=12)


@pytest.fixture
def at(time_machine):
    return lambda **later: time_machine.move_to(NOW + timedelta(**later), tick=False)


def test_idle_session_ends_and_says_why(account, signed_in, at):
    at(minutes=59)
    assert signed_in.get("/views/").status_code == 200
    at(minutes=59 + 60)
    response = signed_in.get("/views/", follow=True)
    assert response.redirect_chain == [("/sign-in/?next=/views/", 302)]
    assert "You were signed out because nothing happened for 60 min." in page_of(response).text
    entry = AuditEntry.objects.get(action=Action.SESSIONS_ENDED)
    assert (entry.username, entry.details) == ("sam", {"reason": "idle"})


def test_refreshing_page_does_not_count(account, signed_in, at):
    for minute in range(0, 61, 10):
        at(minutes=minute)
        last = signed_in.get("/freshness/", headers={"HX-Request": "true"} | REFRESH)
    assert last.status_code == 401


def test_session_ends_after_hours_of_work(account, signed_in, at):
    for hour in range(12):
        at(hours=hour)
        assert signed_in.get("/views/").status_code == 200
        at(hours=hour, minutes=45)
        assert signed_in.get("/views/").status_code == 200
    at(hours=12)
    assert "because a session lasts 12 h." in page_of(signed_in.get("/views/", follow=True)).text


def test_pasted_text_survives_end_of_session(account, signed_in, at):
    at(hours=2)
    response = signed_in.post("/search/", {"q": "6ad96d0a4873697b"})
    assert response.status_code == 401
    assert dict(page_of(response).forms[0].fields)["pasted"] == "6ad96d0a4873697b"


def test_lost_role_counts_at_once(account, client, make_user):
    user = make_user("ann", role=Role.SECURITY)
    client.force_login(user)
    assert client.get("/logins.csv").status_code == 200
    user.groups.set([Group.objects.get(name=Role.HELPDESK)])
    assert client.get("/logins.csv").status_code == 403


def test_every_refresh_says_that_it_is_one():
    """Whatever a page asks for by itself; a click, a key and the first load are somebody's."""
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    elements = re.findall(r"<[^<>]*hx-trigger=\"[^\"]*every [^<>]*>", "\n".join(templates))
    scripts = [(ROOT / "static" / name).read_text() for name in ("clock.js", "refresh.js")]
    asked = [*elements, *re.findall(r"\bfetch\([^;]*;", "\n".join(scripts))]
    assert len(asked) >= 5
    assert [one for one in asked if "Background-Refresh" not in one] == []
