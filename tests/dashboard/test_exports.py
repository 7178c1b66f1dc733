"""Every list that has rows has a CSV and a JSON of them, under the same address and filters."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product

import pytest

from dashboard.exported.models import Export, State
from logsync.models import Replay, ScimProblem
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of
from tests.dashboard.test_urls import routes


def json_of(response):
    return json.loads(b"".join(response))


@pytest.fixture
def company(all_logins_known, all_updates_known, make_login, make_update):
    """One person who lost access to an app, one who never had it, one who got in again."""
    app = {"app_uid": "app-1", "app_name": "Payroll"}
    for name, minutes in (("lost", [(50, True), (40, False), (30, False)]), ("never", [(35, False)])):
        for ago, allowed in minutes:
            who = {"user_email": f"{name}@meridian.example", "user_id": name}
            make_login(**app, **who, allowed=allowed, created_at=NOW - timedelta(minutes=ago))
    for ago, allowed in ((20, False), (10, True)):
        who = {"user_email": "back@meridian.example", "user_id": "back"}
        make_login(**app, **who, allowed=allowed, created_at=NOW - timedelta(minutes=ago), country="DE")
    return make_update(resource_user_email="lost@meridian.example")


def test_every_csv_has_json_beside_it():
    found = routes()
    tables = [route for route in found if route.endswith(".csv")]
    assert len(tables) >= 8
    assert [route for route in tables if route.removesuffix("csv") + "json" not in found] == []


def test_every_list_export_is_recorded(company, signed_in, account):
    problem, compared = f"scim/problems/{ScimProblem.objects.get().key}", "logins/by-app/people"
    of = {"account": account, "asked_by": "sam", "state": Replay.State.DONE}
    times = {"asked_at": NOW, "finished_at": NOW, "since": NOW - timedelta(days=7), "until": NOW}
    what_if = f"what-if/{Replay.objects.create(**of, **times, app_uid='app-1').key.hex}"
    lists = [route for route in routes() if route.endswith(".csv")]
    for route, format in product(lists, ("csv", "json")):
        path = route.removesuffix(".csv").replace("scim/problems/<slug:key>", problem)
        path = path.replace("what-if/<slug:key>", what_if)
        query = f"?account={account.account_id}&app_uid=app-1" if path == compared else ""
        response = signed_in.get(f"/{path}.{format}{query}")
        body = b"".join(response)
        export = Export.objects.get(pk=response["Export-Id"])
        assert (export.path, export.state, export.size) == (f"/{path}.{format}", State.COMPLETE, len(body))
        assert signed_in.get(export.page).status_code in (200, 302), export.page


def test_lockouts_say_what_became_of_each(company, signed_in):
    page = page_of(signed_in.get("/logins/by-app/?range=7d&sort=-denied"))
    assert page.link("Export CSV, 1 row") == "/logins/by-app.csv?range=7d&sort=-denied"
    records = records_of(signed_in.get("/logins/lockouts.csv?range=7d"))
    assert {record["user_email"]: record["outcome"] for record in records} == {
        "lost@meridian.example": "locked_out",
        "never@meridian.example": "never_had_access",
        "back@meridian.example": "got_in",
    }
    [lost] = [record for record in records if record["outcome"] == "locked_out"]
    assert (lost["attempts"], lost["denied_rows"], lost["app_name"], lost["app_uid"]) == ("2", "2", "Payroll", "app-1")
    assert lost["last_allowed_at"] == "2026-11-19T13:16:12.000000Z"
    assert lost["allowed_at"] == ""


def test_lockouts_take_the_lists_filters(company, signed_in):
    found = json_of(signed_in.get("/logins/lockouts.json?country=DE"))
    assert [row["user_email"] for row in found["result"]] == ["back@meridian.example"]
    assert [row["allowed_at"] for row in found["result"]] == ["2026-11-19T13:56:12.000000Z"]
    assert found["coverage"]["kind"] == "complete"
    assert signed_in.get("/logins/lockouts.csv?colour=red&allowed=perhaps").status_code == 400


def test_page_links_to_its_lockouts(company, signed_in):
    links = [link.href for link in page_of(signed_in.get("/logins/by-app/?range=7d&sort=-denied")).all("a")]
    assert "/logins/lockouts.csv?range=7d" in links
    assert "/logins/lockouts.json?range=7d" in links


def test_people_are_exported_as_found(company, signed_in, account):
    page = page_of(signed_in.get("/people/?q=meridian"))
    assert page.link("Export CSV, ") == "/people.csv?q=meridian"
    records = records_of(signed_in.get("/people.csv?q=meridian"))[:3]
    assert [record["user_email"] for record in records] == [
        "back@meridian.example",
        "lost@meridian.example",
        "never@meridian.example",
    ]
    assert records[0]["last_allowed_at"] == "2026-11-19T13:56:12.000000Z"
    assert records[0]["account"] == account.account_id
    assert records[2]["last_allowed_at"] == ""
    [row] = json_of(signed_in.get("/people.json?q=never"))["result"]
    assert row["last_allowed_at"] is None


def test_more_people_are_not_miscounted(company, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.people.views.PeopleView.most", 2)
    page = page_of(signed_in.get("/people/"))
    assert page.link("Export CSV, 2+ rows") == "/people.csv?"
    assert len(records_of(signed_in.get("/people.csv"))) > 2


def test_compared_people_are_exported(company, signed_in, account):
    query = f"?account={account.account_id}&app_uid=app-1&range=24h&side=denied"
    page = page_of(signed_in.get(f"/logins/by-app/people/{query}"))
    assert page.link("Export CSV").startswith("/logins/by-app/people.csv?")
    records = records_of(signed_in.get(f"/logins/by-app/people.csv{query}"))
    assert {record["user_email"] for record in records} == {
        f"{name}@meridian.example" for name in ("lost", "never", "back")
    }
    assert all(record["ray_id"] and record["account"] == account.account_id for record in records)
    found = json_of(signed_in.get(f"/logins/by-app/people.json{query}&field=country&value=DE"))
    assert [row["user_email"] for row in found["result"]] == ["back@meridian.example"]


@pytest.mark.parametrize("format", ["csv", "json"])
def test_compared_people_refuse_unknown_side(format, company, signed_in, account):
    query = f"?account={account.account_id}&app_uid=app-1&side=left"
    response = signed_in.get(f"/logins/by-app/people.{format}{query}")
    assert response.status_code == 400
    assert "side=left is not known here" in response.content.decode()


def test_resources_of_problem_are_exported(company, make_update, signed_in):
    key = ScimProblem.objects.get().key
    ids = {"cf_resource_id": "other", "idp_resource_id": "other"}
    update = make_update(resource_user_email="other@meridian.example", logged_at=NOW - timedelta(minutes=5), **ids)
    page = page_of(signed_in.get(f"/scim/problems/{key}/"))
    assert page.link("Export CSV") == f"/scim/problems/{key}.csv?"
    records = records_of(signed_in.get(f"/scim/problems/{key}.csv"))
    assert [record["resource_name"] for record in records] == ["other@meridian.example", "lost@meridian.example"]
    assert records[0]["last_failed_at"] == "2026-11-19T14:01:12.000000Z"
    assert (records[0]["state"], records[0]["failed_requests"], records[0]["healed_by"]) == ("open", "1", "")
    assert records[0]["account"] == update.account.account_id


def test_healed_resource_names_its_proof(company, make_update, signed_in):
    who = {"resource_user_email": company.resource_user_email, "cf_resource_id": company.cf_resource_id}
    proof = make_update(
        **who,
        idp_resource_id=company.idp_resource_id,
        status="SUCCESS",
        error_description="",
        request_method=company.request_method,
        request_body=company.request_body,
        logged_at=NOW + timedelta(minutes=1),
    )
    key = ScimProblem.objects.get().key
    [row] = json_of(signed_in.get(f"/scim/problems/{key}.json?state=healed"))["result"]
    assert (row["state"], row["healed_by"]) == ("healed", proof.key.hex)
    assert row["failed_requests"] == 1
    assert json_of(signed_in.get(f"/scim/problems/{key}.json?state=failing"))["result"] == []


def test_resources_are_read_some_at_a_time(company, make_update, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.scim.problems.resources.BATCH", 2)
    for number in range(5):
        ids = {"cf_resource_id": f"cf-{number}", "idp_resource_id": f"idp-{number}"}
        make_update(resource_user_email=f"person{number}@meridian.example", **ids)
    key = ScimProblem.objects.get().key
    assert len(records_of(signed_in.get(f"/scim/problems/{key}.csv"))) == 6


def test_past_problem_is_exported_as_then(company, make_update, signed_in):
    make_update(resource_user_email="later@meridian.example", logged_at=NOW)
    key = ScimProblem.objects.get().key
    until = "2026-11-19T13:50:00Z"
    records = records_of(signed_in.get(f"/scim/problems/{key}.csv?until={until}"))
    assert "later@meridian.example" not in [record["resource_name"] for record in records]


@pytest.mark.parametrize("query", ["state=lost", "range=5y", "head=x"])
def test_odd_problem_export_is_refused(query, company, signed_in):
    key = ScimProblem.objects.get().key
    assert signed_in.get(f"/scim/problems/{key}.json?{query}").status_code == 400
    assert signed_in.get(f"/scim/problems/{'0' * 32}.csv").status_code == 404


def test_users_without_login_are_exported(company, make_update, signed_in):
    make_update(resource_user_email="new@meridian.example", cf_resource_id="new", idp_resource_id="new")
    page = page_of(signed_in.get("/scim/problems/without-login/?range=7d"))
    assert page.link("Export CSV") == "/scim/problems/without-login.csv?range=7d"
    records = records_of(signed_in.get("/scim/problems/without-login.csv?range=7d"))
    assert [record["resource_name"] for record in records] == ["new@meridian.example"]
    [row] = json_of(signed_in.get("/scim/problems/without-login.json"))["result"]
    assert row["problem"] == records[0]["problem"]
