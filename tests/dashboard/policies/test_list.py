"""The list of what Access is set up to do, its findings, and its exports."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission as Stored

from dashboard.exported.models import Export
from dashboard.permissions.roles import Role
from logsync.models import AccessObject, Account, Reading
from tests.conftest import NOW
from tests.dashboard.policies.conftest import ENG, GRAFANA, HEALTH, LEADS, SPARE, STAFF
from tests.dashboard.reading import page_of, records_of

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def names(signed_in):
    """The names on the page at a query."""
    return lambda query="": [row[0] for row in page_of(signed_in.get(f"/policies/?{query}")).rows[1:]]


@pytest.mark.usefixtures("configured")
class TestPage:
    def test_applications_come_first(self, signed_in):
        page = page_of(signed_in.get("/policies/"))
        assert page.rows[1:] == [["Grafana", "Bypass Health checks, Allow Staff", "Bypasses Access", "–"]]
        assert "What Access asks of a login, as Gatehouse last read it: 1 application" in page.text

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("kind=policy", ["Health checks", "Spare", "Staff"]),
            ("kind=group", ["Engineering", "Leads"]),
            ("kind=list", ["VIPs"]),
            ("kind=service_token", ["ci-deploy"]),
            ("kind=any&q=EALTH", ["Health checks"]),
            ("kind=any&q=13d976ec", ["Grafana"]),
            ("kind=policy&decision=bypass", ["Health checks"]),
            ("decision=allow", ["Grafana"]),
            ("kind=any&finding=some", ["Grafana", "Health checks", "Spare"]),
            ("kind=any&finding=unused", ["Spare"]),
            (f"kind=policy&app_uid={GRAFANA}", ["Health checks", "Staff"]),
            (f"kind=any&app_uid={GRAFANA}&not.kind=app", ["Engineering", "Health checks", "Leads", "Staff", "VIPs"]),
            ("kind=policy&sort=-name", ["Staff", "Spare", "Health checks"]),
            ("kind=policy&sort=-used_by&q=s", ["Staff", "Health checks", "Spare"]),
            ("q=nothing", []),
        ],
    )
    def test_filters_choose(self, query, expected, names):
        assert names(query) == expected

    def test_each_kind_has_its_words(self, signed_in):
        rows = {row[0]: row[1:] for row in page_of(signed_in.get("/policies/?kind=any")).rows[1:]}
        assert rows["Staff"][:3] == ["policy", "Allow include 2, require 1, exclude 1", "1 app"]
        assert rows["Engineering"][:3] == ["rule group", "include 2", "1 policy, 1 rule group"]
        assert rows["VIPs"][1] == "3 items"
        assert rows["ci-deploy"][1] == "Expired 1 Nov 00:00"

    def test_tabs_count_each_kind(self, signed_in):
        text = page_of(signed_in.get("/policies/?q=e")).text
        assert "Applications 0" in text or "Applications 1" in text
        assert "Policies 2" in text

    def test_findings_are_said(self, signed_in):
        text = page_of(signed_in.get("/policies/")).text
        assert "The policy “Health checks” lets requests bypass Access." in text
        assert "so no rows prove nothing" in text
        assert "No application uses the policy “Spare”." in text

    def test_says_what_was_not_read(self, signed_in):
        text = page_of(signed_in.get("/policies/")).text
        assert "Gateway lists couldn’t be read. What is shown of them was read 17 Nov 14:06:12." in text
        assert "Grant Zero Trust Read to the API token." in text
        assert "Read from Cloudflare 19 Nov 14:06:12." in text

    def test_gone_things_say_so(self, signed_in, names):
        AccessObject.objects.filter(object_id="spare").update(gone_at=NOW)
        assert "Spare Gone" in names("kind=policy")
        assert "No application uses" not in page_of(signed_in.get("/policies/")).text


def test_nothing_read_says_so(account, signed_in):
    page = page_of(signed_in.get("/policies/"))
    assert "Gatehouse has not read any policies yet." in page.text


def test_first_failure_is_told(account, signed_in):
    Reading.objects.create(account=account, part="apps", attempted_at=NOW, error="Grant Apps and Policies Read.")
    text = page_of(signed_in.get("/policies/")).text
    assert "Applications and their policies couldn’t be read. Nothing is known of them." in text
    assert "Grant Apps and Policies Read." in text


def test_many_apps_are_paged(read_policies, keep, names, signed_in):
    for number in range(250):
        keep("app", {"id": f"app-{number}", "name": f"App {number:03}", "policies": [{"id": "staff"}]})
    keep("policy", STAFF)
    first, last = names(), names("page=3")
    assert (first[0], first[-1], len(first)) == ("App 000", "App 099", 100)
    assert (last[0], last[-1], len(last)) == ("App 200", "App 249", 50)
    assert names("page=99") == last
    page = page_of(signed_in.get("/policies/?page=2&q=App"))
    links = {link.text: link.href for link in page.all("a")}
    assert (links["Previous"], links["Next"]) == ("?q=App", "?q=App&page=3")
    assert "100 of 250 on this page (page 2 of 3)" in page.text


def test_number_of_queries_stays(read_policies, keep, signed_in, django_assert_max_num_queries):
    for number in range(30):
        keep("app", {"id": f"app-{number}", "name": f"App {number}", "policies": [{"id": f"policy-{number}"}]})
        keep("policy", {**STAFF, "id": f"policy-{number}"})
        keep("group", {**ENG, "id": f"group-{number}"})
    with django_assert_max_num_queries(30):
        signed_in.get("/policies/?kind=any")


def test_accounts_are_apart(configured, keep, signed_in, names):
    other = Account.objects.create(account_id="b" * 32, name="Other")
    keep("app", {"id": GRAFANA, "name": "Grafana there", "policies": []}, of=other)
    rows = page_of(signed_in.get("/policies/")).rows
    assert [row[:2] for row in rows[1:]] == [["Meridian", "Grafana"], ["Other", "Grafana there"]]
    assert names(f"account={'b' * 32}") == ["Other"]


# Who may see it


def test_single_person_may_see_but_not_export(configured, client, make_user):
    user = make_user("senior", role=Role.HELPDESK)
    client.force_login(user)
    assert client.get("/policies/").status_code == 403
    user.user_permissions.add(Stored.objects.get(codename="view_policies"))
    page = page_of(client.get("/policies/"))
    assert "Grafana" in page.text
    assert not [link for link in page.all("a") if link.href.startswith(("/policies.csv", "/policies.json"))]
    refused = client.get("/policies.csv")
    assert refused.status_code == 403
    assert "let you export lists" in refused.content.decode()


@pytest.mark.parametrize(("role", "is_offered"), [(Role.HELPDESK, False), (Role.ANALYST, False), (Role.SECURITY, True)])
def test_link_is_offered_to_those_who_may(role, is_offered, account, client, make_user):
    client.force_login(make_user("kim", role=role))
    assert ("/policies/" in [link.href for link in page_of(client.get("/")).all("a")]) is is_offered


# Exports


@pytest.mark.usefixtures("configured")
class TestExports:
    def test_csv_has_every_field(self, signed_in):
        rows = {row["name"]: row for row in records_of(signed_in.get("/policies.csv?kind=any"))}
        assert rows["Grafana"]["what"] == "Bypass Health checks; Allow Staff"
        assert rows["Grafana"]["decisions"] == "bypass; allow"
        assert rows["Grafana"]["findings"] == "bypass"
        assert rows["Grafana"]["finding_sentences"] == "The policy “Health checks” lets requests bypass Access."
        assert rows["Staff"]["used_by"] == "1"
        assert rows["ci-deploy"]["expires_at"] == "2026-11-01T00:00:00.000000Z"

    def test_json_has_the_same(self, signed_in):
        [row] = json.loads(b"".join(signed_in.get("/policies.json?kind=policy&decision=allow")))["result"]
        assert (row["object_id"], row["kind"], row["used_by"]) == ("staff", "policy", 1)

    def test_export_is_recorded(self, signed_in):
        list(signed_in.get("/policies.csv?kind=group"))
        export = Export.objects.get()
        assert (export.list_name, export.rows, export.coverage["kind"]) == ("Policies", 2, "partial")


def test_hostile_names_stay_text(read_policies, keep, signed_in):
    name = '=cmd()<script>alert(1)</script>"\u202e'
    read_policies({**STAFF, "name": name}, groups=[{**ENG, "name": name}, LEADS], name=name)
    keep("policy", {**HEALTH, "name": name})
    for query in ("", "?kind=any", "?kind=policy"):
        html = signed_in.get(f"/policies/{query}").content.decode()
        assert "<script>alert" not in html
        assert "\u202e" not in html
    rows = records_of(signed_in.get("/policies.csv"))
    assert rows[0]["name"].startswith("'=cmd()")


def test_newest_reading_counts(read_policies, signed_in):
    read_policies(STAFF, SPARE, groups=[ENG, LEADS])
    later = NOW + timedelta(hours=1)
    read_policies({**STAFF, "name": "All staff"}, groups=[ENG, LEADS], at=later, until=later)
    assert page_of(signed_in.get("/policies/")).rows[1][1] == "Allow All staff"
