"""Each documented refusal can be had by the name of a token."""

import httpx
import pytest

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import NOW, Reader

simulator = Simulator(clock=lambda: NOW, logins_per_day=100)
NO_APPLICATION = "apps/00000000-0000-4000-8000-000000000000/policies"
LOGINS, SCIM = "logs/access_requests", "logs/scim/updates"


def refusal(answer: httpx.Response) -> tuple[int, int]:
    body = answer.json()
    assert body["success"] is False
    assert body["result"] is None
    return answer.status_code, body["errors"][0]["code"]


@pytest.mark.parametrize("token", [None, "wrong"])
def test_invalid_token_is_always_refused(token: str | None) -> None:
    reader = Reader(simulator, token)
    for path in ("/user/tokens/verify", "/accounts", "/nowhere"):
        assert refusal(reader.get(path)) == (403, 9109)


def test_any_token_is_valid_by_default() -> None:
    reader = Reader(simulator, "anything")
    for path in ("/user/tokens/verify", f"/accounts/{simulator.company.account_id}/tokens/verify"):
        assert reader.get(path).json()["result"]["status"] == "active"


def test_expected_token_excludes_all_others() -> None:
    strict = Simulator(token="secret")
    assert Reader(strict, "secret").get("/accounts").status_code == 200
    assert refusal(Reader(strict, "guess").get("/accounts")) == (403, 9109)
    assert refusal(Reader(strict, "no-scim").access(SCIM, idp_id="any")) == (403, 10000)


@pytest.mark.parametrize(
    ("token", "refused", "answered"),
    [("no-logins", LOGINS, SCIM), ("no-scim", SCIM, LOGINS), ("no-names", "identity_providers", LOGINS)],
)
def test_missing_permission_is_refused_only_there(token: str, refused: str, answered: str) -> None:
    reader = Reader(simulator, token)
    assert refusal(reader.access(refused, idp_id="any")) == (403, 10000)
    assert reader.access(answered, idp_id="any").status_code == 200
    assert reader.get("/accounts").status_code == 200


@pytest.mark.parametrize(
    ("token", "refused", "answered"),
    [
        ("no-logins", "access/users", "access/apps"),
        ("no-users", "access/users", "access/logs/access_requests"),
        ("no-policies", "access/policies", "access/groups"),
        ("no-policies", "access/apps/00000000-0000-4000-8000-000000000000/policies", "access/identity_providers"),
        ("no-groups", "access/groups", "access/policies"),
        ("no-service-tokens", "access/service_tokens", "access/groups"),
        ("no-lists", "gateway/lists", "access/groups"),
        ("no-audit-log", "logs/audit", "gateway/lists"),
    ],
)
def test_each_optional_permission_can_lack(token: str, refused: str, answered: str) -> None:
    reader = Reader(simulator, token)
    account = f"/accounts/{simulator.company.account_id}"
    assert refusal(reader.get(f"{account}/{refused}")) == (403, 10000)
    assert reader.get(f"{account}/{answered}").status_code == 200


def test_some_applications_are_half_of_them() -> None:
    everything = Reader(simulator).access("apps").json()["result"]
    some = Reader(simulator, "some-applications")
    assert some.access("apps").json()["result"] == everything[::2]
    assert refusal(some.access(f"apps/{everything[1]['id']}")) == (403, 10000)
    assert refusal(some.access(f"apps/{everything[1]['id']}/policies")) == (403, 10000)
    assert refusal(some.access(NO_APPLICATION)) == (404, 11021)


def test_hidden_applications_are_an_empty_list() -> None:
    answer = Reader(simulator, "no-names").access("apps")
    assert (answer.status_code, answer.json()["success"], answer.json()["result"]) == (200, True, [])


def test_unknown_applications_policies_reveal_permission() -> None:
    assert refusal(Reader(simulator).access(NO_APPLICATION)) == (404, 11021)
    assert refusal(Reader(simulator, "no-names").access(NO_APPLICATION)) == (403, 10000)


def test_account_without_zero_trust_says_so() -> None:
    reader = Reader(simulator, "no-zero-trust")
    for path in (LOGINS, SCIM, "apps", "identity_providers"):
        assert refusal(reader.access(path, idp_id="any")) == (403, 9999)
    assert reader.get("/accounts").status_code == 200


def test_the_wrong_account_is_refused() -> None:
    reader = Reader(simulator)
    assert refusal(reader.get(f"/accounts/{'0' * 32}/access/logs/access_requests")) == (403, 10000)


@pytest.mark.parametrize("path", ["/nowhere", "/accounts/x", "/zones", "/../../etc/passwd"])
def test_an_unknown_route_is_refused(path: str) -> None:
    answer = Reader(simulator).get(path)
    assert refusal(answer) == (404, 7003)
    assert answer.json()["errors"][0]["message"] == "No route for the URI"


def test_unknown_access_route_is_refused() -> None:
    assert refusal(Reader(simulator).access("logs/unknown")) == (404, 7003)


def test_nothing_can_be_written() -> None:
    assert refusal(Reader(simulator).http.post("/accounts")) == (405, 7001)
