"""The Why card on the pages of a denied login and of its person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.permissions.roles import Role
from logsync.models import LastSeenIdentity, UserReading
from tests.conftest import NOW
from tests.dashboard.reading import page_of
from tests.why_cases import policy

ADA_PAGE = "/people/ada@meridian.example/"
GROUP = {
    "id": "b1b7b1f0-0f0e-4d39-9f0b-6a3f0c8f7a11",
    "name": "Staff",
    "include": [{"email_domain": {"domain": "meridian.example"}}],
}
GERMANS = policy(
    "Germans",
    include=[{"group": {"id": GROUP["id"]}}],
    require=[{"geo": {"country_code": "DE"}}, {"ip": {"ip": "198.51.100.9"}}],
)
GUESTS = policy(
    "Guests",
    include=[{"email": {"email": "guest@partner.example"}}],
    require=[{"ip": {"ip": "10.0.0.0/8"}}, {"geo": {"country_code": "FR"}}],
)
GRAFANA_ADMINS = policy("Admins", include=[{"okta": {"name": "admins", "identity_provider_id": "okta"}}])


@pytest.fixture
def denied(all_logins_known, all_updates_known, make_login, read_policies):
    """Ada was denied at Grafana, whose policies ask for another country or another address."""
    read_policies(GUESTS, GERMANS, groups=[GROUP])
    return make_login()


@pytest.fixture
def page(client):
    """A page as somebody sees it who is signed in."""

    def get(path, user=None, **headers):
        if user:
            client.force_login(user)
        response = client.get(path, **headers)
        assert response.status_code == 200
        return page_of(response)

    return get


@pytest.fixture
def helper(make_user):
    return make_user("helper", Role.HELPDESK)


def card_of(page):
    """What a page says from the headline of the answer to how far it holds."""
    return page.text[page.text.index("No policy of Grafana") : page.text.index("The policies were last read")]


def test_rules_stand_beside_what_was_seen(denied, page, make_user):
    card = card_of(page(ADA_PAGE, make_user()))
    assert "Germans, needs a location in Germany (DE) and an IP address in 198.51.100.9" in card
    assert "Not met country is Germany (DE) the login came from the Netherlands (NL)" in card
    assert "Met in the rule group Staff" in card
    assert "1. Guests Allow" in card
    assert "2. Germans Allow Nearest" in card


def test_policy_leads_to_its_own_page(denied, page, make_user):
    shown = page(ADA_PAGE, make_user())
    assert shown.link("Open the policy Guests").startswith("/policies/policy/policy-guests/?account=")
    assert "policy=policy-guests" in shown.link("Try a change of Guests")


def test_short_form_names_no_one_else(denied, page, helper):
    card = card_of(page(denied.get_absolute_url(), helper))
    assert "Not met country is Germany (DE)" in card
    assert "IP address is in a network the policy names the login came from 192.0.2.•••" in card
    assert "Guests Allow" in card
    for hidden in ("guest@partner.example", "198.51.100", "10.0.0.0", "192.0.2.7", "Staff", "Open the policy"):
        assert hidden not in card


def test_networks_are_masked_like_addresses(denied, page, helper):
    helper.user_permissions.add(Permission.objects.get(codename="view_policies"))
    card = card_of(page(ADA_PAGE, helper))
    assert "IP address is in 198.51.100.•••" in card
    assert "IP address is in 10.0.0.0/8" in card
    assert "guest@partner.example" in card


def test_what_to_do_comes_from_policies(denied, page, make_user):
    text = page(ADA_PAGE, make_user()).text
    steps = text[text.index("What to do next") : text.index("What the logs can’t show")]
    assert steps.startswith("What to do next Ask where the person is, and whether a VPN changes their country")
    assert "Look up Ray ID" not in steps
    assert "The logs name no policy; the policies were read from Cloudflare’s settings." in text


def test_ticket_has_the_short_form(denied, client, make_user):
    client.force_login(make_user())
    ticket = client.get(f"{ADA_PAGE}ticket.md").content.decode()
    assert "No policy of `Grafana` admits what this login brought." in ticket
    assert "- Nearest policy `Germans`: Not met: needs a location in Germany (DE) and an IP address" in ticket
    assert "- The policies were last read at 19 Nov 2026 14:06:12 UTC." in ticket
    assert "198.51.100.9" not in ticket


def test_ticket_masks_addresses(all_logins_known, make_login, read_policies, client, helper):
    read_policies(policy("Office", include=[{"ip": {"ip": "198.51.100.0/24"}}]))
    make_login()
    client.force_login(helper)
    ticket = client.get(f"{ADA_PAGE}ticket.md").content.decode()
    assert "the login came from `192.0.2.•••`" in ticket
    assert "192.0.2.7" not in ticket


def test_event_of_another_app_has_its_own_card(denied, page, make_user, make_login):
    earlier = make_login(created_at=NOW - timedelta(hours=2), app_uid="other", app_name="Wiki")
    text = page(earlier.get_absolute_url(), make_user()).text
    assert text.index("The policies of Wiki could not be read") < text.index("No policy of Grafana admits")


def test_policies_are_read_once_for_two_logins(denied, page, make_user, make_login):
    older, user = make_login(created_at=denied.created_at - timedelta(minutes=5)), make_user()
    counts = []
    for login in (denied, older):
        with CaptureQueriesContext(connection) as queries:
            assert "No policy of Grafana" in page(login.get_absolute_url(), user).text
        counts.append(sum('FROM "logsync_snapshot"' in query["sql"] for query in queries))
    assert counts[0] == counts[1] > 0


def test_allowed_login_names_its_policy(denied, page, make_user, make_login, read_policies):
    read_policies(policy("Everyone", include=[{"everyone": {}}]), at=NOW - timedelta(days=2))
    allowed = make_login(allowed=True, user_email="bob@meridian.example")
    assert "Everyone admits this login." in page(allowed.get_absolute_url(), make_user()).text


def test_unread_policies_are_one_line(all_logins_known, page, make_user, make_login):
    text = page(make_login().get_absolute_url(), make_user()).text
    assert "The policies of Grafana could not be read: Gatehouse has not read this application yet." in text
    assert "in the order in which Cloudflare judges them" not in text


def test_hostile_names_are_text(all_logins_known, page, make_user, make_login, read_policies, client):
    name = '"><script>alert(1)</script>\u202e'
    read_policies(policy("one", include=[{"geo": {"country_code": name}}]) | {"name": name}, name=name)
    client.force_login(make_user())
    html = client.get(make_login().get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


# What Cloudflare last saw.


@pytest.fixture
def grouped(all_logins_known, all_updates_known, make_login, read_policies):
    """Ada was denied at Grafana, which asks for a group."""
    read_policies(GRAFANA_ADMINS)
    return make_login()


def test_page_asks_for_the_identity(grouped, page, make_user):
    text = page(ADA_PAGE, make_user()).text
    assert "Asking Cloudflare what it last saw of ada@meridian.example …" in text
    reading = UserReading.objects.get()
    assert (reading.person, reading.subject) == ("ada@meridian.example", UserReading.Subject.IDENTITY)


def test_nothing_is_asked_where_the_row_decides(denied, page, make_user):
    page(ADA_PAGE, make_user())
    assert not UserReading.objects.exists()


@pytest.mark.parametrize("path", [ADA_PAGE, "event"])
def test_page_waits_without_an_answer(grouped, client, make_user, path):
    client.force_login(make_user())
    path = grouped.get_absolute_url() if path == "event" else path
    client.get(path)
    again = client.get(path, headers={"HX-Request": "true", "Background-Refresh": "true"})
    assert again.status_code == 204
    UserReading.objects.update(attempted_at=NOW, read_at=NOW)
    LastSeenIdentity.objects.create(
        account=grouped.account,
        access_id="1",
        person="ada@meridian.example",
        user_id=grouped.user_id,
        seen_at=NOW - timedelta(days=4),
        first_read_at=NOW,
        last_read_at=NOW,
        content={"email": "ada@meridian.example", "idp": {"id": "okta", "type": "okta"}, "groups": ["staff"]},
    )
    answered = page_of(client.get(path, headers={"HX-Request": "true", "Background-Refresh": "true"}))
    assert "As last seen 4 days before this login, ada@meridian.example met no policy of Grafana." in answered.text
    assert "Cloudflare last saw ada@meridian.example on 15 Nov" in answered.text


def test_refused_identity_says_what_to_grant(grouped, page, make_user):
    page(ADA_PAGE, make_user())
    UserReading.objects.update(attempted_at=NOW, error="Grant the token Access: Audit Logs Read.")
    text = page(ADA_PAGE).text
    assert "could not be asked what it last saw of ada@meridian.example: Grant the token Access: Audit Logs" in text
