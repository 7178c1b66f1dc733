"""The simulator, and any other application, over real connections."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from logsync.simulator import Simulator
from logsync.simulator.server import faults
from logsync.simulator.server.faults import Fault
from logsync.simulator.server.serve import serving, simulator_at
from logsync.simulator.server.simulator import StartResponse
from tests.logsync.simulator.reader import NOW

TOKEN = {"Authorization": "Bearer a-token"}


def hello(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello from {environ['PATH_INFO']}".encode()]


def accounts_at(url: str) -> httpx.Response:
    return httpx.get(f"{url}/accounts", headers=TOKEN)


def test_application_is_served_during_block() -> None:
    with serving(hello) as url:
        assert accounts_at(url).text == "hello from /client/v4/accounts"
    with pytest.raises(httpx.ConnectError):
        accounts_at(url)


def test_several_are_served_side_by_side() -> None:
    with serving(hello) as url, serving(Simulator()) as other_url:
        assert accounts_at(url).text.startswith("hello")
        assert accounts_at(other_url).json()["result"][0]["name"] == "Meridian"


def test_occupied_address_is_left_alone() -> None:
    with serving(hello) as url:
        with simulator_at(url):
            assert accounts_at(url).text.startswith("hello")
        assert accounts_at(url).text.startswith("hello")
    with simulator_at(url):
        assert accounts_at(url).json()["result"][0]["name"] == "Meridian"


def test_concurrent_requests_are_all_answered() -> None:
    with serving(Simulator()) as url, httpx.Client(headers=TOKEN) as client, ThreadPoolExecutor(16) as threads:
        answers = threads.map(lambda _: client.get(f"{url}/accounts").status_code, range(400))
        assert list(answers) == [200] * 400


def test_date_header_is_only_simulators() -> None:
    with serving(Simulator(clock=lambda: NOW)) as url:
        assert accounts_at(url).headers.get_list("Date") == ["Thu, 19 Nov 2026 14:06:12 GMT"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (faults.cut_short, "without sending complete"),
        (faults.broken_connection, "without sending a response"),
    ],
)
def test_broken_connection_logs_nothing(fault: Fault, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        serving(Simulator(faults=lambda request: fault)) as url,
        pytest.raises(httpx.RemoteProtocolError, match=message),
    ):
        accounts_at(url)
    assert capfd.readouterr().err == ""


def test_fault_chooser_may_break_connection(capfd: pytest.CaptureFixture[str]) -> None:
    def break_off(request: object) -> Fault | None:
        raise faults.ConnectionBroken

    with serving(Simulator(faults=break_off)) as url, pytest.raises(httpx.RemoteProtocolError):
        accounts_at(url)
    assert capfd.readouterr().err == ""


def test_a_dripping_answer_arrives_whole() -> None:
    with serving(Simulator(faults=lambda request: faults.dripping(0))) as url:
        assert accounts_at(url).json()["result"][0]["name"] == "Meridian"
