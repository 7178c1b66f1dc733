"""Paging, windows and filters of the two logs, by the rules of the API."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from logsync.simulator.nanoseconds import parse
from tests.logsync.simulator.reader import NOW, Reader, Row, window

HOUR = timedelta(hours=1)
TEN_HOURS = window(NOW - 10 * HOUR, NOW)


def pages(reader: Reader, log: str, **parameters: Any) -> list[Row]:
    read = reader.logins_page if log == "logins" else reader.scim_page
    rows: list[Row] = []
    for page in range(1, 200):
        fresh = read(page=page, **TEN_HOURS, **parameters).json()["result"]
        if not fresh:
            return rows
        rows += fresh
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("log", ["logins", "scim"])
@pytest.mark.parametrize("per_page", [100, 1000])
def test_descending_pages_reverse_ascending_ones(reader: Reader, log: str, per_page: int) -> None:
    ascending = pages(reader, log, per_page=per_page, direction="asc")
    assert len(ascending) > 100
    assert ascending == pages(reader, log, per_page=per_page, direction="desc")[::-1]


def test_rows_are_sorted_by_time(reader: Reader) -> None:
    for rows, field in (
        (pages(reader, "logins", per_page=1000, direction="asc"), "created_at"),
        (pages(reader, "scim", per_page=1000, direction="asc"), "logged_at"),
    ):
        times = [parse(row[field]) for row in rows]
        assert [at for at, _ in times] == sorted(at for at, _ in times)


def test_page_past_end_is_empty(reader: Reader) -> None:
    for answer in (reader.logins_page(page=900, per_page=1000), reader.scim_page(page=900, per_page=1000)):
        assert answer.status_code == 200
        assert answer.json()["result"] == []


def test_default_page_sizes_match_cloudflare(reader: Reader) -> None:
    logins, updates = reader.logins_page().json(), reader.scim_page().json()
    assert len(logins["result"]) == 25
    assert len(updates["result"]) == 20
    assert logins["result"][0]["created_at"] > logins["result"][-1]["created_at"]
    assert logins["result"] == reader.logins_page(direction="desc", per_page=25).json()["result"]


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [({"limit": 1000}, 1000), ({"limit": 7, "per_page": 50}, 7), ({"limit": 50, "per_page": 10}, 10)],
)
def test_smaller_page_size_parameter_wins(reader: Reader, parameters: dict[str, int], rows: int) -> None:
    first, second = (reader.logins_page(page=page, **parameters).json()["result"] for page in (1, 2))
    assert len(first) == len(second) == rows
    assert first[-1]["created_at"] >= second[0]["created_at"]


@pytest.mark.parametrize("per_page", [1, 5, 10, 20, 25, 50, 100, 1000])
def test_fixed_page_sizes_are_accepted(reader: Reader, per_page: int) -> None:
    assert len(reader.logins_page(per_page=per_page).json()["result"]) == per_page


@pytest.mark.parametrize(
    "parameters",
    [
        {"per_page": 2},
        {"per_page": 51},
        {"per_page": 999},
        {"per_page": 1001},
        {"per_page": "all"},
        {"page": 0},
        {"page": -1},
        {"page": "9" * 5000},
        {"limit": "²"},
        {"since": "yesterday"},
        {"until": "2026-11-19"},
        {"direction": "sideways"},
        {"email": "a", "emailOp": "like"},
    ],
)
def test_unreadable_value_answers_400_without_envelope(reader: Reader, parameters: dict[str, Any]) -> None:
    answer = reader.logins_page(**parameters)
    assert answer.status_code == 400
    assert answer.json() == {"code": 12091, "message": "access.api.error.invalid_url_parameter_value"}


def test_only_scim_log_counts_total(reader: Reader) -> None:
    info = reader.logins_page(per_page=100, page=3).json()["result_info"]
    assert info == {"page": 3, "per_page": 100, "count": 100, "total_count": 0}
    everything = reader.scim(NOW - 10 * HOUR, NOW)
    assert reader.scim_page(per_page=5, **TEN_HOURS).json()["result_info"]["total_count"] == len(everything)


def test_window_includes_both_ends(reader: Reader) -> None:
    row = next(row for row in reader.logins(NOW - HOUR, NOW) if len(row["created_at"]) == 27)
    exact, second = row["created_at"], row["created_at"][:19] + "Z"
    assert row in reader.logins_page(since=exact, until=exact).json()["result"]
    assert row in reader.logins_page(since=second, until=second).json()["result"]
    later = exact[:-1] + "001Z"
    assert row not in reader.logins_page(since=later, per_page=1000).json()["result"]


def test_window_may_use_other_time_zone(reader: Reader) -> None:
    utc = reader.logins_page(since="2026-11-19T10:00:00Z", until="2026-11-19T10:10:00Z", per_page=1000).json()
    berlin = reader.logins_page(
        since="2026-11-19T11:00:00+01:00", until="2026-11-19T11:10:00+01:00", per_page=1000
    ).json()
    assert utc["result"] == berlin["result"] != []


def test_reversed_window_is_empty(reader: Reader) -> None:
    assert reader.logins_page(**window(NOW, NOW - HOUR)).json()["result"] == []


def test_rows_lie_between_retention_and_now(reader: Reader) -> None:
    short = Reader(Simulator(clock=lambda: NOW, lateness=None, retention=timedelta(days=2)))
    past = short.logins_page(**window(NOW - timedelta(days=9), NOW - timedelta(days=3)))
    assert (past.status_code, past.json()["result"]) == (200, [])
    [oldest] = short.logins_page(per_page=1, direction="asc").json()["result"]
    assert NOW - timedelta(days=2) <= datetime.fromisoformat(oldest["created_at"][:19] + "Z") + timedelta(seconds=1)
    [newest] = reader.logins_page(per_page=1, until="2030-01-01T00:00:00Z").json()["result"]
    assert datetime.fromisoformat(newest["created_at"][:19] + "Z") <= NOW


def test_retention_moves_while_window_is_read() -> None:
    moments = [NOW, NOW + timedelta(minutes=10)]
    reader = Reader(Simulator(clock=lambda: moments[0], lateness=None, retention=timedelta(days=2)))

    def page(number: int) -> list[Row]:
        answer = reader.logins_page(
            page=number, per_page=100, direction="asc", **window(NOW - timedelta(days=3), NOW - timedelta(days=1))
        )
        rows: list[Row] = answer.json()["result"]
        return rows

    before = page(1) + page(2) + page(3)
    del moments[0]
    dropped = before.index(page(1)[0])
    assert dropped > 20
    assert {row["created_at"] < "2026-11-17T14:16:12" for row in before[:dropped]} == {True}
    # The second page begins as many rows later as were dropped, so that a reader who goes on misses those.
    assert page(2)[0] == before[100 + dropped]


def test_failed_logins_respect_retention() -> None:
    reader = Reader(Simulator(clock=lambda: NOW, lateness=None, retention=timedelta(minutes=45)))
    person = reader.story.deprovisioning(NOW.date()).person
    failures = reader.access(f"users/{person.user_id}/failed_logins").json()["result"]
    assert failures
    assert all(failure["metadata"]["datetime"] >= "2026-11-19T13:21:12" for failure in failures)


def test_ignored_page_returns_first_page() -> None:
    reader = Reader(Simulator(clock=lambda: NOW, ignore_page=True))
    assert reader.logins_page(page=7).json() == reader.logins_page().json()


def test_capped_pages_skip_nothing() -> None:
    reader = Reader(Simulator(clock=lambda: NOW, lateness=None, page_cap=100))
    rows = [row for page in (1, 2, 3) for row in reader.logins_page(per_page=1000, page=page).json()["result"]]
    uncapped = Reader(Simulator(clock=lambda: NOW, lateness=None))
    assert rows == uncapped.logins_page(per_page=1000).json()["result"][:300]


def test_late_event_appears_once_visible() -> None:
    def newest(minutes: int, lateness: timedelta) -> list[Row]:
        moment = NOW + timedelta(minutes=minutes)
        reader = Reader(Simulator(clock=lambda: moment, lateness=lambda random: lateness))
        return reader.logins(NOW - HOUR, NOW)

    punctual = newest(0, timedelta(0))
    late = newest(0, timedelta(minutes=10))
    assert late == [row for row in punctual if row["created_at"] <= "2026-11-19T13:56:12"]
    assert newest(10, timedelta(minutes=10)) == punctual
    assert newest(59, timedelta(days=7)) != punctual
    assert newest(61, timedelta(days=7)) == punctual


def test_demo_events_appear_within_four_minutes() -> None:
    def seen(minutes: float) -> int:
        moment = NOW + timedelta(minutes=minutes)
        return len(Reader(Simulator(clock=lambda: moment)).logins(NOW - timedelta(minutes=30), NOW))

    assert seen(0) < seen(0.5) < seen(4) == seen(60)


def test_logins_filter_by_email_or_part(reader: Reader) -> None:
    email = "jane.doe@meridian.example"
    everybody = {row["user_email"] for row in reader.logins(NOW - 5 * HOUR, NOW)}

    def found(**parameters: Any) -> set[str]:
        return {row["user_email"] for row in reader.logins(NOW - 5 * HOUR, NOW, **parameters)}

    assert (
        found(email="jane.d") == found(email=email, emailOp="eq") == found(email=email, email_exact="true") == {email}
    )
    assert found(email="jane.d", emailOp="eq") == found(email="jane.d", email_exact="true") == set()
    assert found(email="JANE.D") == set()
    assert found(email=email, emailOp="neq") == everybody - {email}
    assert found(email="@meridian", emailOp="neq") == {row for row in everybody if "@meridian" not in row}
    assert found(email=email, emailOp="contains", email_exact="true") == {email}


def test_only_requested_fields_are_returned(reader: Reader) -> None:
    rows = reader.logins_page(fields="ray_id,created_at,nonsense").json()["result"]
    assert {tuple(row) for row in rows} == {("ray_id", "created_at")}


def test_scim_log_needs_identity_provider(reader: Reader) -> None:
    answer = reader.access("logs/scim/updates")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"code": 12130, "message": "access.api.error.invalid_request"}]


def test_several_providers_form_one_log(reader: Reader) -> None:
    okta, entra = reader.idp_ids
    both = reader.scim(NOW - 5 * HOUR, NOW)
    assert [row for row in both if row["idp_id"] == okta] == reader.scim(NOW - 5 * HOUR, NOW, idp_id=okta)
    assert [row for row in both if row["idp_id"] == entra] == reader.scim(NOW - 5 * HOUR, NOW, idp_id=entra)
    assert reader.scim(NOW - 5 * HOUR, NOW, idp_id="a5a5a5a5-0000-4000-8000-000000000000") == []


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "resource_type",
        "request_method",
        "cf_resource_id",
        "idp_resource_id",
        "resource_group_name",
        "resource_user_email",
    ],
)
def test_updates_filter_by_several_values(reader: Reader, name: str) -> None:
    rows = reader.scim(NOW - 4 * HOUR, NOW)
    first, second, *_ = dict.fromkeys(row[name] for row in rows if name in row)
    assert reader.scim(NOW - 4 * HOUR, NOW, **{name: first}) == [row for row in rows if row.get(name) == first]
    two = reader.scim(NOW - 4 * HOUR, NOW, **{name: [first, second]})
    assert two == [row for row in rows if row.get(name) in (first, second)]


def test_failed_logins_are_last_days_denials(reader: Reader) -> None:
    person = reader.story.deprovisioning(NOW.date()).person
    denied = [
        row
        for row in reader.logins(NOW - timedelta(days=1), NOW, email=person.email, direction="desc")
        if row.get("allowed") is False
    ]
    failures = reader.access(f"users/{person.user_id}/failed_logins").json()["result"]
    assert [failure["metadata"]["ray_id"] for failure in failures] == [row["ray_id"] for row in denied]
    assert all(isinstance(failure["expiration"], int) for failure in failures)
    assert set(failures[0]["metadata"]) == {"app_name", "aud", "datetime", "ray_id", "user_email", "user_uuid"}
