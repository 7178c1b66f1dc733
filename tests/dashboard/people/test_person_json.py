"""A person as JSON: the verdict and both logs, with what time they cover, and the address of what follows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.conftest import NOW

ADA = "ada@meridian.example"


@pytest.fixture
def answer(signed_in):
    """The decoded JSON of an address, by default that of Ada."""

    def get(address=f"/people/{ADA}.json", status=200):
        response = signed_in.get(address)
        assert (response.status_code, response["Content-Type"]) == (status, "application/json")
        return json.loads(response.content)

    return get


@pytest.fixture
def ada(all_logins_known, all_updates_known, make_login, make_update):
    """Ada got in, and was then denied; a SCIM update names her."""
    who = {"user_email": ADA, "app_uid": "app-1", "app_name": "Payroll"}
    make_login(**who, allowed=True, created_at=NOW - timedelta(hours=3))
    make_update(resource_user_email=ADA, logged_at=NOW - timedelta(hours=2))
    return make_login(**who, created_at=NOW - timedelta(hours=1))


def test_events_of_both_logs_are_in_order(ada, account, answer):
    events = answer()["result"]
    assert [event["log"] for event in events] == ["access_requests", "scim_updates", "access_requests"]
    newest = events[0]
    assert (newest["ray_id"], newest["allowed"], newest["account"]) == (ada.ray_id, False, account.account_id)
    assert newest["created_at"] == "2026-11-19T13:06:12.000000Z"
    assert "identity" not in newest
    assert events[1]["resource_user_email"] == ADA


def test_verdict_is_said_in_sentences(ada, account, answer):
    found = answer()
    assert found["person"]["user_email"] == found["person"]["addresses"][0] == ADA
    headline = found["verdict"]["headline"]
    assert headline["id"].startswith("H")
    assert "Payroll" in headline["sentence"]
    assert "19 Nov 2026 13:06:12 UTC" in headline["sentence"]
    assert found["coverage"]["kind"] == "complete"
    assert found["range"]["since"] == "2026-11-12T14:06:12.000000Z"


def test_filters_apply_as_on_the_page(ada, answer):
    assert len(answer(f"/people/{ADA}.json?log=scim")["result"]) == 1
    assert [event["allowed"] for event in answer(f"/people/{ADA}.json?log=logins&allowed=true")["result"]] == [True]


def test_next_leads_to_older_events(ada, answer, monkeypatch, time_machine):
    monkeypatch.setattr("dashboard.people.person_json.PAGE_SIZE", 2)
    first = answer()
    time_machine.move_to(NOW + timedelta(days=3), tick=False)
    second = answer(first["next"].removeprefix("http://testserver"))
    assert len(first["result"]) == 2
    assert [event["allowed"] for event in second["result"]] == [True]
    assert (second["next"], second["range"]["since"]) == (None, first["range"]["since"])


def test_login_without_time_has_null(all_logins_known, make_login, answer):
    make_login(user_email=ADA, lacks_time=True)
    assert [event["created_at"] for event in answer()["result"]] == [None]


def test_unknown_person_has_no_events(all_logins_known, all_updates_known, answer):
    found = answer("/people/nobody@meridian.example.json")
    assert (found["result"], found["next"]) == ([], None)


@pytest.mark.parametrize("query", ["range=5y", "after=x", "after=login.999999", "log=mail"])
def test_problems_are_errors(query, ada, answer):
    [error] = answer(f"/people/{ADA}.json?{query}", 400)["errors"]
    assert error["message"]


def test_address_that_ends_in_json(all_logins_known, make_login, answer, signed_in):
    make_login(user_email="ada@meridian.json")
    assert answer("/people/ada@meridian.json.json")["person"]["user_email"] == "ada@meridian.json"
    assert signed_in.get("/people/ada@meridian.json/").status_code == 200
