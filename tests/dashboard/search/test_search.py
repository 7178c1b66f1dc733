"""What is pasted leads to the event, the person or the resource, and says what was recognised."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from logsync.models import Application
from tests.conftest import NOW
from tests.dashboard.reading import page_of

pytestmark = pytest.mark.django_db

RAY = "6ad96d0a4873697b"
AUD = "39691c14" * 8


@pytest.fixture
def paste(signed_in):
    """Paste a text into the box: where it leads ("" if nowhere), and the page there."""

    def post(text):
        response = signed_in.post("/search/", {"q": text})
        href = response.get("Location", "")
        page = page_of(signed_in.get(href)) if href.startswith(("/logins/", "/scim/", "/people/")) else None
        return href, page or page_of(response)

    return post


def person(address):
    return reverse("people:person", args=[address])


@pytest.mark.parametrize(
    "text", [RAY, f"{RAY.upper()}-FRA", f"Ray ID: {RAY} • 2026-11-19 13:06:12 UTC", f"hello {RAY} !"]
)
def test_ray_id_leads_to_login(paste, make_login, text):
    login = make_login(ray_id=RAY)
    href, page = paste(text)
    assert href == login.get_absolute_url()
    assert f"Recognised Ray ID {RAY}." in page.text


def test_shared_ray_id_leads_to_all(paste, make_login):
    make_login(ray_id=RAY)
    make_login(ray_id=RAY, allowed=True)
    href, _ = paste(RAY)
    assert href == f"/logins/?ray_id={RAY}&allowed=any&range=all"


def test_ray_id_prefix_leads_to_login(paste, make_login):
    login = make_login(ray_id=RAY)
    make_login(ray_id="7ad96d0a4873697b")
    assert paste(f"ray id {RAY[:10]}")[0] == login.get_absolute_url()


def test_ambiguous_ray_id_prefix_offers_choices(paste, make_login):
    logins = [make_login(ray_id=RAY[:-1] + digit) for digit in "12"]
    href, page = paste(f"ray id {RAY[:10]}")
    assert href == ""
    assert [page.has_link(f"Login of Ray ID {login.ray_id}") for login in logins] == [True, True]


def test_email_leads_to_person_ignoring_case(paste, make_login):
    make_login()
    assert paste("Ada Lovelace <ADA@meridian.example>,")[0] == person("ada@meridian.example")


def test_unknown_email_leads_to_its_page(paste):
    assert paste("nobody@meridian.example")[0] == person("nobody@meridian.example")


def test_first_known_kind_wins(paste, make_login):
    make_login(user_email="bob@example.com", ip_address="192.0.2.4")
    href, page = paste("hi, bob@example.com cannot open https://jira.example.com, IP 192.0.2.4, ray 8a1b2c3d4e5f6071")
    assert href == person("bob@example.com")
    assert "Also found: Ray ID 8a1b2c3d4e5f6071, which occurs in no row, IP address 192.0.2.4" in page.text
    assert page.link("IP address 192.0.2.4") == "/logins/?ip_address=192.0.2.4&allowed=any&range=all"


def test_ip_address_leads_to_its_logins(paste, make_login):
    make_login(ip_address="2001:db8::1")
    assert paste("[2001:DB8::1]:443")[0] == "/logins/?ip_address=2001%3Adb8%3A%3A1&allowed=any&range=all"


def test_network_leads_to_its_logins_only(paste, make_login):
    for address in ("198.51.100.7", "198.51.100.130", "198.51.101.7", "198.51.10.7"):
        make_login(ip_address=address)
    assert paste("198.51.100.0/25")[0] == "/logins/?ip_address=198.51.100.7&allowed=any&range=all"
    assert paste("198.51.100.0/24")[0].count("ip_address=") == 2


@pytest.mark.parametrize("form", ["57171132-e453-4ee8-b2a5-8cbaad333207", "57171132E4534EE8B2A58CBAAD333207"])
def test_user_id_leads_to_person(paste, make_login, form):
    make_login()
    assert paste(form)[0] == person("ada@meridian.example")


def test_app_uid_leads_to_its_logins(paste, make_login):
    make_login(app_uid="not-a-guid", user_id="")
    assert paste("not-a-guid")[0] == "/logins/?app_uid=not-a-guid&allowed=any&range=all"


def test_okta_user_id_leads_to_person(paste, make_update):
    make_update()
    href, page = paste("00u1ab2cd3EF4gh5i6j7")
    assert href == person("ada@meridian.example")
    assert page.link("SCIM updates of this resource").startswith("/scim/?idp_resource_id=00u1ab2cd3EF4gh5i6j7")


def test_block_pages_aud_leads_to_app(paste, account):
    Application.objects.create(account=account, app_uid="a1", name="Grafana", aud=AUD)
    href, _ = paste(f"Error – Cloudflare Access\nYou don't have permission to view this.\nApp AUD: {AUD}")
    assert href == "/logins/?app_uid=a1&allowed=any&range=all"


def test_firewall_page_is_identified(paste, make_login):
    make_login(ray_id="7a1b2c3d4e5f6071")
    text = "Sorry, you have been blocked. Your IP: 203.0.113.9 Cloudflare Ray ID: 7a1b2c3d4e5f6071"
    _, page = paste(text)
    assert "the Access log may not hold it" in page.text


def test_anonymous_block_page_requests_details(paste):
    href, page = paste("That account does not have access")
    assert href == ""
    assert "ask for the time and the e-mail address" in page.text


def test_unknown_value_states_limits_of_log(paste):
    href, page = paste(RAY)
    assert href == ""
    assert "occurs in no row that Gatehouse has" in page.text
    assert "What the log cannot tell" in page.text


def test_same_named_apps_are_offered(paste, account):
    for number in range(2):
        Application.objects.create(account=account, app_uid=f"a{number}", name=f"Grafana {number}")
    href, page = paste("grafana")
    assert href == ""
    assert page.has_link("Logins at the app Grafana 1")


def test_deep_link_leads_to_hosts_logins(paste, make_login):
    make_login(app_domain="jira.example.com")
    href, page = paste("I cannot open https://jira.example.com/browse/ABC-1?filter=7")
    assert href == "/logins/?app_domain=jira.example.com&allowed=any&range=all"
    assert "Recognised host jira.example.com/browse/ABC-1." in page.text


def test_logged_path_is_kept(paste, make_login):
    make_login(app_domain="jira.example.com/browse")
    assert paste("https://jira.example.com/browse")[0].startswith("/logins/?app_domain=jira.example.com%2Fbrowse&")


def test_app_name_is_found_in_logins(paste, make_login):
    login = make_login(app_name="Jira Cloud")
    assert paste("jira cloud")[0] == f"/logins/?app_uid={login.app_uid}&allowed=any&range=all"


def test_aud_without_ray_id_requests_details(paste, account):
    Application.objects.create(account=account, app_uid="a1", name="Grafana", aud=AUD)
    _, page = paste(f"You don't have permission to view this.\nApp AUD: {AUD}")
    assert "ask for the time and the e-mail address" in page.text


def test_digits_may_be_unknown_ray_id(paste, make_login):
    assert "looks like a Ray ID" in paste("1234567890123456")[1].text
    make_login(ray_id="1234567890123456")
    assert "looks like a Ray ID" not in paste("1234567890123456")[1].text


def test_unknown_value_states_coverage(paste, make_stream, cover):
    assert "nothing is known" in paste(RAY)[1].text
    cover(make_stream(), NOW - timedelta(days=20), NOW - timedelta(days=2))
    assert "Complete from 30 Oct 14:06" in paste(RAY)[1].text


def test_empty_text_recognises_nothing(paste):
    assert "Nothing was recognised" in paste("  ")[1].text


@pytest.mark.parametrize(
    "text", ['"><script>alert(1)</script>', "\0\x07", "x" * 30_000, "\u202eRay ID", "a@b.c " * 500]
)
def test_hostile_text_is_only_text(signed_in, text):
    in_address = {"q": text[:2000].replace("\0", "")}
    for response in (signed_in.post("/search/", {"q": text}), signed_in.get("/search/", in_address)):
        assert response.status_code in (200, 302)
        assert b"<script>alert" not in response.content


def test_recognised_text_is_escaped_after_redirect(paste, make_login):
    make_login(user_email="<b>@x.example", ray_id=RAY)
    _, page = paste(f"{RAY} <img@x.example>")
    assert not page.all("img")


def test_search_requires_sign_in(client, db):
    assert client.post("/search/", {"q": RAY}).status_code == 302
    assert client.post("/search/", {"q": RAY})["Location"].startswith("/sign-in/")


def test_search_box_is_on_every_page(signed_in, make_login):
    make_login(created_at=NOW)
    for address in ("/logins/", "/scim/", "/sync/"):
        assert any(form.attrs.get("action") == "/search/" for form in page_of(signed_in.get(address)).forms)
