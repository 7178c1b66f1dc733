"""Who changed what, by the rules of the second version of the audit log."""

from datetime import timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import NOW, Reader, Row

DAY = timedelta(days=1)


def ask(reader: Reader, **parameters: Any) -> Any:
    asked = {"since": (NOW - 6 * DAY).isoformat(), "before": NOW.isoformat(), **parameters}
    return reader.get(f"/accounts/{reader.company.account_id}/logs/audit", **asked)


def entries(reader: Reader, **parameters: Any) -> list[Row]:
    rows: list[Row] = ask(reader, **parameters).json()["result"]
    return rows


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_cursor_leads_through_all_entries(reader: Reader, direction: str) -> None:
    whole = entries(reader, direction=direction)
    found, cursor = [], ""
    for _ in range(20):
        answer = ask(reader, direction=direction, limit=10, cursor=cursor).json()
        found += answer["result"]
        cursor = answer["result_info"]["cursor"]
        assert answer["result_info"]["count"] == len(answer["result"])
        if not cursor:
            break
    assert found == whole
    times = [entry["action"]["time"] for entry in whole]
    assert times == sorted(times, reverse=direction == "desc")
    assert len(times) > 30


def test_incident_is_edited_in_and_out(reader: Reader) -> None:
    incident = reader.story.incident(NOW.date())
    today = [entry for entry in entries(reader, direction="asc") if entry["action"]["time"] >= "2026-11-19"]
    name = f"{incident.app.name} users at Okta"
    wrong, right = (entry for entry in today if entry["resource"]["response"]["name"] == name)
    assert [entry["action"]["time"][11:] for entry in (wrong, right)] == ["08:58:00Z", "11:40:00Z"]
    assert right["resource"]["response"]["include"] != wrong["resource"]["response"]["include"]
    assert wrong["actor"]["email"] in {person.email for person in reader.company.people if person.team == "security"}
    assert wrong["actor"]["context"] == "dash"


def test_entry_has_what_api_answers(reader: Reader) -> None:
    last = {entry["raw"]["uri"]: entry for entry in entries(reader, direction="asc", resource_product="access")}
    for uri, entry in last.items():
        now = reader.get(uri).json()["result"]
        assert entry["resource"]["response"] == now
        assert entry["action"]["time"] == now["updated_at"]
        assert entry["resource"]["request"]["name"] == now["name"]


@pytest.mark.parametrize(
    ("filters", "products"),
    [
        ({"resource_product": "access"}, {"access"}),
        ({"resource_product.not": "access"}, {"dns_records"}),
        ({"resource_product": ["access", "dns_records"]}, {"access", "dns_records"}),
        ({"action_type.not": "view"}, {"access", "dns_records"}),
        ({"raw_method": "PATCH"}, {"dns_records"}),
        ({"action_type": "delete"}, set()),
    ],
)
def test_entries_can_be_filtered(reader: Reader, filters: dict[str, Any], products: set[str]) -> None:
    assert {entry["resource"]["product"] for entry in entries(reader, **filters)} == products


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"since": None}, 400),
        ({"before": ""}, 400),
        ({"since": "yesterday"}, 400),
        ({"cursor": "made up"}, 400),
        ({"limit": 0}, 400),
        ({"limit": 5000}, 200),
    ],
)
def test_unreadable_questions_are_refused(reader: Reader, parameters: dict[str, Any], status: int) -> None:
    assert ask(reader, **parameters).status_code == status


def test_entries_show_up_some_minutes_late() -> None:
    incident = Simulator().story.incident(NOW.date())
    edited = NOW.replace(hour=11, minute=40, second=0)
    assert incident.ends_at == edited

    def newest(minutes: int) -> str:
        then = Reader(Simulator(clock=lambda: edited + timedelta(minutes=minutes)))
        return str(entries(then)[0]["action"]["time"])

    assert newest(4) < "2026-11-19T11:40" <= newest(6)
