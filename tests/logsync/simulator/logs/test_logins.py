"""The rows of the login log are shaped as the real ones are, and as many as asked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from logsync.simulator.company.company import Company
from logsync.simulator.logs.log import Log
from logsync.simulator.logs.logins import Logins
from logsync.simulator.logs.timeline import BUCKETS_A_DAY
from logsync.simulator.nanoseconds import day_of
from logsync.simulator.story.story import Story
from tests.logsync.simulator.reader import NOW, Reader, Row

DOCUMENTED = {
    "action",
    "allowed",
    "app_domain",
    "app_uid",
    "connection",
    "created_at",
    "ip_address",
    "ray_id",
    "user_email",
}
UNDECLARED = {
    "user_id",
    "app_name",
    "app_type",
    "country",
    "purpose_justification_prompt",
    "purpose_justification_response",
    "temporary_access_approvers",
    "temporary_access_duration",
}
DOCUMENTATION_NETWORKS = [
    ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def rows(reader: Reader) -> list[Row]:
    """Two days."""
    return reader.logins(NOW - timedelta(days=2), NOW)


@pytest.fixture(scope="module")
def log() -> Log:
    company = Company("meridian")
    return Log(company, Logins(company, Story(company)), per_day=8000)


def test_every_known_login_field_occurs(rows: list[Row]) -> None:
    assert set().union(*rows) == DOCUMENTED | UNDECLARED


def test_few_rows_lack_values(rows: list[Row]) -> None:
    for field in ("allowed", "app_name"):
        assert 0 < sum(field not in row for row in rows) < len(rows) / 200
    assert 0 < sum(row["country"] is None for row in rows) < len(rows) / 200
    assert {field for row in rows for field, value in row.items() if value is None} == {"country"}


def test_timestamps_have_varying_precision(rows: list[Row]) -> None:
    digits = {len(row["created_at"].partition(".")[2].rstrip("Z")) for row in rows}
    assert digits == set(range(10))


def test_timestamps_and_rays_repeat_rows_never(rows: list[Row]) -> None:
    times = Counter(row["created_at"] for row in rows)
    rays = Counter(row["ray_id"] for row in rows)
    documented = Counter(tuple(row.get(name) for name in sorted(DOCUMENTED)) for row in rows)
    assert sum(count > 1 for count in times.values()) > 10
    assert sum(count > 1 for count in rays.values()) > 10
    assert max(documented.values()) == 1


def test_countries_are_written_in_either_case(rows: list[Row]) -> None:
    countries = {row["country"] for row in rows}
    assert {"DE", "de"} <= countries


def test_service_row_has_no_person(rows: list[Row]) -> None:
    services = [row for row in rows if row["connection"] == "nonidentity"]
    assert len(rows) / 10 < len(services) < len(rows) / 5
    assert {(row["user_email"], row["user_id"]) for row in services} == {("", "")}
    assert all(row["user_email"] for row in rows if row["connection"] != "nonidentity")


def test_connections_and_networks_are_known(rows: list[Row]) -> None:
    assert {row["connection"] for row in rows} == {"okta", "azureAD", "onetimepin", "nonidentity"}
    addresses = {ip_address(row["ip_address"]) for row in rows}
    assert all(any(address in network for network in DOCUMENTATION_NETWORKS) for address in addresses)
    assert {address.version for address in addresses} == {4, 6}


def test_app_domain_is_host_and_path(reader: Reader, rows: list[Row]) -> None:
    host_by_uid = {app.app_uid: app.host for app in reader.company.applications}
    assert all(row["app_domain"].startswith(host_by_uid[row["app_uid"]] + "/") for row in rows)
    assert {row["app_uid"] for row in rows} == set(host_by_uid)


def test_ray_id_is_sixteen_hex_digits(rows: list[Row]) -> None:
    assert all(len(row["ray_id"]) == 16 and int(row["ray_id"], 16) for row in rows)


def test_everyone_not_on_leave_logs_in(reader: Reader, rows: list[Row]) -> None:
    away = {reader.story.leave((NOW - timedelta(days=age)).date()).person for age in (2, 3)}
    people = {row["user_email"]: row["user_id"] for row in rows if row["user_email"].endswith("@meridian.example")}
    assert people == {person.email: person.user_id for person in reader.company.people if person not in away}
    assert len(set(people.values())) == len(people) > 55


def test_calm_days_deny_few_people(reader: Reader, rows: list[Row]) -> None:
    days = [(NOW - timedelta(days=age)).date() for age in range(4)]
    troubled = {reader.story.incident(day).app.name for day in days}
    removed = {(out.person.email, out.app.name) for out in map(reader.story.removal, days)}
    people = [row for row in rows if row["user_email"] and (row["user_email"], row.get("app_name")) not in removed]
    calm = [row for row in people if row.get("app_name") not in troubled]
    share = sum(row.get("allowed") is False for row in calm) / len(calm)
    assert 0.015 < share < 0.035


def test_week_has_requested_number_of_rows(log: Log) -> None:
    monday = day_of(datetime(2026, 11, 16, tzinfo=UTC))
    total = sum(sum(log.counts(monday + weekday)) for weekday in range(7))
    assert total == pytest.approx(7 * 8000, rel=0.02)


def test_quiet_hours_still_have_rows(log: Log) -> None:
    friday = day_of(datetime(2026, 11, 20, tzinfo=UTC))
    for day in range(friday, friday + 4):
        counts = log.counts(day)
        hours = [sum(counts[first : first + 12]) for first in range(0, BUCKETS_A_DAY, 12)]
        assert min(hours) > 3600 / 27
        assert sum(hours) / 24 > 3600 / 14


def test_bucket_size_matches_its_count(log: Log) -> None:
    day = day_of(NOW)
    for index in range(0, BUCKETS_A_DAY, 5):
        assert len(log.events(day * BUCKETS_A_DAY + index)) == log.counts(day)[index]


def test_story_appears_without_background_logins() -> None:
    company = Company("meridian")
    log = Log(company, Logins(company, Story(company)), per_day=0)
    assert 50 < sum(log.counts(day_of(NOW))) < 200
