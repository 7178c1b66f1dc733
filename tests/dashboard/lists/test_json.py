"""The JSON of a list has the rows of its CSV with their types, what is known of their time, and leads on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.lists import json as export
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of


def answer_of(response):
    assert response["Content-Type"] == "application/json"
    return json.loads(b"".join(response))


@pytest.fixture
def hourly_logins(all_logins_known, make_login):
    """Seven logins, one an hour, the newest first; two are of the same moment."""
    hours = [1, 2, 3, 3, 4, 5, 6]
    return [make_login(created_at=NOW - timedelta(hours=hour)) for hour in hours]


def follow(signed_in, address):
    """The rows of all answers, from the first on."""
    rows, addresses = [], []
    while address:
        assert address not in addresses
        addresses.append(address)
        answer = answer_of(signed_in.get(address))
        rows.append(answer["result"])
        address = answer["next"]
    return rows


def test_values_keep_their_types(account, all_logins_known, make_login, signed_in):
    row = make_login(allowed=None, country="", extra={"purpose": {"a": [1, None]}}, user_email='=1<b>"é')
    [found] = answer_of(signed_in.get("/logins.json?allowed=any"))["result"]
    assert found["created_at"] == "2026-11-19T13:06:12.000000Z"
    assert (found["allowed"], found["country"], found["user_email"]) == (None, "", '=1<b>"é')
    assert found["extra"] == {"purpose": {"a": [1, None]}}
    assert (found["account"], found["ray_id"]) == (account.account_id, row.ray_id)


def test_names_in_objects_are_sorted(all_logins_known, make_login, signed_in):
    make_login(extra={"policy": {"name": "x", "id": 1}, "device": [{"z": 1, "a": 2}]})
    text = b"".join(signed_in.get("/logins.json").streaming_content).decode()
    assert '"extra": {"device": [{"a": 2, "z": 1}], "policy": {"id": 1, "name": "x"}}' in text


def test_login_without_time_has_null(all_logins_known, make_login, signed_in):
    make_login(lacks_time=True)
    [found] = answer_of(signed_in.get("/logins.json"))["result"]
    assert found["created_at"] is None


@pytest.mark.parametrize("address", ["/logins.{}?allowed=any", "/scim.{}?status=any", "/logins.{}?columns=ray_id"])
def test_json_has_rows_of_csv(address, all_logins_known, all_updates_known, make_login, make_update, signed_in):
    make_login(), make_login(allowed=True), make_update()
    records = records_of(signed_in.get(address.format("csv")))
    found = answer_of(signed_in.get(address.format("json")))["result"]
    assert [list(row) for row in found] == [list(record) for record in records]
    for row, record in zip(found, records, strict=True):
        assert {name: record[name] for name, value in row.items() if isinstance(value, str)} == {
            name: value for name, value in row.items() if isinstance(value, str)
        }


@pytest.mark.parametrize("sort", ["", "&sort=created_at", "&sort=user_email", "&sort=-allowed"])
def test_next_leads_through_all_rows(sort, hourly_logins, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.lists.views.MOST_ROWS", 2)
    parts = follow(signed_in, f"/logins.json?range=24h&columns=ray_id{sort}")
    assert [len(part) for part in parts] == [2, 2, 2, 1]
    whole = records_of(signed_in.get(f"/logins.csv?range=24h&columns=ray_id{sort}"))
    assert [row["ray_id"] for part in parts for row in part] == [row["ray_id"] for row in whole]


def test_following_answers_are_of_one_time(hourly_logins, make_login, signed_in, time_machine, monkeypatch):
    monkeypatch.setattr("dashboard.lists.views.MOST_ROWS", 4)
    first = answer_of(signed_in.get("/logins.json?range=7h&since=2026-11-19T07:30:00Z"))
    make_login(created_at=NOW)
    time_machine.move_to(NOW + timedelta(hours=3), tick=False)
    rest = answer_of(signed_in.get(first["next"]))
    expected = [login.ray_id for login in hourly_logins]
    assert {row["ray_id"] for row in first["result"] + rest["result"]} == set(expected)
    assert rest["range"]["since"] == first["range"]["since"]


def test_page_size_is_as_asked(hourly_logins, all_logins_known, make_login, signed_in):
    for _ in range(20):
        make_login()
    answer = answer_of(signed_in.get("/logins.json?per_page=25"))
    assert len(answer["result"]) == 25
    assert answer["next"].startswith("http://testserver/logins.json?per_page=25&")
    assert export.MOST_ROWS == 1000


def test_whole_list_has_no_next(hourly_logins, signed_in):
    assert answer_of(signed_in.get("/logins.json"))["next"] is None


def test_coverage_stands_in_the_body(make_stream, cover, signed_in):
    cover(make_stream(), NOW - timedelta(hours=48), NOW - timedelta(hours=2))
    answer = answer_of(signed_in.get("/logins.json"))
    assert answer["coverage"]["kind"] == "partial"
    assert answer["coverage"]["sentence"] == signed_in.get("/logins.csv")["Coverage"]
    [log] = answer["coverage"]["logs"]
    assert log["known"] == [{"since": "2026-11-18T14:06:12.000000Z", "until": "2026-11-19T12:06:12.000000Z"}]
    assert answer["range"] == {
        "since": "2026-11-18T14:06:12.000000Z",
        "until": None,
        "as_of": "2026-11-19T14:06:12.000000Z",
    }
    assert answer["result"] == []


def test_groups_come_all_at_once(all_logins_known, make_login, signed_in):
    for number in range(3):
        make_login(app_uid=f"app-{number}", app_name=f"App {number}")
    answer = answer_of(signed_in.get("/logins/by-app.json"))
    assert {row["app_name"] for row in answer["result"]} == {"App 0", "App 1", "App 2"}
    assert {type(row["denied"]) for row in answer["result"]} == {int}
    assert answer["next"] is None


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/logins.json?range=5y", "There is no range “5y”"),
        ("/logins.json?allowed=perhaps", "allowed=perhaps is not known here"),
        ("/logins.json?sort=colour", "The list cannot be sorted by “colour”"),
        ("/logins.json?per_page=9999", "per_page=9999 is not known here"),
        ("/logins.json?after=-created_at.999", "The row that “after” names is gone"),
        ("/logins.json?after=x", "The row that “after” names is gone"),
        ("/logins/by-app.json?range=5y", "There is no range “5y”"),
    ],
)
def test_problems_are_errors_in_json(address, sentence, account, signed_in):
    response = signed_in.get(address)
    assert response.status_code == 400
    [error] = answer_of(response)["errors"]
    assert error["message"].startswith(sentence)


@pytest.mark.parametrize("address", ["/logins/", "/logins/by-app/", "/scim/", "/scim/problems/"])
def test_page_links_to_its_exports(address, all_logins_known, all_updates_known, make_login, make_update, signed_in):
    make_login(), make_update()
    page = page_of(signed_in.get(f"{address}?range=7d"))
    links = {link.href for link in page.all("a")}
    assert {f"{address[:-1]}.json?range=7d", f"{address[:-1]}.csv?range=7d&head=coverage"} <= links
    assert signed_in.get(f"{address[:-1]}.json?range=7d").status_code == 200
