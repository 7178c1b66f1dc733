"""The rate limit, as the headers of every answer tell it."""

from datetime import datetime, timedelta

import pytest

from logsync.simulator import Simulator
from logsync.simulator.server.quota import TOKENS, Quota, RateLimit
from tests.logsync.simulator.reader import NOW, Reader


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_every_response_states_remaining_calls(clock: Clock) -> None:
    reader = Reader(Simulator(clock=clock))
    for remaining, path in ((1199, "/accounts"), (1198, "/nowhere"), (1197, "/accounts?per_page=1")):
        answer = reader.get(path)
        assert answer.headers["Ratelimit"] == f'"default";r={remaining};t=300'
        assert answer.headers["Ratelimit-Policy"] == '"default";q=1200;w=300'
        assert "Retry-After" not in answer.headers
    clock.advance(299.5)
    assert reader.get("/accounts").headers["Ratelimit"] == '"default";r=1196;t=1'
    clock.advance(1)
    assert reader.get("/accounts").headers["Ratelimit"] == '"default";r=1198;t=299'


def test_exceeded_quota_blocks_only_that_token(clock: Clock) -> None:
    simulator = Simulator(clock=clock, enforce_rate_limit=True)
    reader, other = Reader(simulator), Reader(simulator, "another")
    assert [reader.get("/accounts").status_code for _ in range(1200)] == [200] * 1200
    clock.advance(100)
    answer = reader.get("/accounts")
    assert answer.status_code == 429
    assert answer.json()["errors"] == [
        {"code": 971, "message": "Please wait and consider throttling your request speed"}
    ]
    assert answer.headers["Retry-After"] == "300"
    assert answer.headers["Ratelimit"] == '"default";r=0;t=300'
    assert other.get("/accounts").status_code == 200
    clock.advance(299.1)
    assert reader.get("/accounts").headers["Retry-After"] == "1"
    clock.advance(1)
    assert reader.get("/accounts").status_code == 200


def test_unenforced_limit_refuses_nobody(clock: Clock) -> None:
    reader = Reader(Simulator(clock=clock))
    answers = [reader.get("/accounts") for _ in range(1205)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].headers["Ratelimit"] == '"default";r=0;t=300'


def test_other_limit_is_enforced_and_stated(clock: Clock) -> None:
    reader = Reader(Simulator(clock=clock, rate_limit=(3, 20), enforce_rate_limit=True))
    answers = [reader.get("/accounts") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["Ratelimit-Policy"] for answer in answers} == {'"default";q=3;w=20'}
    assert [answer.headers["Ratelimit"] for answer in answers] == [f'"default";r={left};t=20' for left in (2, 1, 0, 0)]
    assert answers[-1].headers["Retry-After"] == "20"
    clock.advance(19)
    assert reader.get("/accounts").status_code == 429
    clock.advance(1)
    assert reader.get("/accounts").status_code == 200


def test_one_quota_serves_all_accounts(clock: Clock) -> None:
    simulator = Simulator(clock=clock, accounts=3, rate_limit=(3, 20), enforce_rate_limit=True)
    readers = [Reader(simulator, account=account) for account in simulator.accounts]
    assert [reader.logins_page(per_page=1).status_code for reader in readers] == [200, 200, 200]
    assert [reader.logins_page(per_page=1).status_code for reader in readers] == [429, 429, 429]


def test_only_so_many_tokens_are_remembered() -> None:
    quota = Quota(RateLimit(), enforced=True)
    for number in range(3 * TOKENS):
        quota.count(str(number), now=0.0)
    assert len(quota._usages) == TOKENS
