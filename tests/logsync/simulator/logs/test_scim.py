"""The rows of the SCIM logs, and the bodies in them, as each provider writes them."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from logsync.simulator.company.company import ENTRA, OKTA
from tests.logsync.simulator.reader import NOW, Reader, Row

DOCUMENTED = {
    "cf_resource_id",
    "error_description",
    "idp_id",
    "idp_resource_id",
    "logged_at",
    "request_body",
    "request_method",
    "resource_group_name",
    "resource_type",
    "resource_user_email",
    "status",
}


@pytest.fixture(scope="module")
def rows(reader: Reader) -> list[Row]:
    """All that is kept."""
    return reader.scim(NOW - timedelta(days=60), NOW)


def of(reader: Reader, rows: list[Row], connection: str) -> list[Row]:
    idp_id = reader.company.provider(connection).id
    return [row for row in rows if row["idp_id"] == idp_id]


def body(row: Row) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(row["request_body"])
    return decoded


def operations(rows: list[Row]) -> list[dict[str, Any]]:
    readable = [row for row in rows if row["request_method"] == "PATCH" and row["request_body"].endswith("}")]
    return [operation for row in readable for operation in body(row)["Operations"]]


def test_documented_fields_occur_and_rows_differ(rows: list[Row]) -> None:
    assert set().union(*rows) == DOCUMENTED
    assert len({json.dumps(row, sort_keys=True) for row in rows}) == len(rows) > 15_000


def test_day_has_requested_number_of_rows(rows: list[Row]) -> None:
    assert len(rows) / 45 == pytest.approx(400, rel=0.05)


def test_groups_name_no_user(rows: list[Row]) -> None:
    groups = [row for row in rows if row["resource_type"] == "GROUP"]
    users = [row for row in rows if row["resource_type"] == "USER"]
    assert not any("resource_user_email" in row for row in groups)
    assert all("resource_group_name" in row for row in groups)
    assert 0 < sum("resource_user_email" not in row for row in users) < len(users) / 20


def test_only_failures_have_errors(rows: list[Row]) -> None:
    statuses = Counter(row["status"] for row in rows)
    assert set(statuses) == {"SUCCESS", "FAILURE", "ERROR"}
    assert statuses["ERROR"] < 30
    assert all(("error_description" in row) == (row["status"] != "SUCCESS") for row in rows)


@pytest.mark.parametrize(
    "error",
    [
        "member not found: ",
        'userName "omar.haddad@meridian.example" already exists',
        "too many members in one operation: 1204, at most 1000",
        'required attribute "emails" is missing',
        "request body is not valid JSON",
        "upstream timed out",
    ],
)
def test_every_error_of_the_story_occurs(rows: list[Row], error: str) -> None:
    assert [row for row in rows if row.get("error_description", "").startswith(error)]


def test_member_list_length_matches_error(rows: list[Row]) -> None:
    row = next(row for row in rows if row.get("error_description", "").startswith("too many members"))
    assert len(body(row)["Operations"][0]["value"]) == 1204


def test_truncated_body_is_not_json(rows: list[Row]) -> None:
    cut = [row["request_body"] for row in rows if row.get("error_description", "").startswith("request body is not")]
    assert cut
    for text in cut:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_delete_has_no_body(rows: list[Row]) -> None:
    deletions = [row for row in rows if row["request_method"] == "DELETE"]
    assert {row.get("request_body") for row in deletions} == {"", None}


def test_hostile_text_occurs_every_day(rows: list[Row]) -> None:
    hostile = [row for row in rows if "</script><script>" in row.get("request_body", "")]
    assert len(hostile) == 45
    assert all("=HYPERLINK(" in row["request_body"] for row in hostile)


def test_okta_sends_passwords_and_never_deletes(reader: Reader, rows: list[Row]) -> None:
    users = [row for row in of(reader, rows, OKTA) if row["resource_type"] == "USER"]
    created = [body(row) for row in users if row["request_method"] == "POST"]
    passwords = {user["password"] for user in created}
    assert len(created) >= len(passwords) > 20
    assert {len(password) for password in passwords} == {8}
    assert {row["request_method"] for row in users} == {"POST", "PUT", "PATCH"}


def test_okta_writes_lower_case_operations(reader: Reader, rows: list[Row]) -> None:
    okta = of(reader, rows, OKTA)
    assert {operation["op"] for operation in operations(okta)} == {"replace", "add", "remove"}
    additions = [body(row)["Operations"] for row in okta if '"op":"add"' in row.get("request_body", "")]
    assert {first["op"] for first, _ in additions} == {"replace"}
    assert {tuple(first["value"]) for first, _ in additions} == {("id", "displayName")}


def test_entra_writes_capitalised_operations(reader: Reader, rows: list[Row]) -> None:
    written = operations(of(reader, rows, ENTRA))
    assert {operation["op"] for operation in written} == {"Replace", "Add", "Remove"}
    values = [operation["value"] for operation in written if operation["path"] == "active"]
    assert {json.dumps(value) for value in values} == {"true", "false", '"True"', '"False"'}


def test_ids_look_like_their_providers_ids(reader: Reader, rows: list[Row]) -> None:
    for connection, user, group, length in ((OKTA, "00u", "00g", 20), (ENTRA, "", "", 36)):
        for row in of(reader, rows, connection):
            assert row["idp_resource_id"].startswith(user if row["resource_type"] == "USER" else group)
            assert len(row["idp_resource_id"]) == length


def test_a_resource_keeps_its_ids(rows: list[Row]) -> None:
    pairs = {(row["cf_resource_id"], row["idp_resource_id"]) for row in rows if "cf_resource_id" in row}
    assert len({cf for cf, _ in pairs}) == len({idp for _, idp in pairs}) == len(pairs)


def test_members_have_cloudflare_ids(reader: Reader, rows: list[Row]) -> None:
    known = {person.cf_resource_id: person.email for person in reader.company.people}
    members = [
        member
        for operation in operations(of(reader, rows, OKTA))
        if operation["op"] == "add"
        for member in operation["value"]
    ]
    assert {member["display"] for member in members if member["value"] in known} > set()
    assert all(known.get(member["value"], member.get("display")) == member.get("display") for member in members)
