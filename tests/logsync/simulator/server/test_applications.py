"""Applications with their policies, rule groups, service tokens and Gateway lists."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import NOW, Reader, Row

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def gateway(reader: Reader, path: str, **parameters: Any) -> Any:
    return reader.get(f"/accounts/{reader.company.account_id}/gateway/{path}", **parameters)


def rules_in(value: object) -> Iterator[tuple[str, Any]]:
    """Every rule of policies and rule groups, by its kind."""
    if isinstance(value, list):
        for item in value:
            yield from rules_in(item)
    elif isinstance(value, dict):
        for name in ("include", "require", "exclude"):
            yield from (pair for rule in value.get(name, ()) for pair in rule.items())


@pytest.fixture(scope="module")
def apps(reader: Reader) -> list[Row]:
    rows: list[Row] = reader.access("apps").json()["result"]
    return rows


@pytest.fixture(scope="module")
def policies(reader: Reader, apps: list[Row]) -> list[Row]:
    return [policy for app in apps for policy in reader.access(f"apps/{app['id']}/policies").json()["result"]]


def test_application_carries_its_own_policies(reader: Reader, apps: list[Row]) -> None:
    for app in apps:
        policies = reader.access(f"apps/{app['id']}/policies").json()["result"]
        assert app["policies"] == policies
        assert [policy["precedence"] for policy in policies] == [*range(1, len(policies) + 1)]
    assert [app["name"] for app in apps if not app["policies"]] == ["Old wiki"]


def test_policy_is_found_by_id(reader: Reader, apps: list[Row]) -> None:
    for app in apps:
        for policy in app["policies"]:
            assert reader.access(f"apps/{app['id']}/policies/{policy['id']}").json()["result"] == policy
            alone = reader.access(f"policies/{policy['id']}")
            assert alone.status_code == (200 if policy.get("reusable") else 404)


def test_reusable_policies_count_their_applications(reader: Reader, policies: list[Row]) -> None:
    reusable = reader.access("policies").json()["result"]
    assert {policy["name"] for policy in reusable} >= {"Block Tor", "One-time PIN for staff", "Contractors"}
    for policy in reusable:
        uses = [one for one in policies if one["id"] == policy["id"]]
        assert policy["app_count"] == len(uses) != 1
        assert all({**policy, "precedence": use["precedence"]} == use for use in uses)


@pytest.mark.parametrize("list_", ["policies", "groups", "service_tokens"])
def test_each_object_has_an_address(reader: Reader, list_: str) -> None:
    for row in reader.access(list_).json()["result"]:
        assert reader.access(f"{list_}/{row['id']}").json()["result"] == row
    assert reader.access(f"{list_}/{UNKNOWN}").status_code == 404


@pytest.mark.parametrize("path", [f"apps/{UNKNOWN}", f"apps/{UNKNOWN}/policies", f"apps/{UNKNOWN}/policies/{UNKNOWN}"])
def test_unknown_application_has_no_policies(reader: Reader, path: str) -> None:
    answer = reader.access(path)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 11021)


def test_many_kinds_of_rules_occur(reader: Reader, policies: list[Row]) -> None:
    groups = reader.access("groups").json()["result"]
    assert {kind for kind, _ in rules_in([*policies, *groups])} >= {
        *("everyone", "email", "email_list", "ip", "ip_list", "geo", "group", "okta", "azureAD", "oidc"),
        *("login_method", "device_posture", "auth_method", "user_risk_score", "external_evaluation", "service_token"),
    }
    assert {policy["decision"] for policy in policies} == {"allow", "deny", "bypass", "non_identity"}
    assert [policy["name"] for policy in policies if policy["approval_required"]] == ["Security team"]


def test_rules_refer_to_what_exists(reader: Reader, policies: list[Row]) -> None:
    groups = reader.access("groups").json()["result"]
    ids = {
        "group": {row["id"] for row in groups},
        "service_token": {row["id"] for row in reader.access("service_tokens").json()["result"]},
        "email_list": {row["id"] for row in gateway(reader, "lists", type="EMAIL").json()["result"]},
        "ip_list": {row["id"] for row in gateway(reader, "lists", type="IP").json()["result"]},
        "login_method": {row["id"] for row in reader.access("identity_providers").json()["result"]},
    }
    reusable = reader.access("policies").json()["result"]
    rules = [*rules_in([*policies, *reusable, *groups])]
    for kind, existing in ids.items():
        named = {value.get("id") or value.get("token_id") for one, value in rules if one == kind}
        assert named
        assert named <= existing
    used = {value["id"] for kind, value in rules if kind == "group"}
    assert [row["name"] for row in groups if row["id"] not in used] == ["Old VPN users"]


def test_list_items_are_paged(reader: Reader) -> None:
    lists = gateway(reader, "lists").json()["result"]
    for one in lists:
        assert gateway(reader, f"lists/{one['id']}").json()["result"] == one
        items = gateway(reader, f"lists/{one['id']}/items", per_page=1000).json()["result"]
        assert len(items) == one["count"] > 0
    staff = next(one for one in lists if one["count"] > 50)
    assert len(gateway(reader, f"lists/{staff['id']}/items").json()["result"]) == 50
    assert gateway(reader, f"lists/{UNKNOWN}/items").status_code == 404


def test_lists_follow_who_is_removed(reader: Reader) -> None:
    removal = reader.story.removal(NOW.date())

    def emails(hour: int) -> set[str]:
        then = Reader(Simulator(clock=lambda: NOW.replace(hour=hour)))
        name = f"One-time PIN: {removal.app.name}"
        one = next(row for row in gateway(then, "lists").json()["result"] if row["name"] == name)
        return {item["value"] for item in gateway(then, f"lists/{one['id']}/items").json()["result"]}

    assert removal.person.email in emails(8 - 1)
    assert removal.person.email not in emails(9)


def test_secrets_come_along_with_objects(reader: Reader, apps: list[Row]) -> None:
    assert all(len(token["client_secret"]) == 64 for token in reader.access("service_tokens").json()["result"])
    text = json.dumps(apps)
    assert '"client_secret"' in text
    assert '"password"' in text


def test_many_applications_are_listed_quickly() -> None:
    reader = Reader(Simulator(clock=lambda: NOW, tools=500))
    pages = [reader.access("apps", per_page=100, page=page).json()["result"] for page in range(1, 8)]
    assert [len(page) for page in pages] == [100] * 5 + [17, 0]
    managed = next(row for row in reader.access("policies").json()["result"] if "managed" in row["name"])
    assert managed["app_count"] == 500
    before = reader.access("groups").json()
    later = Reader(Simulator(clock=lambda: NOW + timedelta(minutes=1), tools=500)).access("groups").json()
    assert later == before
