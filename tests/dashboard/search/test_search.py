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
    make_login(ray_id=RAY, user_email="bob@meridian.example")
    href, _ = paste(RAY)
    assert href == f"/logins/?ray_id={RAY}&allowed=any&range=all"


def test_ray_id_of_one_person_leads_to_denial(paste, make_login):
    denied = make_login(ray_id=RAY)
    make_login(ray_id=RAY, allowed=True)
    href, page = paste(RAY)
    assert href == denied.get_absolute_url()
    assert page.link("All logins with this Ray ID") == f"/logins/?ray_id={RAY}&allowed=any&range=all"


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
    assert (
        "Also found: IP address 192.0.2.4. Not in the logs: Ray ID 8a1b2c3d4e5f6071, host jira.example.com."
        in page.text
    )
    assert page.link("IP address 192.0.2.4") == "/logins/?ip_address=192.0.2.4&allowed=any&range=all"


def test_ip_address_leads_to_its_logins(paste, make_login):
    make_login(ip_address="2001:db8::1")
    assert paste("[2001:DB8::1]:443")[0] == "/logins/?ip_address=2001%3Adb8%3A%3A1&allowed=any&range=all"


@pytest.mark.parametrize(("network", "count"), [("198.51.100.0/25", 1), ("198.51.100.0/24", 2), ("198.51.96.0/20", 3)])
def test_network_is_one_filter(paste, make_login, signed_in, network, count):
    for address in ("198.51.100.7", "198.51.100.130", "198.51.101.7", "198.51.10.7", "198.51.112.7"):
        make_login(ip_address=address)
    href, page = paste(network)
    assert href == f"/logins/?ip_address={network.replace('/', '%2F')}&allowed=any&range=all"
    assert len(signed_in.get(href).context["page"].rows) == count
    assert f"IP address {network}" in page.text


def test_unused_network_is_not_found(paste, make_login):
    make_login(ip_address="198.51.101.7")
    assert paste("198.51.100.0/24")[0] == ""


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
    assert "the Access log may have nothing about it" in page.text


def test_anonymous_block_page_requests_details(paste):
    href, page = paste("That account does not have access")
    assert href == ""
    assert "Ask the caller for their e-mail address and the time." in page.text


def test_unknown_value_states_limits_of_log(paste):
    href, page = paste(RAY)
    assert href == ""
    assert "No logins or SCIM updates found." in page.text
    assert "What was searched" in page.text
    assert "What the logs can’t show" in page.text
    assert "A refused service token and other non-identity requests may leave nothing here" in page.text


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
    assert "Ask the caller for their e-mail address and the time." in page.text


def test_digits_may_be_unknown_ray_id(paste, make_login):
    assert "looks like a Ray ID" in paste("1234567890123456")[1].text
    make_login(ray_id="1234567890123456")
    assert "looks like a Ray ID" not in paste("1234567890123456")[1].text


def test_unknown_value_states_coverage(paste, make_stream, cover):
    assert "nothing is known" in paste(RAY)[1].text
    cover(make_stream(), NOW - timedelta(days=20), NOW - timedelta(days=2))
    assert "Complete from 30 Oct 14:06" in paste(RAY)[1].text


def test_empty_text_recognises_nothing(paste):
    assert "Paste or type something in the box above." in paste("  ")[1].text


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
    response = client.post("/search/", {"q": RAY})
    assert response.status_code == 401
    assert [heading.text for heading in page_of(response).all("h1")] == ["Sign in"]


def test_search_box_is_on_every_page(signed_in, make_login):
    make_login(created_at=NOW)
    for address in ("/logins/", "/scim/", "/sync/"):
        assert any(form.attrs.get("action") == "/search/" for form in page_of(signed_in.get(address)).forms)


# Any id, wherever it occurs


GUID = "6d1f3c1a-0006-4000-8000-00000000aa06"


@pytest.mark.parametrize(
    "value",
    [
        "4711471147",
        "1234567890123456",
        "5f1b2c3d4e5f6a7b8c9d0e1f",
        "cf-7f3a9c",
        "8e3d8ad5f0b4406692f5bb1e4b9c0006.access",
        GUID,
        "approver@meridian.example",
        "ci-deploy",
        "CI Deploy Token",
        "198.51.100.77",
        "a" * 64,
        "00u9zz2cd3EF4gh5i6j7",
    ],
)
def test_every_text_in_extra_is_found(paste, make_login, value):
    make_login(created_at=NOW - timedelta(days=20), extra={"old": value})
    newest = make_login(user_email="", user_id="", extra={"a": [{"b": value.upper()}]})
    href, page = paste(value)
    assert href == newest.get_absolute_url()
    assert "the newest with it among its further fields" in page.text or value in page.text


def test_name_comes_before_same_text_in_extra(paste, make_login, make_update):
    make_update(request_body='{"displayName":"Mara Okafor"}', resource_user_email="mara@meridian.example")
    make_login(extra={"region": "mara"})
    assert paste("mara")[0] == person("mara@meridian.example")


def test_number_in_extra_is_found(paste, make_login):
    login = make_login(extra={"session": 987654321})
    assert paste("987654321")[0] == login.get_absolute_url()


def test_text_in_scim_extra_is_found(paste, make_update):
    update = make_update(extra={"target_id": "t-77"})
    assert paste("t-77")[0] == update.get_absolute_url()


@pytest.mark.parametrize("user_id", ["b4bf51f2-2222-50b1-a179-20b76a49b122", "aaaaaaaa-cem", "20398471"])
def test_user_id_without_address_is_found(paste, make_login, user_id):
    login = make_login(user_email="", user_id=user_id)
    assert paste(user_id)[0] == login.get_absolute_url()


@pytest.mark.parametrize("user_id", ["aaaaaaaa-cem", "20398471", "5f1b2c3d4e5f6a7b8c9d0e1f"])
def test_user_id_of_any_shape_leads_to_person(paste, make_login, user_id):
    make_login(user_id=user_id)
    assert paste(user_id)[0] == person("ada@meridian.example")


@pytest.mark.parametrize("idp_id", ["11d2f50-92ce-442f-a163-866111f28168", "okta-main", "0OA12"])
def test_provider_of_scim_rows_is_found(paste, make_update, idp_id):
    make_update(idp_id=idp_id)
    href, _ = paste(idp_id)
    assert href == f"/scim/?idp_id={idp_id}&status=any&range=all"


@pytest.mark.parametrize("resource_id", ["5f1b2c3d4e5f6a7b8c9d0e1f", "20398471", "cf-7f3a9c"])
@pytest.mark.parametrize("field", ["idp_resource_id", "cf_resource_id"])
def test_resource_id_of_any_shape_leads_to_person(paste, make_update, field, resource_id):
    make_update(**{field: resource_id})
    href, page = paste(resource_id)
    assert href == person("ada@meridian.example")
    assert page.has_link("SCIM updates of this resource")


def test_id_within_a_sentence_is_found(paste, make_login):
    login = make_login(extra={"token": "cf-7f3a9c"})
    assert paste("my token (cf-7f3a9c) is refused, please help")[0] == login.get_absolute_url()


def test_display_name_leads_to_person(paste, make_update):
    make_update(request_body='{"displayName":"Augusta Ada King"}', resource_user_email="Ada@meridian.example")
    href, page = paste("ada king")
    assert href == person("ada@meridian.example")
    assert "augusta" not in page.text.lower() or href


@pytest.fixture
def zanele(make_login, make_update, account):
    """Zanele, who was denied at Jira but not at Grafana, and Jabu, who has a similar name."""
    Application.objects.create(account=account, app_uid="jira", name="Jira")
    Application.objects.create(account=account, app_uid="grafana", name="Grafana")
    make_update(request_body='{"displayName":"Zanele Dlamini"}', resource_user_email="zd1@meridian.example")
    make_update(
        request_body='{"name":{"givenName":"Jabu","familyName":"Dlamini"}}',
        resource_user_email="jabu@meridian.example",
        cf_resource_id="jabu",
        idp_resource_id="jabu",
    )
    make_login(user_email="zd1@meridian.example", user_id="u-1", app_uid="jira", app_name="Jira")
    return person("zd1@meridian.example")


@pytest.mark.parametrize("text", ["zanele", "Zanele Dlamini", "dlamini zanele", "ZANELE  dlamini", "zd1"])
def test_name_in_any_order_leads_to_person(paste, zanele, text):
    href, page = paste(text)
    assert href == zanele
    assert "Searched for" in page.text


def test_shared_name_offers_each_person(paste, zanele):
    href, page = paste("dlamini")
    assert href == ""
    assert page.link("Person zd1@meridian.example (Zanele Dlamini)") == zanele
    assert page.has_link("Person jabu@meridian.example (Jabu Dlamini)")


def test_whole_name_beats_parts_of_others(paste, zanele, make_update):
    make_update(
        request_body='{"displayName":"Zanele Dlamini-Nkosi"}', resource_user_email="zn@meridian.example", idp_id="other"
    )
    href, page = paste("zanele dlamini")
    assert href == zanele
    assert page.has_link("Person zn@meridian.example (Zanele Dlamini-Nkosi)")


@pytest.mark.parametrize(
    "text",
    ["zanele jira", "jira zanele", "Zanele Dlamini Jira", "zanele cannot get into jira", "zanele can’t log in to Jira"],
)
def test_name_with_app_leads_to_both(paste, zanele, text):
    assert paste(text)[0] == f"{zanele}?app_uid=jira"


def test_name_with_unused_app_leads_to_person(paste, zanele):
    href, page = paste("zanele grafana")
    assert href == zanele
    assert "Searched for “zanele grafana”" in page.text


def test_shared_name_with_app_offers_pairs(paste, zanele, make_login):
    make_login(user_email="jabu@meridian.example", user_id="jabu", app_uid="jira", app_name="Jira")
    href, page = paste("dlamini jira")
    assert href == ""
    assert page.link("Person zd1@meridian.example (Zanele Dlamini), at the app Jira") == f"{zanele}?app_uid=jira"
    assert page.has_link("Person jabu@meridian.example (Jabu Dlamini), at the app Jira")


def test_name_without_address_finds_owner(paste, make_update):
    make_update(resource_user_email="ada@meridian.example", request_body="{}", logged_at=NOW - timedelta(days=2))
    make_update(resource_user_email="", request_body='{"displayName":"Augusta King"}')
    assert paste("augusta")[0] == person("ada@meridian.example")


def test_misspelt_name_suggests_person(paste, zanele):
    href, page = paste("zanelle dlamni")
    assert href == ""
    assert "Did you mean …?" in page.text
    assert page.link("Zanele Dlamini (zd1@meridian.example)") == zanele


@pytest.mark.parametrize("text", ["zanelle jira", "zanelle jirra", "zanelle cannot open jirra"])
def test_misspelt_name_with_app_suggests_person(paste, zanele, text):
    assert paste(text)[1].link("Zanele Dlamini (zd1@meridian.example)") == zanele


def test_misspelt_address_among_others_suggests_person(paste, zanele):
    page = paste("jabuu@meridian.example from 192.0.2.77")[1]
    assert page.link("jabu@meridian.example") == person("jabu@meridian.example")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RAY, "Check every character of the Ray ID. If it happened in the last few minutes"),
        ("ray id 6ad96d0a48", "Ask for the whole Ray ID, which has 16 characters."),
        ("192.0.2.77", "Search for the network around it"),
        ("57171132-e453-4ee8-b2a5-8cbaad333207", "Check that the whole ID was copied."),
        ("nothing like it", "Check the spelling, or search for a part of it"),
        ("wiki.example.net", "Check the host, or search for the app’s name."),
    ],
)
def test_nothing_found_says_what_to_do_next(paste, text, words):
    page = paste(text)[1]
    assert "What to do next" in page.text
    assert words in page.text


def test_search_can_be_repeated_or_changed(paste):
    _, page = paste(f"That account does not have access.\r\n Ray ID:\t{RAY}")
    [box, again] = [form for form in page.forms if form.attrs.get("action") == "/search/"]
    assert dict(box.fields)["q"] == dict(again.fields)["q"] == f"That account does not have access. Ray ID: {RAY}"


def test_many_people_are_a_list(paste, make_login):
    for number in range(9):
        make_login(user_email=f"dev{number}@meridian.example", user_id=str(number))
    assert paste("dev")[0] == "/people/?q=dev"


@pytest.mark.parametrize(("days", "range"), [(6, ""), (8, "?range=30d"), (31, "?range=90d"), (300, "?range=all")])
def test_range_reaches_back_to_person(paste, make_login, days, range):
    make_login(created_at=NOW - timedelta(days=days))
    assert paste("ada@meridian.example")[0] == person("ada@meridian.example") + range


def test_whole_app_name_beats_parts_of_others(paste, account):
    for name in ("Jira", "Jira Cloud"):
        Application.objects.create(account=account, app_uid=name, name=name)
    href, page = paste("jira")
    assert href == "/logins/?app_uid=Jira&allowed=any&range=all"
    assert page.has_link("Logins at the app Jira Cloud")


def test_error_text_leads_to_its_problem(paste, make_update):
    update = make_update(error_description='Attribute "emails" of user "x77" is not unique at 10.0.0.1 (request 4711)')
    href, _ = paste('Attribute "emails" of user "y12" is not unique at 10.9.9.9 (request 99)')
    assert href == f"/scim/problems/{update.problem.key}/"


def test_error_text_with_known_address_offers_both(paste, make_update):
    update = make_update(error_description='User "ada@meridian.example" already exists in the directory')
    href, page = paste('User "ada@meridian.example" already exists in the directory')
    assert href == person("ada@meridian.example")
    assert any(link.href == f"/scim/problems/{update.problem.key}/" for link in page.all("a"))


@pytest.mark.parametrize("stored", ["2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0:0:0:0:1"])
def test_ip_addresses_are_compared_by_value(paste, make_login, stored, signed_in):
    login = make_login(ip_address=stored)
    href, _ = paste("2001:db8::1")
    assert [row.pk for row in signed_in.get(href).context["page"].rows] == [login.pk]


def test_mapped_address_is_its_ipv4_address(paste, make_login, signed_in):
    login = make_login(ip_address="::ffff:192.0.2.4")
    assert [row.pk for row in signed_in.get(paste("192.0.2.4")[0]).context["page"].rows] == [login.pk]


# Apps by each of their addresses


@pytest.mark.parametrize(
    "text", ["wiki.example.net", "https://second.example.net/a/b?c", "third.example.net/team", "deep.wild.example.net"]
)
def test_app_is_found_by_each_domain(paste, account, text):
    hosts = "wiki.example.net\nsecond.example.net\nthird.example.net/team\n*.wild.example.net"
    Application.objects.create(account=account, app_uid="w", name="Wiki", domain="wiki.example.net", hosts=hosts)
    Application.objects.create(account=account, app_uid="o", name="Other", hosts="third.example.net/other")
    assert paste(text)[0] == "/logins/?app_uid=w&allowed=any&range=all"


@pytest.mark.parametrize("is_listed", [True, False])
def test_sso_address_leads_to_its_app_only(paste, account, make_login, is_listed):
    sso = "team.cloudflareaccess.com/cdn-cgi/access/sso/saml/9c16a6d0e4b04f0f9c16a6d0e4b04f16"
    make_login(app_domain="team.cloudflareaccess.com", app_uid="launcher")
    make_login(app_domain=sso, app_uid="salesforce")
    if is_listed:
        Application.objects.create(account=account, app_uid="launcher", hosts="team.cloudflareaccess.com")
        Application.objects.create(account=account, app_uid="salesforce", hosts=sso)
    href, _ = paste(f"https://{sso}?SAMLRequest=fZ")
    assert href == f"/logins/by-app/app/?range=all&account={account.account_id}&app_uid=salesforce"
    other = paste(f"https://{sso[:-1]}7")[1]
    assert "No logins or SCIM updates found." in other.text


def test_old_app_names_and_hosts_are_found(paste, make_login):
    make_login(created_at=NOW - timedelta(days=300), app_name="Old Wiki", app_uid="old", app_domain="old.example.net")
    assert paste("old wiki")[0] == "/logins/?app_uid=old&allowed=any&range=all"
    assert paste("old.example.net")[0] == "/logins/?app_domain=old.example.net&allowed=any&range=all"


# Whose page it is


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "AADSTS50105: Your administrator has configured the application to block users",
            "page comes from the identity provider",
        ),
        ("Error 403: app_not_configured_for_user", "page comes from the identity provider"),
        ("User is not assigned to the client application.", "page comes from the identity provider"),
        ("Error 1015 Ray ID: 7a1b2c3d4e5f6071 You are being rate limited", "rate limit (error 1015)"),
        ("error code: 1020", "comes from Cloudflare’s firewall"),
        ("CF-Access-Client-Id: 8e3d8ad5.access was sent", "about a service token"),
        ('{"message":"Invalid service token","code":403}', "about a service token"),
        ("Service Token Status: EXPIRED", "about a service token"),
    ],
)
def test_pages_of_others_are_named(paste, text, words):
    page = paste(text)[1]
    assert words in page.text
    assert "Paste or type something" not in page.text


def test_page_of_a_person_is_not_of_service(paste):
    text = '{"aud":"x","ray_id":"7a1b2c3d4e5f6071","service_token_status":false,"mtls_auth":{"auth_status":"NONE"}}'
    assert "service token." not in paste(text)[1].text.replace("A refused service token", "")
