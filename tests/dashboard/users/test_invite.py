"""An invitation makes an account without a password, and a link that sets one, once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User

from dashboard.audit_log.actions import Action
from dashboard.users.rows import State, rows_of
from tests.dashboard.reading import page_of

PASSWORD = "correct horse battery staple"


def link_on(response):
    """The one-time link of a page, as a path."""
    [field] = [one for one in page_of(response).all("input") if one.attrs.get("id") == "one-time-link"]
    link = field.attrs["value"] or ""
    assert link.startswith("http://testserver/password/")
    return urlsplit(link).path


def set_password(client, link, *passwords):
    """Follow a link and send its form."""
    form = client.get(link, follow=True)
    [(address, _)] = form.redirect_chain
    first, second = passwords if len(passwords) == 2 else passwords * 2
    return client.post(address, {"new_password1": first, "new_password2": second})


@pytest.fixture
def invite(admin):
    def send(username="ada@meridian.example", **fields):
        return admin.post("/users/invite/", {"username": username, "email": "", "role": "analyst"} | fields)

    return send


def test_invited_person_sets_a_password(invite, client, recorded):
    link = link_on(invite())
    ada = User.objects.get(username="ada@meridian.example")
    assert (ada.email, ada.groups.get().name) == ("ada@meridian.example", "analyst")
    assert rows_of([ada])[0].state == State.INVITED
    client.logout()
    response = set_password(client, link, PASSWORD)
    assert response["Location"] == "/sign-in/"
    assert recorded(Action.PASSWORD_CHANGED) == [("ada@meridian.example", {"by": "link"})]
    client.post("/sign-in/", {"username": "ada@meridian.example", "password": PASSWORD})
    assert client.get("/logins/").status_code == 200


def test_invitation_is_recorded_without_link(invite, recorded):
    invite()
    assert recorded(Action.ACCOUNT_CHANGED) == [
        ("ada@meridian.example", {"after": "invited", "role": "analyst"}),
        ("ada@meridian.example", {"made": "a link that sets the password"}),
    ]


def test_link_works_once(invite, client):
    link = link_on(invite())
    client.logout()
    set_password(client, link, PASSWORD)
    again = page_of(client.get(link))
    assert "This link doesn’t work any more" in again.text
    assert not any(form.attrs.get("method") == "post" for form in again.forms)


def test_link_of_disabled_account_is_dead(invite, client):
    link = link_on(invite())
    client.logout()
    User.objects.filter(last_login=None).update(is_active=False)
    assert "This link doesn’t work any more" in page_of(client.get(link)).text


def test_link_works_for_some_days(invite, client, time_machine, now):
    link = link_on(invite())
    client.logout()
    time_machine.shift(timedelta(days=3, seconds=1))
    assert "This link doesn’t work any more" in page_of(client.get(link)).text


def test_new_link_ends_the_one_before(invite, send, client):
    first = link_on(invite())
    second = link_on(send(User.objects.get(username="ada@meridian.example"), "link"))
    client.logout()
    assert "This link doesn’t work any more" in page_of(client.get(first)).text
    assert set_password(client, second, PASSWORD).status_code == 302


def test_link_for_known_user_keeps_old_password(send, kim, client):
    link = link_on(send(kim, "link"))
    client.logout()
    assert User.objects.get(pk=kim.pk).check_password("a long enough password")
    set_password(client, link, PASSWORD)
    assert User.objects.get(pk=kim.pk).check_password(PASSWORD)


def test_new_password_ends_sessions(send, kim, client, signed_in_as):
    phone = signed_in_as(kim)
    link = link_on(send(kim, "link"))
    client.logout()
    set_password(client, link, PASSWORD)
    assert phone.get("/people/").status_code == 302


@pytest.mark.parametrize(
    ("username", "sentence"),
    [
        ("SAM", "There is a user of this name already."),
        ("", "This field is required."),
        ("two words", "Enter a valid username."),
        ("a\nb", "Enter a valid username."),
        ("<b>", "Enter a valid username."),
        ("ｓａｍ", "letters that merely look like others"),
        ("ada@", "Enter a valid email address."),
        ("a" * 151, "at most 150 characters"),
    ],
)
def test_odd_user_names_are_refused(username, sentence, invite):
    response = invite(username)
    assert response.status_code == 400
    page = page_of(response)
    assert "Nothing was made" in page.text
    assert sentence in page.text
    assert User.objects.count() == 1


def test_address_becomes_lower_case(invite):
    invite("Ada@Meridian.Example")
    assert User.objects.filter(username="ada@meridian.example", email="ada@meridian.example").exists()


def test_plain_name_and_no_role(invite):
    invite("ada", email="ada@meridian.example", role="")
    ada = User.objects.get(username="ada")
    assert (ada.email, ada.groups.count()) == ("ada@meridian.example", 0)


def test_unknown_role_makes_no_account(invite):
    assert invite(role="superuser").status_code == 400
    assert User.objects.count() == 1
