"""Answers spoiled on purpose."""

import json

import httpx
import pytest

from logsync.simulator import Simulator, faults
from logsync.simulator.faults import Fault
from logsync.simulator.http import Request
from tests.logsync.simulator.reader import NOW, Reader


def spoiled(fault: Fault) -> httpx.Response:
    def at_the_login_log(request: Request) -> Fault | None:
        return fault if request.path.endswith("/access_requests") else None

    reader = Reader(Simulator(clock=lambda: NOW, logins_per_day=500, faults=at_the_login_log))
    assert reader.scim_page().json()["success"] is True
    return reader.logins_page()


def test_a_status_comes_with_the_given_body_and_headers() -> None:
    answer = spoiled(faults.status(503, {"code": 1}, {"Retry-After": "7"}))
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, {"code": 1}, "7")


def test_the_edge_answers_in_html() -> None:
    answer = spoiled(faults.html_page(522))
    assert answer.status_code == 522
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_truncated_json_is_cut_in_the_middle() -> None:
    answer = spoiled(faults.truncated)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_unsuccessful_answer_may_have_status_200() -> None:
    answer = spoiled(faults.unsuccessful(10001, "Something else"))
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["errors"] == [{"code": 10001, "message": "Something else"}]


def test_a_null_result_leaves_the_envelope_as_it_is() -> None:
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
