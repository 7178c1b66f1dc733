"""Answers spoiled on purpose."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from logsync.simulator import Simulator
from logsync.simulator.server import faults
from logsync.simulator.server.faults import LASTING, PASSING, ConnectionBroken, Fault, RandomFaults
from logsync.simulator.server.http import Answer, Request, success
from tests.logsync.simulator.reader import NOW, Reader

WAIT = "Please wait and consider throttling your request speed"
REQUEST = Request("GET", "/client/v4/accounts")
GOOD = success([{"id": "1"}])


def spoiled(fault: Fault) -> httpx.Response:
    def at_the_login_log(request: Request) -> Fault | None:
        return fault if request.path.endswith("/access_requests") else None

    reader = Reader(Simulator(clock=lambda: NOW, logins_per_day=500, faults=at_the_login_log))
    assert reader.scim_page().json()["success"] is True
    return reader.logins_page()


def test_fault_uses_given_body_and_headers() -> None:
    answer = spoiled(faults.status(503, {"code": 1}, {"Retry-After": "7"}))
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, {"code": 1}, "7")


def test_edge_error_is_html() -> None:
    answer = spoiled(faults.html_page(522))
    assert answer.status_code == 522
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_truncated_json_ends_midway() -> None:
    answer = spoiled(faults.truncated)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_unsuccessful_response_may_have_status_200() -> None:
    answer = spoiled(faults.unsuccessful(10001, "Something else"))
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["errors"] == [{"code": 10001, "message": "Something else"}]


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (timedelta(hours=2), timedelta(), None),
        (timedelta(hours=25), timedelta(hours=24), "older than 86400s"),
        (timedelta(hours=5), timedelta(), "time range too large"),
    ],
)
def test_windows_may_be_limited(since: timedelta, until: timedelta, words: str | None) -> None:
    limits = faults.limited_windows(lambda: NOW, oldest=timedelta(days=1), longest=timedelta(hours=3))
    reader = Reader(Simulator(clock=lambda: NOW, logins_per_day=500, faults=limits))
    answer = reader.logins_page(since=(NOW - since).isoformat(), until=(NOW - until).isoformat())
    assert (answer.status_code, reader.logins_page().status_code) == (400 if words else 200, 200)
    assert words is None or words in answer.json()["errors"][0]["message"]


def test_null_result_keeps_envelope() -> None:
    answer = spoiled(faults.null_result)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert answer.json()["result"] is None
    assert answer.json()["result_info"]["count"] == 25


def test_a_fault_may_break_the_connection() -> None:
    def break_off(request: Request) -> Fault | None:
        raise httpx.ReadError(request.path)

    with pytest.raises(httpx.ReadError):
        Reader(Simulator(faults=break_off)).get("/accounts")


def test_broken_connection_raises_without_server() -> None:
    for fault in (faults.broken_connection, faults.cut_short):
        with pytest.raises(ConnectionBroken, match="on purpose"):
            spoiled(fault)


def test_dripping_response_takes_requested_time(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(faults, "sleep", naps.append)
    assert len(spoiled(faults.dripping(3)).json()["result"]) == 25
    assert len(naps) >= 10
    assert sum(naps) == pytest.approx(3)


@pytest.mark.parametrize(("code", "message"), [(971, WAIT), (10429, f"Rate limited. {WAIT}")])
def test_rate_limit_matches_cloudflares(code: int, message: str) -> None:
    answer = spoiled(faults.rate_limited(30, code))
    assert answer.status_code == 429
    assert answer.json() == {
        "success": False,
        "errors": [{"code": code, "message": message}],
        "messages": [],
        "result": None,
    }
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Ratelimit"] == '"default";r=0;t=30'
    assert answer.headers["Ratelimit-Policy"] == '"default";q=1200;w=300'


def test_rate_limit_may_be_server_error() -> None:
    answer = spoiled(faults.throttled_with_500)
    assert (answer.status_code, answer.json()["errors"]) == (500, [{"code": 971, "message": WAIT}])
    assert "Retry-After" not in answer.headers


def test_flat_error_has_no_envelope() -> None:
    answer = spoiled(faults.flat_error(1010, "auth.forbidden"))
    assert (answer.status_code, answer.json()) == (403, {"code": 1010, "error": "auth.forbidden"})
    answer = spoiled(faults.flat_error(12091, "invalid", http_status=400, text_field="message"))
    assert (answer.status_code, answer.json()) == (400, {"code": 12091, "message": "invalid"})


def test_forbidden_means_missing_permission() -> None:
    answer = spoiled(faults.forbidden)
    assert (answer.status_code, answer.json()["errors"]) == (403, [{"code": 10000, "message": "Authentication error"}])


def drawn(faults: RandomFaults, calls: int) -> list[Fault | None]:
    return [faults(REQUEST) for _ in range(calls)]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_share_of_calls_fails_and_counts(share: float) -> None:
    chooser = RandomFaults(seed=7, share=share)
    spoiled_calls = [fault for fault in drawn(chooser, 2000) if fault]
    assert chooser.calls == 2000
    assert chooser.counts.total() == len(spoiled_calls) == pytest.approx(2000 * share, rel=0.1)


def test_kinds_are_drawn_evenly() -> None:
    chooser = RandomFaults(seed=7, share=1)
    drawn(chooser, 13_000)
    assert set(chooser.counts) == set(PASSING)
    assert all(count == pytest.approx(13_000 / len(PASSING), rel=0.15) for count in chooser.counts.values())


def test_only_the_named_kinds_are_drawn() -> None:
    chooser = RandomFaults(seed=7, share=1, kinds=["truncated", "forbidden"])
    drawn(chooser, 100)
    assert set(chooser.counts) == {"truncated", "forbidden"}
    with pytest.raises(KeyError, match="no such kind"):
        RandomFaults(seed=7, share=1, kinds=["no such kind"])


def test_same_seed_spoils_same_calls() -> None:
    def history(seed: int) -> list[Counter[str]]:
        chooser = RandomFaults(seed, share=0.5)
        counts: list[Counter[str]] = []
        for _ in range(50):
            chooser(REQUEST)
            counts.append(chooser.counts.copy())
        return counts

    assert history(1) == history(1) != history(2)


def test_threads_share_one_sequence_of_faults() -> None:
    alone, shared = RandomFaults(seed=7, share=0.5), RandomFaults(seed=7, share=0.5)
    drawn(alone, 4000)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: drawn(shared, 500), range(8)))
    assert (shared.calls, shared.counts) == (alone.calls, alone.counts)


def test_requested_pause_lies_within_bounds() -> None:
    chooser = RandomFaults(seed=7, share=1, kinds=["rate limited"], retry_after_seconds=(2, 4))
    answers = [fault(GOOD) for fault in drawn(chooser, 100) if fault]
    assert {answer.headers["Retry-After"] for answer in answers} == {"2", "3", "4"}


def refuses_for_good(answer: Answer) -> bool:
    return 400 <= answer.status < 500 and answer.status != 429


def test_default_faults_are_all_temporary() -> None:
    kinds = PASSING.keys() - {"broken connection"}
    assert not [kind for kind in kinds if refuses_for_good(PASSING[kind](1)(GOOD))]
    assert all(refuses_for_good(LASTING[kind](1)(GOOD)) for kind in LASTING)


def test_every_fault_changes_the_response() -> None:
    kinds = (PASSING | LASTING).keys() - {"broken connection"}
    assert not [kind for kind in kinds if (PASSING | LASTING)[kind](1)(GOOD) == GOOD]
