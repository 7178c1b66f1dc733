"""One login as JSON: its fields as the list has them, and what the policies asked of it."""

from __future__ import annotations

import json

import pytest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.roles import Role
from tests.why_cases import policy

GERMANS = policy(
    "Germans",
    include=[{"email": {"email": "boss@meridian.example"}}, {"email_domain": {"domain": "meridian.example"}}],
    require=[{"geo": {"country_code": "DE"}}, {"ip": {"ip": "198.51.100.9"}}],
)


@pytest.fixture
def get(client, make_user):
    """The JSON at a path, as somebody with a role is answered."""

    def answer(path, role=Role.SECURITY, status=200):
        client.force_login(make_user(f"user-{role}", role))
        response = client.get(path)
        assert (response.status_code, response["Content-Type"]) == (status, "application/json")
        return response.json()

    return answer


@pytest.fixture
def login(make_login, read_policies):
    read_policies(GERMANS)
    return make_login(extra={"device": {"name": "ada-mac"}})


def path_of(login):
    return f"/logins/{login.key.hex}.json"


def test_event_has_fields_of_the_list(login, get, client):
    event = get(path_of(login))["event"]
    [row] = json.loads(client.get("/logins.json?range=all").getvalue())["result"]
    assert event == row


def test_rules_are_told_one_by_one(login, get):
    why = get(path_of(login))["why"]
    assert (why["headline"], why["form"]) == ("Y2", "full")
    [germans] = why["policies"]
    assert {name: germans[name] for name in ("name", "decision", "precedence", "result")} == {
        "name": "Germans",
        "decision": "allow",
        "precedence": 1,
        "result": "not_met",
    }
    country = next(rule for rule in germans["rules"] if rule["kind"] == "geo")
    assert country == {
        "list": "require",
        "kind": "geo",
        "value": {"country_code": "DE"},
        "result": "not_met",
        "evidence": "row",
        "at": "2026-11-19T13:06:12.000000Z",
        "seen": "NL",
        "reason": "",
        "rules": [],
    }


def test_short_form_has_no_values(login, get):
    answer = get(path_of(login), Role.HELPDESK)
    why = answer["why"]
    assert why["form"] == "short"
    assert "Your role doesn’t let you see Access policies rule by rule" in why["form_note"]
    rules = why["policies"][0]["rules"]
    assert [(rule["kind"], rule["value"], rule["seen"]) for rule in rules] == [
        ("geo", None, "NL"),
        ("ip", None, "192.0.2.•••"),
    ]
    assert answer["event"]["ip_address"] == "192.0.2.•••"
    for hidden in ("boss@meridian.example", "198.51.100", "192.0.2.7"):
        assert hidden not in str(answer)


def test_looking_is_recorded(login, get):
    get(path_of(login))
    entry = AuditEntry.objects.get(action=Action.PERSON_VIEWED)
    assert (entry.subject, entry.details) == ("ada@meridian.example", {"shown_as": "JSON of an event"})


@pytest.mark.parametrize(("key", "status"), [("0" * 32, 404), ("nothing", 400)])
def test_unknown_login_is_told_in_json(db, get, key, status):
    [error] = get(f"/logins/{key}.json", status=status)["errors"]
    assert "key" in error["message"]


def test_login_without_policies_is_told(make_login, get):
    why = get(path_of(make_login()))["why"]
    assert (why["headline"], why["policies"], why["read_at"]) == ("Y6", [], None)
