"""The page of one object: what it asks for, where it is used, what is odd about it, how it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission as Stored

from dashboard.permissions.roles import Role
from logsync.models import AccessObject, Account, AuditLogChange
from tests.conftest import NOW
from tests.dashboard.policies.conftest import ENG, GRAFANA, HEALTH, LEADS, STAFF
from tests.dashboard.reading import page_of

pytestmark = pytest.mark.usefixtures("now")
ACCOUNT = "a" * 32


@pytest.fixture
def page(signed_in):
    return lambda kind, object_id: page_of(signed_in.get(f"/policies/{kind}/{object_id}/"))


@pytest.mark.usefixtures("configured")
class TestEachKind:
    def test_app_has_its_policies_in_order(self, page):
        app = page("app", GRAFANA)
        assert [heading.text for heading in app.all("h3")] == ["Bypass Health checks", "Allow Staff"]
        assert "Include any one is enough in the rule group Engineering" in app.text
        assert "Require all must be met country is Germany (DE)" in app.text
        assert "After its rules are met: people have to say why they need access." in app.text
        assert "Providers Okta" in app.text
        assert "so no rows prove nothing" in app.text

    def test_app_leads_to_its_logins(self, page, account):
        links = {link.text: link.href for link in page("app", GRAFANA).all("a")}
        of_app = f"account={account.account_id}&app_uid={GRAFANA}"
        assert of_app in links["Failed logins at this app"]
        assert links["last 24 hours"].startswith("/logins/?range=24h&")
        assert of_app in links["last 7 days"]
        assert links["What if…"].startswith("/what-if/?")

    def test_policy_has_rules_and_users(self, page):
        policy = page("policy", "staff")
        assert "e-mail address is guest@partner.example" in policy.text
        assert "Exclude none may be met IP address is in 203.0.113.7" in policy.text
        assert "Used by Grafana application" in policy.text
        links = {link.text: link.href for link in policy.all("a")}
        assert links["in the rule group Engineering"].startswith("/policies/group/eng/")

    def test_groups_in_a_circle_end(self, page):
        group = page("group", "eng")
        assert "in the Okta group eng-prod" in group.text
        assert "in the rule group Leads" in group.text
        assert "(contains itself)" in group.text
        assert "Used by Staff policy Leads rule group" in group.text

    def test_list_has_its_items(self, page):
        assert page("list", "vip").text.count("ada@meridian.example") == 3
        assert "Used by Leads rule group" in page("list", "vip").text

    def test_expired_token_says_so(self, page):
        token = page("service_token", "ci")
        assert "Expired 1 Nov 00:00:00" in token.text
        assert "Used by Nothing that Gatehouse could read." in token.text


@pytest.mark.parametrize("address", ["app/nowhere/", "nonsense/staff/", f"app/{GRAFANA}/?account=elsewhere"])
def test_unknown_objects_are_not_found(address, configured, signed_in):
    assert signed_in.get(f"/policies/{address}").status_code == 404


def test_account_tells_equal_ids_apart(configured, keep, signed_in):
    other = Account.objects.create(account_id="b" * 32, name="Other")
    keep("app", {"id": GRAFANA, "name": "Grafana there", "policies": []}, of=other)
    text = page_of(signed_in.get(f"/policies/app/{GRAFANA}/?account={'b' * 32}")).text
    assert "Grafana there" in text
    assert "None, so nobody gets in." in text


def test_policies_that_were_not_read_are_counted(read_policies, keep, page):
    keep("app", {"id": "wiki", "name": "Wiki", "policies": [{"id": "one"}, {"id": "two"}]})
    assert "It has 2 policies, which Gatehouse couldn’t read." in page("app", "wiki").text
    keep("policy", {**STAFF, "id": "one"})
    assert "It has 1 more policy, which Gatehouse couldn’t read." in page("app", "wiki").text
    keep("app", {"id": "wiki", "name": "Wiki"}, at=NOW + timedelta(minutes=1))
    assert "Gatehouse couldn’t read which policies it has." in page("app", "wiki").text


def test_gone_object_is_told(configured, page):
    AccessObject.objects.filter(object_id="staff").update(gone_at=NOW + timedelta(hours=1))
    text = page("policy", "staff").text
    assert "Cloudflare said 19 Nov 15:06:12 that it no longer has this policy." in text
    assert "Version 1" in text


class TestVersions:
    def test_versions_say_when_and_who(self, account, read_policies, page):
        changed = NOW - timedelta(hours=5)
        read_policies(STAFF, groups=[ENG, LEADS], until=NOW - timedelta(hours=6))
        new = {**STAFF, "require": [], "updated_at": changed.isoformat()}
        read_policies(new, groups=[{**ENG, "name": "All engineers"}, LEADS], at=NOW - timedelta(hours=1))
        AuditLogChange.objects.create(
            account=account,
            entry_id="1",
            changed_at=changed,
            action="update",
            actor_email="cora@meridian.example",
            kind="policy",
            object_id="staff",
        )
        text = page("policy", "staff").text
        assert "Version 2 Changed 19 Nov 09:06:12, first read 19 Nov 13:06:12." in text
        assert "By cora@meridian.example." in text
        assert "What changed: Require: 1 rule removed" in text
        assert "Version 1 First read 20 Oct 14:06:12." in text
        assert "Version 2 Changed between 19 Nov 08:06:12 and 19 Nov 13:06:12." in page("group", "eng").text

    def test_many_versions_are_bounded(self, keep, page):
        for number in range(30):
            keep("group", {**ENG, "name": f"Engineering {number}"}, at=NOW - timedelta(days=30 - number))
        text = page("group", "eng").text
        assert "Version 30" in text
        assert "Version 11" in text
        assert "Version 10" not in text
        assert "10 older versions are not shown." in text


def test_hundreds_of_rules_are_bounded(read_policies, page):
    people = [{"email": {"email": f"person{number}@meridian.example"}} for number in range(700)]
    read_policies({**STAFF, "include": people})
    assert "person4@" in page("app", GRAFANA).text
    assert "person5@" not in page("app", GRAFANA).text
    assert "695 more" in page("app", GRAFANA).text
    policy = page("policy", "staff").text
    assert "person499@" in policy
    assert "200 more" in policy


def test_deep_groups_are_bounded(read_policies, page):
    groups = [
        {**ENG, "id": f"{depth}", "name": f"Level {depth}", "include": [{"group": {"id": f"{depth + 1}"}}] * 9}
        for depth in range(50)
    ]
    read_policies({**STAFF, "include": [{"group": {"id": "0"}}]}, groups=groups)
    text = page("policy", "staff").text
    assert "in the rule group Level 3" in text
    assert text.count("in the rule group") < 400
    assert "couldn’t be read" in page("group", "49").text


ODD = [None, "everyone", 7, {}, {"a": 1, "b": 2}, {"geo": None}, {"ip": {"ip": ["x"]}}, {"new_kind": {"x": [1]}}]


def test_odd_rules_are_shown_as_they_are(read_policies, page):
    read_policies({**STAFF, "include": ODD, "require": "x", "decision": None}, groups=[{"id": "odd", "include": ODD}])
    assert "new_kind" in page("policy", "staff").text
    assert "new_kind" in page("group", "odd").text
    assert page("app", GRAFANA).text


def test_hostile_names_stay_text(read_policies, keep, signed_in):
    name = "<script>alert(1)</script>\u202e"
    read_policies({**STAFF, "name": name, "decision": name}, groups=[{**ENG, "name": name}, LEADS], name=name)
    keep("list", {"id": "vip", "name": name, "items": [{"value": name}, None, 7]})
    for address in (f"app/{GRAFANA}", "policy/staff", "group/eng", "list/vip"):
        html = signed_in.get(f"/policies/{address}/").content.decode()
        assert "<script>alert" not in html
        assert "\u202e" not in html


def test_networks_are_masked_for_some(configured, keep, client, make_user):
    keep("list", {"id": "office", "name": "Office", "items": [{"value": "203.0.113.9"}]})
    user = make_user("senior", role=Role.HELPDESK)
    user.user_permissions.add(Stored.objects.get(codename="view_policies"))
    client.force_login(user)
    for address in ("policy/staff", f"app/{GRAFANA}", "list/office"):
        text = page_of(client.get(f"/policies/{address}/")).text
        assert "203.0.113.•••" in text
        assert "203.0.113.7" not in text
        assert "203.0.113.9" not in text


def test_bypass_policy_shows_its_finding(read_policies, page):
    read_policies(HEALTH)
    assert "lets requests bypass Access" in page("policy", "health").text
    assert "application Grafana" in page("policy", "health").text
