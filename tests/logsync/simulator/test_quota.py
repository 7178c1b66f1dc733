"""The rate limit, as the headers of every answer tell it."""

from datetime import datetime, timedelta

import pytest

from logsync.simulator import Simulator
from logsync.simulator.quota import REQUESTS, TOKENS, Quota
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


def test_every_answer_tells_what_is_left(clock: Clock) -> None:
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


def test_one_request_too_many_blocks_the_token_for_five_minutes_and_no_other(clock: Clock) -> None:
    simulator = Simulator(clock=clock, enforce_rate_limit=True)
    reader, other = Reader(simulator), Reader(simulator, "another")
    assert [reader.get("/accounts").status_code for _ in range(REQUESTS)] == [200] * REQUESTS
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


def test_nobody_is_refused_where_the_limit_is_not_enforced(clock: Clock) -> None:
    reader = Reader(Simulator(clock=clock))
    answers = [reader.get("/accounts") for _ in range(REQUESTS + 5)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].headers["Ratelimit"] == '"default";r=0;t=300'


def test_only_so_many_tokens_are_remembered() -> None:
    quota = Quota(enforced=True)
    for number in range(3 * TOKENS):
        quota.count(str(number), now=0.0)
    assert len(quota._usages) == TOKENS
