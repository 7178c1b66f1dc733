"""What the story says happens is what the logs show."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company.company import ENTRA, OKTA, Company
from logsync.simulator.nanoseconds import from_timedelta, to_datetime
from logsync.simulator.story.facts import Incident
from logsync.simulator.story.story import DUPLICATES, INCIDENTS, ON_LEAVE, Story
from tests.logsync.simulator.reader import NOW, Reader, Row

TODAY = NOW.date()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# Days of either provider's incident.
DAYS = [TODAY - age * DAY for age in (1, 2, 3)]


@pytest.fixture(scope="module")
def story(reader: Reader) -> Story:
    return reader.story


def clock(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def at_the_app(reader: Reader, incident: Incident, since: datetime, until: datetime) -> Iterator[Row]:
    return (row for row in reader.logins(since, until) if row["app_uid"] == incident.app.app_uid and row["user_email"])


def newest_result(rows: Iterator[Row]) -> dict[str, Any]:
    return {row["user_email"]: row.get("allowed") for row in rows}


@pytest.mark.parametrize("day", DAYS)
def test_incident_denies_mostly_its_connection(reader: Reader, day: date) -> None:
    incident = reader.story.incident(day)
    assert (incident.starts_at, incident.ends_at) == (clock(day, 9, 12), clock(day, 11, 40))
    results = newest_result(at_the_app(reader, incident, incident.starts_at, incident.ends_at - timedelta(seconds=1)))
    through = {person.email for person in reader.company.people if person.connection == incident.connection}
    inside = [allowed for email, allowed in results.items() if email in through]
    outside = [allowed for email, allowed in results.items() if email not in through and "evil" not in email]
    assert len(inside) >= 10
    assert inside.count(False) >= 0.7 * len(inside)
    assert outside.count(True) >= 0.7 * len(outside) > 3


@pytest.mark.parametrize("day", DAYS)
def test_few_stay_locked_out_overnight(reader: Reader, day: date) -> None:
    incident = reader.story.incident(day)
    locked_out = {person.email for person in incident.locked_out}
    locked_until = to_datetime(incident.locked_until)
    night = newest_result(at_the_app(reader, incident, incident.starts_at, locked_until - timedelta(seconds=1)))
    assert len(locked_out) == 3
    assert {night[email] for email in locked_out} == {False}
    tries = at_the_app(reader, incident, incident.ends_at, locked_until - timedelta(seconds=1))
    assert not [row for row in tries if row["user_email"] in locked_out and row.get("allowed")]
    afternoon = list(at_the_app(reader, incident, incident.ends_at, incident.ends_at + 2 * HOUR))
    let_in = {row["user_email"] for row in afternoon if row.get("allowed")}
    awake = {person.email for person in incident.affected if person.is_awake(10)}
    assert awake - locked_out <= let_in
    morning = list(at_the_app(reader, incident, locked_until, locked_until + HOUR))
    assert locked_out <= {row["user_email"] for row in morning if row.get("allowed")}


def test_incidents_alternate_between_apps_and_providers(story: Story) -> None:
    incidents = [story.incident(TODAY - age * DAY) for age in range(10)]
    assert {incident.connection for incident in incidents} == {OKTA, ENTRA}
    assert len({incident.app.name for incident in incidents}) == 5


@pytest.mark.parametrize("hour", [0, 6, 9, 13, 18])
def test_any_day_holds_whole_story(hour: int) -> None:
    now = clock(TODAY, hour, 10)
    reader = Reader(Simulator(clock=lambda: now, lateness=None, logins_per_day=500))
    emails = {row["user_email"] for row in reader.logins(now - DAY, now) if row.get("allowed") is False}
    errors = {row.get("error_description", "").partition(":")[0] for row in reader.scim(now - DAY, now)}
    assert {'"><img src=x onerror=alert(1)>@evil.example', "mallory@evil.example"} <= emails
    assert len(emails) > 20
    assert {"member not found", f'userName "{reader.company.email(DUPLICATES[0])}" already exists'} <= errors


@pytest.mark.parametrize("age", [1, 2])
def test_group_patch_fails_repeatedly_then_succeeds(reader: Reader, age: int) -> None:
    outage = reader.story.group_outage(TODAY - age * DAY)
    rows = [
        row
        for row in reader.scim(outage.starts_at, outage.ends_at, resource_group_name="eng-prod")
        if outage.member_id in row["request_body"]
    ]
    assert [row["logged_at"][11:16] for row in rows[:2] + rows[-2:]] == ["08:40", "09:10", "13:10", "13:40"]
    assert [row["status"] for row in rows] == ["FAILURE"] * 10 + ["SUCCESS"]
    assert {row["error_description"] for row in rows[:-1]} == {f"member not found: {outage.member_id}"}
    assert len({row["request_body"] for row in rows}) == 1
    assert {row["request_method"] for row in rows} == {"PATCH"}


@pytest.mark.parametrize("age", range(1, 5))
def test_deprovisioned_person_is_denied_until_morning(reader: Reader, age: int) -> None:
    off = reader.story.deprovisioning(TODAY - age * DAY)
    assert (off.starts_at.hour, off.starts_at.minute, off.ends_at.hour) == (13, 2, 7)
    between = reader.logins(off.starts_at, off.ends_at, email=off.person.email)
    assert len(between) >= 4
    assert {row["allowed"] for row in between} == {False}
    after = reader.logins(off.ends_at, off.ends_at + HOUR, email=off.person.email)
    assert after[0]["allowed"] is True


@pytest.mark.parametrize("age", range(1, 5))
def test_scim_deactivates_and_reactivates_person(reader: Reader, age: int) -> None:
    off = reader.story.deprovisioning(TODAY - age * DAY)
    rows = reader.scim(off.starts_at, off.ends_at, cf_resource_id=off.person.cf_resource_id)
    assert [row["logged_at"][11:19] for row in rows] == ["13:02:17", "07:00:09"]
    assert [active(row) for row in rows] == [False, True]
    assert {row["status"] for row in rows} == {"SUCCESS"}
    mentions = reader.scim(off.starts_at + timedelta(seconds=1), off.ends_at - timedelta(seconds=1))
    assert not [row for row in mentions if off.person.cf_resource_id in row["request_body"]]


def active(row: Row) -> bool:
    [operation] = json.loads(row["request_body"])["Operations"]
    value = operation["value"]
    return str(value["active"] if isinstance(value, dict) else value) == "True"


def test_deprovisioning_takes_turns_among_people(story: Story) -> None:
    emails = [story.deprovisioning(TODAY + age * DAY).person.email for age in range(41)]
    assert len(set(emails)) == 41
    assert not set(emails) & {story.company.email(name) for name in DUPLICATES + ON_LEAVE}


def test_incident_hits_only_active_accounts(story: Story) -> None:
    for age in range(50):
        day = TODAY + age * DAY
        affected = story.incident(day).affected
        assert not {off.person for off in story.deactivated_on(day)} & {*affected}
        assert all(story.is_active(person, story.incident(day).until) for person in affected)


@pytest.mark.parametrize("age", range(1, 5))
def test_leaver_keeps_access_for_hours(reader: Reader, age: int) -> None:
    leave = reader.story.leave(TODAY - age * DAY)
    rows = reader.logins(leave.starts_at, min(leave.ends_at, NOW), email=leave.person.email)
    assert {row["allowed"] for row in rows} == {True}
    assert {row["app_name"] for row in rows} == {app.name for _, app in leave.sessions}
    assert len({row["app_name"] for row in rows}) in (2, 3)
    later = [datetime.fromisoformat(row["created_at"][:19] + "Z") - leave.starts_at for row in rows]
    assert timedelta(minutes=20) <= later[0] <= 2 * HOUR <= later[-1] <= 5 * HOUR


@pytest.mark.parametrize("age", range(5, 9))
def test_okta_deactivates_leaver_and_nothing_else(reader: Reader, age: int) -> None:
    leave = reader.story.leave(TODAY - age * DAY)
    assert leave.until - leave.since > from_timedelta(3 * DAY)
    rows = reader.scim(leave.starts_at, leave.ends_at, cf_resource_id=leave.person.cf_resource_id)
    assert [(row["request_method"], row["status"], active(row)) for row in rows] == [
        ("PATCH", "SUCCESS", False),
        ("PATCH", "SUCCESS", True),
    ]
    assert {row["idp_id"] for row in rows} == {reader.company.provider(OKTA).id}
    mentions = reader.scim(leave.starts_at + timedelta(seconds=1), leave.ends_at - timedelta(seconds=1))
    assert not [row for row in mentions if leave.person.cf_resource_id in row.get("request_body", "")]
    back = reader.logins(leave.ends_at, leave.ends_at + HOUR, email=leave.person.email)
    assert {row["allowed"] for row in back} == {True}


def test_leavers_rotate_and_return_in_time(story: Story) -> None:
    leaves = [story.leave(TODAY + age * DAY) for age in range(2 * len(ON_LEAVE))]
    assert len({leave.person for leave in leaves[: len(ON_LEAVE)]}) == len(ON_LEAVE)
    assert [leave.person.connection for leave in leaves] == [OKTA] * len(leaves)
    for leave, next_time in zip(leaves, leaves[len(ON_LEAVE) :], strict=False):
        assert leave.person is next_time.person
        assert [story.is_active(leave.person, moment) for moment in (leave.since - 1, leave.since)] == [True, False]
        assert [story.is_active(leave.person, moment) for moment in (leave.until - 1, leave.until)] == [False, True]
        assert leave.until < next_time.since


@pytest.mark.parametrize("age", range(1, 7))
def test_group_removal_precedes_first_denial(reader: Reader, age: int) -> None:
    removal = reader.story.removal(TODAY - age * DAY)
    around = reader.logins(removal.starts_at - 8 * HOUR, removal.ends_at + HOUR, email=removal.person.email)
    here = [row for row in around if row["app_uid"] == removal.app.app_uid]
    begun, ended = removal.starts_at.isoformat(), removal.ends_at.isoformat()
    before = [row["allowed"] for row in here if row["created_at"] < begun]
    meanwhile = [row["allowed"] for row in here if begun <= row["created_at"] < ended]
    after = [row["allowed"] for row in here if row["created_at"] >= ended]
    assert (before[-1], {*meanwhile}, after[0]) == (True, {False}, True)
    assert len(meanwhile) >= 4
    mentions = [
        row
        for row in reader.scim(removal.starts_at, removal.ends_at, resource_group_name=removal.group.name)
        if removal.person.cf_resource_id in row["request_body"]
    ]
    assert [row["logged_at"][11:19] for row in mentions] == ["08:21:37", "07:31:12"]
    assert ['"remove"' in row["request_body"] for row in mentions] == [True, False]
    assert {row["status"] for row in mentions} == {"SUCCESS"}


def test_removed_members_have_no_other_trouble(story: Story) -> None:
    removals = [story.removal(TODAY + age * DAY) for age in range(60)]
    assert len({removal.person for removal in removals}) > 10
    for removal in removals:
        assert removal.app.admits(removal.person)
        assert removal.app.name not in dict(INCIDENTS)
        assert all(story.is_active(removal.person, moment) for moment in (removal.since, removal.until))
        assert not story.is_member(removal.person, removal.group, removal.since)
        assert story.is_member(removal.person, removal.group, removal.until)


def test_entra_retries_same_three_creations(reader: Reader) -> None:
    midnight = clock(TODAY - DAY, 0)
    for person in reader.story.duplicates:
        rows = reader.scim(midnight, midnight + DAY, idp_resource_id=person.idp_resource_id)
        assert len(rows) == 36
        assert {(row["request_method"], row["status"]) for row in rows} == {("POST", "FAILURE")}
        assert {row["error_description"] for row in rows} == {f'userName "{person.email}" already exists'}
        assert not any("cf_resource_id" in row for row in rows)


def test_the_facts_follow_from_the_seed() -> None:
    first, second, other = (Story(Company(seed)) for seed in ("meridian", "meridian", "another"))
    for age in range(10):
        day = TODAY + age * DAY
        one, same = first.incident(day), second.incident(day)
        assert [person.email for person in one.affected] == [person.email for person in same.affected]
        assert first.deprovisioning(day).person.user_id == second.deprovisioning(day).person.user_id
        assert first.leave(day).person.user_id == second.leave(day).person.user_id
        assert [at for at, _ in first.leave(day).sessions] == [at for at, _ in second.leave(day).sessions]
        assert first.removal(day).person.user_id == second.removal(day).person.user_id
        assert first.group_outage(day).member_id != other.group_outage(day).member_id
