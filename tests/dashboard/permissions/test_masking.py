"""What somebody who sees IP addresses masked, and no request bodies, may and may not ask for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission as StoredPermission
from django.test import Client

from dashboard.permissions.masking import NO_BODY, NO_SORTING
from dashboard.permissions.roles import Role
from dashboard.saved.models import SavedView
from logsync.scim.hidden_body import HIDDEN
from tests.dashboard.reading import page_of

NO_ADDRESS, SMALLEST = "You see IP addresses masked, so you can’t look for one.", "the smallest network"
EVERYTHING = "range=all&allowed=any"


@pytest.fixture
def hilda(make_user):
    return make_user("hilda", role=Role.HELPDESK)


@pytest.fixture
def helpdesk(client, hilda):
    client.force_login(hilda)
    return client


@pytest.fixture
def analyst(make_user):
    other = Client()
    other.force_login(make_user("anna", role=Role.ANALYST))
    return other


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("ip_address=192.0.2.7", f"{NO_ADDRESS} Look for its network instead: 192.0.2.0/24."),
        ("not.ip_address=192.0.2.7", NO_ADDRESS),
        ("ip_address=2001:db8:1:2::3", "2001:db8:1::/48"),
        ("ip_address=nonsense", NO_ADDRESS),
        ("ip_address=192.0.2.0/25", f"{SMALLEST} that you can look for is 192.0.2.0/24."),
        ("ip_address=192.0.2.0/24&ip_address=192.0.2.7", NO_ADDRESS),
        ("q=denied 192.0.2.7", NO_ADDRESS),
        ("sort=ip_address", NO_SORTING),
        ("sort=-ip_address", NO_SORTING),
    ],
)
def test_exact_addresses_are_not_looked_for(query, refusal, helpdesk, analyst, all_logins_known):
    response = helpdesk.get(f"/logins/?{query}")
    assert (response.status_code, refusal in page_of(response).text) == (400, True)
    assert analyst.get(f"/logins/?{query}").status_code == 200


def test_words_in_bodies_are_not_looked_for(helpdesk, analyst, all_updates_known):
    for query in ("request_body=ada", "not.request_body=ada"):
        response = helpdesk.get(f"/scim/?{query}")
        assert (response.status_code, NO_BODY in page_of(response).text) == (400, True)
        assert analyst.get(f"/scim/?{query}").status_code == 200


def test_filter_box_refuses_in_the_end(helpdesk, all_logins_known):
    response = helpdesk.get("/logins/?filter=ip:192.0.2.7", follow=True)
    assert NO_ADDRESS in page_of(response).text


def test_networks_are_looked_for(helpdesk, all_logins_known, make_login):
    make_login(ip_address="192.0.2.7")
    make_login(ip_address="198.51.100.7")
    page = page_of(helpdesk.get(f"/logins/?{EVERYTHING}&ip_address=198.51.100.0/24"))
    assert ("198.51.100.•••" in page.text, "192.0.2.•••" in page.text) == (True, False)
    links = [link.attrs["href"] for link in page.all("a") if link.text == "198.51.100.•••"]
    assert links == ["?range=all&allowed=any&ip_address=198.51.100.0%2F24"]


def test_search_leads_to_network(helpdesk, all_logins_known, make_login):
    make_login(ip_address="192.0.2.7")
    response = helpdesk.post("/search/", {"q": "192.0.2.99"}, follow=True)
    assert response.redirect_chain[0][0] == "/logins/?ip_address=192.0.2.0%2F24&allowed=any&range=all"
    assert "this is the network of the one you looked for" in page_of(response).text


def test_views_that_would_be_refused_are_not_offered(helpdesk, analyst, make_user, all_logins_known):
    colleague = make_user("colleague")
    for name, query in {"exact": "ip_address=192.0.2.7", "network": "ip_address=192.0.2.0/24"}.items():
        SavedView.objects.create(owner=colleague, name=name, page="logins:list", query=query, is_shared=True)
    for address in ("/views/", "/logins/"):
        for user, offered in ((helpdesk, {"network"}), (analyst, {"exact", "network"})):
            names = {link.text for link in page_of(user.get(address)).all("a")}
            assert {name for name in ("exact", "network") if any(one.startswith(name) for one in names)} == offered


def test_export_is_masked_while_it_is_sent(helpdesk, hilda, all_logins_known, make_login, make_update):
    make_login(ip_address="192.0.2.7")
    make_update(request_body="secret")
    hilda.user_permissions.add(StoredPermission.objects.get(codename="export"))
    logins = b"".join(helpdesk.get(f"/logins.csv?{EVERYTHING}")).decode()
    updates = b"".join(helpdesk.get("/scim.json?range=all&status=any")).decode()
    assert ("192.0.2.•••" in logins, "192.0.2.7" in logins) == (True, False)
    assert (HIDDEN in updates, "secret" in updates) == (True, False)


def test_hidden_body_is_said_to_be(helpdesk, all_updates_known, make_update):
    update = make_update(request_body='{"userName": "ada", "title": "secret"}')
    page = page_of(helpdesk.get(f"/scim/{update.key.hex}/"))
    assert (f"{HIDDEN}." in page.text, "Copy body" in page.text) == (True, False)
    assert helpdesk.get(f"/scim/{update.key.hex}/body.txt").status_code == 403


def test_columns_that_are_masked_are_not_sorted_by(helpdesk, analyst, all_logins_known, make_login):
    make_login()
    for user, number in ((helpdesk, 0), (analyst, 1)):
        page = page_of(user.get("/logins/"))
        assert len([link for link in page.all("a") if link.text == "IP address"]) == number
        assert len([one for one in page.all("option") if one.attrs["value"] == "ip_address"]) == number
