"""What the story says happens is what the logs show."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from logsync.simulator.company import ENTRA, OKTA, Company
from logsync.simulator.moments import to_datetime
from logsync.simulator.story import DUPLICATES, Incident, Story
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
def test_an_incident_denies_most_people_of_its_connection_and_few_others(reader: Reader, day: date) -> None:
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
def test_a_few_stay_locked_out_until_the_next_morning_and_the_others_get_in(reader: Reader, day: date) -> None:
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


def test_incidents_go_round_the_applications_and_both_providers(story: Story) -> None:
    incidents = [story.incident(TODAY - age * DAY) for age in range(10)]
    assert {incident.connection for incident in incidents} == {OKTA, ENTRA}
    assert len({incident.app.name for incident in incidents}) == 5


@pytest.mark.parametrize("hour", [0, 6, 9, 13, 18])
def test_any_24_hours_hold_the_whole_story(hour: int) -> None:
    now = clock(TODAY, hour, 10)
    reader = Reader(Simulator(clock=lambda: now, lateness=None, logins_per_day=500))
    emails = {row["user_email"] for row in reader.logins(now - DAY, now) if row.get("allowed") is False}
    errors = {row.get("error_description", "").partition(":")[0] for row in reader.scim(now - DAY, now)}
    assert {'"><img src=x onerror=alert(1)>@evil.example', "mallory@evil.example"} <= emails
    assert len(emails) > 20
    assert {"member not found", f'userName "{reader.company.email(DUPLICATES[0])}" already exists'} <= errors


@pytest.mark.parametrize("age", [1, 2])
def test_the_same_patch_of_a_group_fails_every_half_hour_and_then_succeeds(reader: Reader, age: int) -> None:
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
def test_a_deprovisioned_person_is_denied_until_the_next_morning(reader: Reader, age: int) -> None:
    off = reader.story.deprovisioning(TODAY - age * DAY)
    assert (off.starts_at.hour, off.starts_at.minute, off.ends_at.hour) == (13, 2, 7)
    between = reader.logins(off.starts_at, off.ends_at, email=off.person.email)
    assert len(between) >= 4
    assert {row["allowed"] for row in between} == {False}
    after = reader.logins(off.ends_at, off.ends_at + HOUR, email=off.person.email)
    assert after[0]["allowed"] is True


@pytest.mark.parametrize("age", range(1, 5))
def test_scim_switches_the_person_off_and_on_and_says_nothing_else_meanwhile(reader: Reader, age: int) -> None:
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


def test_everybody_whose_day_it_is_comes_round(story: Story) -> None:
    emails = [story.deprovisioning(TODAY + age * DAY).person.email for age in range(49)]
    assert len(set(emails)) == 49
    assert not set(emails) & {story.company.email(name) for name in DUPLICATES}


def test_whom_an_incident_hits_has_an_account(story: Story) -> None:
    for age in range(50):
        day = TODAY + age * DAY
        assert story.deprovisioning(day).person not in story.incident(day).affected


def test_entra_creates_the_same_three_users_every_forty_minutes_in_vain(reader: Reader) -> None:
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
        assert first.group_outage(day).member_id != other.group_outage(day).member_id
