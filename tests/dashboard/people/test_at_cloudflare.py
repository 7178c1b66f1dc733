"""What Cloudflare is asked about a person: by a button, in the background, and written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.audit_log.models import AuditEntry
from logsync.models import Account, UserReading
from logsync.words import rfc3339
from tests.conftest import NOW
from tests.dashboard.reading import page_of

ADA = "ada@meridian.example"
ADDRESS = f"/people/{ADA}/at-cloudflare/"
OFF = {
    "status": "SUCCESS",
    "error_description": "",
    "request_method": "PATCH",
    "request_body": '{"Operations":[{"op":"replace","path":"active","value":false}]}',
}
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("all_logins_known", "all_updates_known")


@pytest.fixture
def ada(make_login):
    return make_login(user_email=ADA, created_at=NOW - 3 * HOUR, ray_id="aaaa")


@pytest.fixture
def answered(account):
    """Cloudflare has answered."""

    def answer(subject, content, error="", of=account):
        times = {"wanted_at": NOW - HOUR, "attempted_at": NOW - HOUR, "read_at": None if error else NOW - HOUR}
        return UserReading.objects.create(
            account=of, person=ADA, subject=subject, content=content, error=error, **times
        )

    return answer


@pytest.fixture
def card(signed_in):
    """The text of the card, as it refreshes itself."""
    return lambda: page_of(signed_in.get(ADDRESS, headers={"HX-Request": "true"})).text


def test_button_wants_an_answer(ada, signed_in):
    page = page_of(signed_in.get(f"/people/{ADA}/"))
    assert "Failed logins, compared with the log here" in page.text
    assert "Sessions still open" not in page.text
    response = signed_in.post(ADDRESS, {"subject": "failed_logins"})
    assert response["Location"] == f"/people/{ADA}/#at-cloudflare"
    assert UserReading.objects.get().is_waiting
    html = signed_in.get(f"/people/{ADA}/").content.decode()
    assert "Cloudflare is being asked; this takes a few seconds." in html
    assert f'hx-get="{ADDRESS}"' in html


def test_asking_is_written_down(ada, signed_in):
    signed_in.post(ADDRESS, {"subject": "sessions"})
    entry = AuditEntry.objects.filter(action="person_viewed").latest("number")
    assert (entry.subject, entry.details) == (ADA, {"shown_as": "sessions at Cloudflare"})


def test_sessions_are_offered_once_switched_off(ada, make_update, signed_in):
    make_update(**OFF, logged_at=NOW - HOUR)
    text = page_of(signed_in.get(f"/people/{ADA}/")).text
    assert "Sessions still open" in text


def test_open_sessions_are_named(ada, answered, card):
    apps = {"1": {"uid": "app", "name": "Jira"}, "2": {"uid": "other", "hostname": "wiki.example"}}
    until = int((NOW + HOUR).timestamp())
    answered("sessions", [{"expiration": until, "metadata": {"apps": apps}}, {"expiration": int(NOW.timestamp())}])
    text = card()
    assert "1 session is still open. Until a session is over, it can be used without signing in again." in text
    assert "Jira, wiki.example until 19 Nov 15:06:12" in text
    assert "As Cloudflare said 19 Nov 13:06:12." in text


def test_failed_logins_are_compared(ada, answered, card):
    logins = [{"ray_id": "aaaa"}, {"ray_id": "bbbb", "app_name": "Jira", "datetime": rfc3339(NOW - 2 * HOUR)}]
    answered("failed_logins", [{"metadata": login} for login in logins])
    text = card()
    assert "1 of 2 failed logins that Cloudflare lists are here." in text
    assert "19 Nov 12:06:12 Jira bbbb missing here" in text


def test_refusal_says_what_to_grant(ada, answered, card):
    answered("failed_logins", [], error="Grant Access: Audit Logs Read to the API token.")
    assert "Couldn’t be read Grant Access: Audit Logs Read to the API token." in card()
    assert "Asked 19 Nov 13:06:12." in card()


def test_older_answer_stays_beside_an_error(ada, answered, card):
    reading = answered("failed_logins", [{"metadata": {"ray_id": "aaaa"}}])
    UserReading.objects.filter(pk=reading.pk).update(error="Cloudflare did not answer.")
    assert "Cloudflare did not answer." in card()
    assert "1 of 1 failed logins that Cloudflare lists are here." in card()


def test_accounts_are_asked_apart(ada, answered, card, make_login):
    other = Account.objects.create(account_id="b" * 32, name="Other")
    make_login(account=other, user_email=ADA)
    answered("failed_logins", [])
    answered("failed_logins", [{"metadata": {"ray_id": "cccc"}}], of=other)
    text = card()
    assert "Meridian Cloudflare lists no failed login" in text
    assert "Other 0 of 1 failed logins" in text


def test_nobody_on_record_is_asked_about(signed_in):
    signed_in.post("/people/nobody@meridian.example/at-cloudflare/", {"subject": "sessions"})
    assert not UserReading.objects.exists()


@pytest.mark.parametrize("subject", ["", "identity", "x"])
def test_other_subjects_are_not_here(subject, ada, signed_in):
    assert signed_in.post(ADDRESS, {"subject": subject}).status_code == 404


def test_card_alone_leads_to_the_page(ada, signed_in):
    assert signed_in.get(ADDRESS)["Location"] == f"/people/{ADA}/#at-cloudflare"


def test_hostile_answers_stay_text(ada, answered, signed_in):
    bad = "<script>alert(1)</script>\u202e"
    answered("sessions", [{"expiration": 9e11, "metadata": {"apps": {bad: {"name": bad}}}}])
    answered("failed_logins", [{"metadata": {"ray_id": bad, "app_name": bad}}])
    html = signed_in.get(f"/people/{ADA}/").content.decode()
    assert "<script>alert" not in html
    assert "\u202e" not in html


def test_list_of_deprovisioned_shows_what_is_known(ada, answered, make_login, make_update, signed_in):
    make_update(**OFF, logged_at=NOW - 2 * HOUR)
    make_login(user_email=ADA, allowed=True, created_at=NOW - HOUR)
    text = page_of(signed_in.get("/people/deprovisioned/?range=7d")).text
    assert "Ask for open sessions" in text
    answered("sessions", [{"metadata": {}}, {"metadata": {}}])
    assert "2 sessions open" in page_of(signed_in.get("/people/deprovisioned/?range=7d")).text
