"""What Access last saw of its users, and which sessions they have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company.company import ENTRA, OKTA, ONE_TIME_PIN, Person
from tests.logsync.simulator.reader import NOW, Reader, Row

DAY = timedelta(days=1)
TODAY = NOW.date()
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def reader_at(moment: datetime) -> Reader:
    return Reader(Simulator(clock=lambda: moment, lateness=None))


def identity(reader: Reader, person: Person) -> Row:
    row: Row = reader.access(f"users/{person.user_id}/last_seen_identity").json()["result"]
    return row


def sessions(reader: Reader, person: Person) -> list[Row]:
    rows: list[Row] = reader.access(f"users/{person.user_id}/active_sessions").json()["result"]
    return rows


def time_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture(scope="module")
def identities(reader: Reader) -> dict[str, Row]:
    return {person.email: identity(reader, person) for person in reader.company.people}


def test_identity_is_that_of_last_login(reader: Reader, identities: dict[str, Row]) -> None:
    rows = reader.logins(NOW - DAY / 4, NOW)
    newest = {row["user_email"]: row for row in rows}
    compared = 0
    for email, seen in identities.items():
        person = reader.company.person_by_email[email]
        if email in newest and reader.story.is_active(person, reader.story.incident(TODAY).until):
            row = newest[email]
            if seen["iat"] == int(datetime.fromisoformat(row["created_at"][:19] + "Z").timestamp()):
                assert (seen["ip"], seen["idp"]["type"]) == (row["ip_address"], row["connection"])
                compared += 1
    assert compared > 30


def test_identity_names_user_and_provider(reader: Reader, identities: dict[str, Row]) -> None:
    types = {idp.id: idp.type for idp in reader.company.identity_providers}
    for email, seen in identities.items():
        person = reader.company.person_by_email[email]
        assert (seen["email"], seen["user_uuid"], seen["geo"]) == (email, person.user_id, {"country": person.country})
        assert types[seen["idp"]["id"]] == seen["idp"]["type"]
        assert time_of(seen["iat"]) <= NOW


def test_groups_come_as_provider_has_them(reader: Reader, identities: dict[str, Row]) -> None:
    by_type: dict[str, list[Any]] = {}
    for seen in identities.values():
        by_type.setdefault(seen["idp"]["type"], []).append(seen.get("groups"))
    assert by_type[ONE_TIME_PIN] == [None] * len(by_type[ONE_TIME_PIN])
    okta = [group for groups in by_type[OKTA] for group in groups or ()]
    entra = [group for groups in by_type[ENTRA] for group in groups or ()]
    assert None in by_type[OKTA]
    assert {frozenset(group) for group in okta} == {frozenset({"id", "name"})}
    assert {frozenset(group) for group in entra} == {frozenset({"id", "name", "email"})}
    assert {"all-staff", "eng-prod"} <= {group["name"] for group in okta}


def test_some_identities_lack_claims(identities: dict[str, Row]) -> None:
    claims = [seen.get("oidc_fields") for seen in identities.values() if seen["idp"]["type"] == OKTA]
    assert None in claims
    assert {field["department"] for field in claims if field} >= {"Engineering", "SRE", "Data"}
    assert all(field["access_token"] for field in claims if field)


def test_removed_group_is_missing_after_denial() -> None:
    compared = 0
    for age in range(5):
        removal = Simulator().story.removal(TODAY - age * DAY)
        before = identity(reader_at(removal.starts_at - timedelta(minutes=3)), removal.person)
        after = identity(reader_at(removal.starts_at + timedelta(hours=3)), removal.person)
        if "groups" in before:
            assert removal.group.name in [group["name"] for group in before["groups"]]
            assert removal.group.name not in [group["name"] for group in after["groups"]]
            compared += 1
    assert compared >= 3


def test_switched_off_person_leaves_no_identity(reader: Reader) -> None:
    off = reader.story.deprovisioning(TODAY)
    seen = identity(reader_at(off.starts_at + timedelta(hours=4)), off.person)
    assert time_of(seen["iat"]) < off.starts_at


def test_refused_device_shows_in_identity(reader: Reader) -> None:
    rows = reader.logins(NOW - DAY, NOW)
    brought = reader.simulator.accounts[0].policies.brought
    [row, *_] = (
        row
        for row in rows
        if row.get("allowed") is False
        and row.get("app_name") == "Grafana"
        and (person := reader.company.person_by_email.get(row["user_email"]))
        and person.team != "contractor"
        and reader.story.is_active(person, reader.story.incident(TODAY).until)
    )
    person = reader.company.person_by_email[row["user_email"]]
    moment = datetime.fromisoformat(row["created_at"][:19] + "Z") + timedelta(seconds=1)
    posture = identity(reader_at(moment), person)["devicePosture"].values()
    assert {check["rule_name"]: check["success"] for check in posture} == {
        "Disk encryption": False,
        "Managed laptop": True,
    }
    assert brought.fails_device(reader.company.application("Grafana"), person.connection)


def test_people_without_logins_are_unknown(reader: Reader) -> None:
    newcomer = reader.story.newcomer(TODAY, reader.company.provider(OKTA))
    assert newcomer is not None
    for what in ("last_seen_identity", "active_sessions"):
        assert reader.access(f"users/{newcomer.user_id}/{what}").status_code == 404
    assert reader.access(f"users/{UNKNOWN}").status_code == 404
    short = Reader(Simulator(clock=lambda: NOW, retention=timedelta(minutes=1)))
    statuses = {
        short.access(f"users/{person.user_id}/last_seen_identity").status_code for person in short.company.people
    }
    assert 404 in statuses


def test_users_say_when_they_were_let_in(reader: Reader) -> None:
    users = reader.access("users", per_page=100).json()["result"]
    rows = reader.logins(NOW - DAY / 8, NOW)
    newest = {
        row["user_email"]: row["created_at"][:19] + "Z" for row in rows if row.get("allowed") and row["user_email"]
    }
    assert len(newest) > 20
    assert newest.items() <= {user["email"]: user["last_successful_login"] for user in users}.items()
    assert reader.access(f"users/{users[0]['id']}").json()["result"] == users[0]


def test_users_are_found_by_search(reader: Reader) -> None:
    [jane] = reader.access("users", search="JANE").json()["result"]
    assert reader.access("users", email="jane.doe@meridian.example").json()["result"] == [jane]
    assert reader.access("users", email="nobody@meridian.example").json()["result"] == []


def test_leaver_keeps_sessions_others_lose_them(reader: Reader) -> None:
    leave, off = reader.story.leave(TODAY), reader.story.deprovisioning(TODAY)
    assert not reader.story.is_active(leave.person, reader.story.incident(TODAY).until)
    open_ones = sessions(reader, leave.person)
    names = {app["name"] for session in open_ones for app in session["metadata"]["apps"].values()}
    assert {app.name for moment, app in leave.sessions if moment < leave.since + 4 * 3600 * 10**9} & names
    assert all(session["metadata"]["iat"] < leave.starts_at.timestamp() for session in open_ones)
    assert all(session["expiration"] > NOW.timestamp() for session in open_ones)
    assert sessions(reader, off.person) == []
    day_after = reader_at(leave.starts_at + DAY + timedelta(hours=6))
    assert sessions(day_after, leave.person) == []


def test_a_session_names_its_application(reader: Reader) -> None:
    jane = reader.company.person_by_email["jane.doe@meridian.example"]
    found = sessions(reader, jane)
    assert found
    for session in found:
        [app] = session["metadata"]["apps"].values()
        assert set(app) == {"hostname", "name", "type", "uid"}
        assert session["metadata"]["expires"] == session["expiration"]
