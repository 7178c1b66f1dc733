"""Editing policies in plain fields, without JavaScript; the edit is in the address."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission as StoredPermission

from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject, Replay, ReplayedPerson
from tests.conftest import NOW
from tests.dashboard.what_if.conftest import ACCOUNT, EDIT, ENGINEERS, GRAFANA, REQUIRES_GERMANY, STAFF


def edit_in(address):
    return json.loads(parse_qs(urlsplit(address).query)["edit"][0])


@pytest.fixture
def send(signed_in, grafana):
    """Send the form; the edit that its address then has."""

    def post(**fields):
        response = signed_in.post(EDIT, {"p0": ENGINEERS["id"], "g0": STAFF, **fields})
        assert response.status_code == 302, response.content.decode()
        assert signed_in.get(response["Location"]).status_code == 200
        return edit_in(response["Location"]) if "edit=" in response["Location"] else {}

    return post


def test_fresh_page_is_unedited(signed_in, grafana):
    html = signed_in.get(EDIT).content.decode()
    assert "Nothing is edited yet" in html
    assert "Nothing is sent to Cloudflare" in html
    assert "5 logins of people, last 7 days" in html
    assert "People who never tried don’t show" in html


def test_rules_are_added_and_removed(send):
    assert send(**REQUIRES_GERMANY) == {"policies": {ENGINEERS["id"]: {"require": [{"geo": {"country_code": "DE"}}]}}}
    removed = send(**{"g0-include-0-remove": "1", "g0-include-add-kind": "everyone"})
    assert removed == {"groups": {STAFF: {"include": [{"everyone": {}}]}}}


def test_values_are_typed(send):
    assert send(**{"g0-include-0-domain": "other.example"}) == {
        "groups": {STAFF: {"include": [{"email_domain": {"domain": "other.example"}}]}}
    }
    # Unchanged fields are no edit.
    assert send(**{"g0-include-0-domain": "meridian.example", "p0-precedence": "1", "p0-decision": "allow"}) == {}


def test_policy_is_switched_off(send):
    assert send(**{"p0-decision": "allow", "p0-off": "1"}) == {"policies": {ENGINEERS["id"]: {"off": True}}}


def test_decision_and_place_change(send):
    edit = send(**{"p0-decision": "deny", "p0-precedence": "7"})
    assert edit == {"policies": {ENGINEERS["id"]: {"decision": "deny", "precedence": 7}}}


def test_policy_is_added(signed_in, grafana):
    added = signed_in.post(EDIT, {"act": "add-policy"})["Location"]
    [policy] = edit_in(added)["added"]
    assert (policy["name"], policy["decision"], policy["precedence"]) == ("New policy 1", "allow", 2)
    fields = {"p1": "new-1", "p1-include-add-kind": "group", "p1-include-add-value": "staff"}
    [policy] = edit_in(signed_in.post(added, fields)["Location"])["added"]
    assert policy["include"] == [{"group": {"id": STAFF}}]
    assert "edit=" not in signed_in.post(added, {"p1": "new-1", "p1-drop": "1"})["Location"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"p0-include-add-kind": "email"}, "needs a value: e-mail address"),
        ({"p0-include-add-value": "DE"}, "Choose what kind of rule “DE” is"),
        ({"p0-include-add-kind": "geo", "p0-include-add-value": "Germany"}, "write two letters"),
        ({"p0-include-add-kind": "group", "p0-include-add-value": "Stuff"}, "There is: Staff"),
        ({"p0-include-add-kind": "magic", "p0-include-add-value": "x"}, "no kind of rule “magic”"),
        ({"p0-precedence": "first"}, "must be a whole number"),
        ({"p0-decision": "maybe"}, "there is no decision “maybe”"),
        ({"p0-name": "x" * 501}, "A value is too long"),
        ({"act": "run"}, "Nothing is edited yet."),
        ({"act": "run", "p0-include-0-remove": "1"}, "has no rule in include"),
    ],
)
def test_mistakes_are_told(fields, sentence, signed_in, grafana):
    response = signed_in.post(EDIT, {"p0": ENGINEERS["id"], **fields})
    assert (response.status_code, sentence in response.content.decode()) == (400, True)
    assert not Replay.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "line 1, column 2"),
        ("[" * 100_000, "nested too deep"),
        ('{"policies": NaN}', "can’t be read"),
        ('{"policies": %s}' % ("9" * 5_000), "can’t be read"),
        ("[]", "must be an object"),
        ('{"policies": 7}', "“policies” must be a list"),
        ('{"policies": [7]}', "Policy 1 must be an object"),
        ('{"policies": [{"decision": "allow", "include": 7}]}', "Policy 1, include must be a list of rules"),
        ('{"policies": [{"decision": "allow", "include": [{}]}]}', "include, rule 1 must be an object with one key"),
        ('{"policies": [{"decision": "allow", "secret": 1}]}', "Policy 1 has “secret”"),
        ('{"policies": [{"decision": "allow", "precedence": true}]}', "whole number"),
        ('{"policies": [{"name": "x"}]}', "choose a decision"),
        ('{"groups": [{"id": "other"}]}', "Rule group 1 is not one that these policies use"),
        (
            '{"policies": [{"decision": "allow", "include": [{"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}]}]}',
            "deep",
        ),
        ('"' + "x" * 200_001 + '"', "too long"),
        (json.dumps({"policies": [{"decision": "allow", "include": [{"email": {}}] * 2_001}]}), "too many rules"),
        (json.dumps({"policies": [{"decision": "allow"}] * 21}), "too many new policies"),
    ],
)
def test_hostile_json_is_told(text, sentence, signed_in, grafana):
    response = signed_in.post(EDIT, {"act": "json", "json": text})
    assert (response.status_code, sentence in response.content.decode()) == (400, True)


def test_json_edits_all_there_is(signed_in, grafana):
    html = signed_in.get(EDIT).content.decode()
    assert "&quot;email_domain&quot;" in html
    whole = {"policies": [{**ENGINEERS, "precedence": 1, "require": [{"\ud800": None}]}], "groups": []}
    address = signed_in.post(EDIT, {"act": "json", "json": json.dumps(whole)})["Location"]
    assert edit_in(address) == {"policies": {ENGINEERS["id"]: {"require": [{"\ufffd": None}]}}}
    gone = signed_in.post(EDIT, {"act": "json", "json": '{"policies": []}'})["Location"]
    assert edit_in(gone) == {"policies": {ENGINEERS["id"]: {"off": True}}}


def test_long_edit_is_kept_in_a_row(signed_in, grafana):
    rules = [{"email": {"email": f"person{number}@meridian.example"}} for number in range(200)]
    whole = {"policies": [{**ENGINEERS, "precedence": 1, "include": rules}]}
    address = signed_in.post(EDIT, {"act": "json", "json": json.dumps(whole)})["Location"]
    assert Replay.objects.get().state == "draft"
    html = signed_in.get(address).content.decode()
    assert "person199@meridian.example" in html
    assert "There are too many rules for rows" in html
    Replay.objects.all().delete()
    assert "is gone" in signed_in.get(address).content.decode()


def test_broken_edit_in_address_is_told(signed_in, grafana):
    for edit in ("{", "[]", '{"added": 7}', '{"policies": {"x": 7}}', '{"added": [{"decision": 1}]}'):
        response = signed_in.get(EDIT, {"account": ACCOUNT, "app_uid": GRAFANA, "edit": edit})
        assert response.status_code == 400, edit
        assert signed_in.post(response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"]).status_code == 400


def test_app_or_policy_is_chosen(signed_in, grafana):
    html = signed_in.get("/what-if/").content.decode()
    assert f'value="{ACCOUNT} {GRAFANA}"' in html
    assert signed_in.get("/what-if/", {"app": f"{ACCOUNT} {GRAFANA}"})["Location"] == EDIT
    policy = signed_in.get("/what-if/", {"every": f"{ACCOUNT} {ENGINEERS['id']}"})["Location"]
    assert "This policy at 1 application," in signed_in.get(policy).content.decode()
    assert signed_in.get("/what-if/?app_uid=other").status_code == 404


def test_masked_addresses_are_not_found_out(client, make_user, grafana):
    """Who sees networks alone can't find out a whole address by trying rules."""
    user = make_user("mia", role="helpdesk")
    user.user_permissions.add(StoredPermission.objects.get(codename="view_policies"))
    client.force_login(user)
    fields = {"p0": ENGINEERS["id"], "p0-require-add-kind": "ip", "act": "run"}
    refused = client.post(EDIT, {**fields, "p0-require-add-value": "192.0.2.7"})
    assert (refused.status_code, "192.0.2.0/24" in refused.content.decode()) == (400, True)
    listed = {**ENGINEERS, "precedence": 1, "require": [{"ip": {"ip": ["192.0.2.7"]}}]}
    assert client.post(EDIT, {"act": "json", "json": json.dumps({"policies": [listed]})}).status_code == 400
    assert client.post(EDIT, {**fields, "p0-require-add-value": "192.0.2.0/24"}).status_code == 302


def test_unread_policies_are_not_tried(signed_in, account, make_login):
    """An app that was read without its policies: that nobody gets in would be a guess."""
    make_login()
    keep_snapshot(account, AccessObject.Kind.APP, GRAFANA, {"id": GRAFANA, "name": "Grafana"}, NOW)
    html = signed_in.get(EDIT).content.decode()
    assert "The policies of this application could not be read" in html
    assert "lets nobody in" not in html
    whole = json.dumps({"policies": [{"decision": "allow", "include": [{"everyone": {}}]}]})
    for fields in ({"act": "json", "json": whole}, {"act": "run"}):
        assert signed_in.post(EDIT, fields).status_code == 400


def test_unread_policy_counts_as_unknown(signed_in, account, make_login, read_policies):
    make_login(country="NL")
    read_policies(ENGINEERS)
    for at in (NOW - timedelta(days=30), NOW):
        app = {"id": GRAFANA, "name": "Grafana", "policies": [{"id": ENGINEERS["id"]}, {"id": "never-read"}]}
        keep_snapshot(account, AccessObject.Kind.APP, GRAFANA, app, at)
    signed_in.post(EDIT, {"act": "run", **REQUIRES_GERMANY})
    assert ReplayedPerson.objects.get().outcome == "untold"
    assert Replay.objects.get().result["denied"]["unknown"] == 1
