"""What somebody typed or pasted survives the end of their session."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.dashboard.reading import page_of

PASSWORD = "a long enough password"
PASTED = 'That account does not have access.\r\nRay ID: 6ad96d0a4873697b "quoted" <b>'


@pytest.fixture
def sam(make_user):
    return make_user("sam", password=PASSWORD)


def fill(page, password=PASSWORD):
    # The other one is for a passkey.
    form, _ = page.forms
    return form.attrs["action"], {**dict(form.fields), "username": "sam", "password": password}


def test_pasted_text_survives_signing_in(sam, make_login, client):
    login = make_login(ray_id="6ad96d0a4873697b")
    response = client.post("/search/", {"q": PASTED})
    page = page_of(response)
    assert response.status_code == 401
    assert "Your search continues after you sign in." in page.text
    action, sent = fill(page)
    assert PASTED not in action
    response = client.post(action, sent, follow=True)
    assert [step[0] for step in response.redirect_chain] == ["/search/", login.get_absolute_url()]
    assert "Recognised Ray ID 6ad96d0a4873697b." in page_of(response).text


def test_pasted_text_survives_wrong_password(sam, account, client):
    action, sent = fill(page_of(client.post("/search/", {"q": PASTED})), "wrong")
    action, sent = fill(page_of(client.post(action, sent)))
    assert sent["pasted"] == PASTED
    assert client.post(action, sent, follow=True).redirect_chain[0] == ("/search/", 302)


def test_pasted_text_is_searched_once(sam, account, client):
    action, sent = fill(page_of(client.post("/search/", {"q": "nothing like it"})))
    assert "nothing like it" in page_of(client.post(action, sent, follow=True)).text
    assert "Paste or type something" in page_of(client.get("/search/")).text


def test_stale_tab_still_searches(sam, make_login):
    login = make_login(ray_id="6ad96d0a4873697b")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    assert strict.post("/search/", {"q": PASTED, "csrfmiddlewaretoken": "old"})["Location"] == login.get_absolute_url()


def test_other_form_leads_back_to_its_page(sam, client):
    response = client.post("/views/save/", {"name": "x"}, headers={"Referer": "http://testserver/logins/?range=7d"})
    assert response["Location"] == "/sign-in/?next=/logins/%3Frange%3D7d"


def test_part_of_page_is_not_replaced(sam, client):
    response = client.get("/logins/", headers={"HX-Request": "true"})
    assert (response.status_code, response["Content-Type"]) == (401, "text/plain")
    assert "Location" not in response


def test_stale_sign_in_keeps_what_was_asked(sam, account):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in/", {"username": "sam", "next": "/scim/", "pasted": PASTED})
    page = page_of(response)
    assert response.status_code == 403
    assert "Your session changed, or your browser blocks cookies." in page.text
    fields = dict(page.forms[0].fields)
    assert (fields["next"], fields["pasted"]) == ("/scim/", PASTED)


def test_second_sign_in_just_goes_on(sam, account):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    assert strict.post("/sign-in/", {"next": "/scim/"})["Location"] == "/scim/"
