"""The whole: the same past for everybody, at any length, in little memory."""

import gc
import hashlib
import importlib
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from logsync.simulator import Simulator
from logsync.simulator.server import wsgi
from logsync.simulator.server.faults import Fault, RandomFaults, html_page
from logsync.simulator.server.http import Request
from tests.logsync.simulator.reader import NOW, Reader, window

MONTH = window(NOW - timedelta(days=30), NOW)
A_MILLION = 34_000


def million_a_month() -> Reader:
    return Reader(Simulator(clock=lambda: NOW, lateness=None, logins_per_day=A_MILLION))


def test_restarted_simulator_has_same_past() -> None:
    first, second = (Reader(Simulator(clock=lambda: NOW, lateness=None)) for _ in range(2))
    second.logins(NOW - timedelta(hours=20), NOW - timedelta(hours=18))
    assert first.logins(NOW - timedelta(hours=3), NOW) == second.logins(NOW - timedelta(hours=3), NOW)
    assert first.scim(NOW - timedelta(days=1), NOW) == second.scim(NOW - timedelta(days=1), NOW)


def test_demo_is_identical_in_every_version() -> None:
    """A digest of Meridian's names and newest rows. Whoever changes them on purpose writes the new one here."""
    reader = Reader(Simulator(clock=lambda: NOW, lateness=None))
    answers = (
        reader.get("/accounts"),
        reader.logins_page(per_page=1000),
        reader.scim_page(per_page=1000),
        reader.access("identity_providers"),
        reader.access("users", per_page=100),
    )
    digest = hashlib.sha256(b"".join(answer.content for answer in answers)).hexdigest()
    assert digest == "e2e93a59091b35373e9373dbb05c772571cd3677a0b9f064c826a85edcf68c0e"


def test_past_never_changes_with_time() -> None:
    later = Reader(Simulator(clock=lambda: NOW + timedelta(hours=8), lateness=None))
    now = Reader(Simulator(clock=lambda: NOW, lateness=None))
    assert now.logins(NOW - timedelta(hours=2), NOW) == later.logins(NOW - timedelta(hours=2), NOW)


def test_different_seed_gives_different_past() -> None:
    other = Reader(Simulator(seed="another", clock=lambda: NOW))
    assert other.company.account_id != Reader(Simulator(clock=lambda: NOW)).company.account_id
    assert other.logins_page().json()["result"] != Reader(Simulator(clock=lambda: NOW)).logins_page().json()["result"]


def test_million_row_month_is_fully_paged() -> None:
    reader = million_a_month()

    def rows_of(page: int) -> int:
        return len(reader.logins_page(per_page=1000, page=page, **MONTH).json()["result"])

    assert rows_of(1000) == 1000
    last = next(page for page in range(1000, 1100) if rows_of(page) < 1000)
    assert rows_of(last + 1) == 0


def test_reading_million_rows_needs_constant_memory() -> None:
    reader = million_a_month()
    pages = [1, 250, 500, 750, 1000]

    def read() -> int:
        for page in pages:
            assert len(reader.logins_page(per_page=1000, page=page, direction="asc", **MONTH).content) > 300_000
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after_once = read()
        pages = [page - 20 for page in pages[1:]]
        assert read() - after_once < 2_000_000
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()


def test_threads_read_the_same_pages(reader: Reader) -> None:
    pages = Random(1).choices(range(1, 200), k=24)

    def read(page: int) -> bytes:
        return reader.logins_page(per_page=100, page=page, **MONTH).content

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, pages)) == [read(page) for page in pages]


def test_simulator_conforms_to_wsgi() -> None:
    environ = {
        "SCRIPT_NAME": "",
        "PATH_INFO": "/client/v4/accounts",
        "QUERY_STRING": "",
        "HTTP_AUTHORIZATION": "Bearer t",
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., None]:
        statuses.append(status)
        return lambda data: None

    answer = validator(Simulator())(environ, start_response)
    assert b'"Meridian"' in b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    assert statuses == ["200 OK"]


def test_environment_configures_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_SEED", "another")
    monkeypatch.setenv("SIMULATOR_LOGINS_PER_DAY", "50000")
    monkeypatch.setenv("SIMULATOR_SCIM_PER_DAY", "0")
    monkeypatch.setenv("SIMULATOR_ACCOUNTS", "3")
    monkeypatch.setenv("SIMULATOR_PROVIDERS", "4")
    monkeypatch.setenv("SIMULATOR_TOOLS", "7")
    monkeypatch.setenv("SIMULATOR_RATE_LIMIT", "2/60")
    busy = Reader(importlib.reload(wsgi).application)
    monkeypatch.undo()
    usual = Reader(importlib.reload(wsgi).application)
    assert busy.company.seed == "another"
    assert [reader.simulator.accounts[0].policies.tools for reader in (busy, usual)] == [7, 0]
    assert usual.company.seed == "meridian"
    assert (len(busy.simulator.accounts), len(busy.idp_ids)) == (3, 4)
    assert (len(usual.simulator.accounts), len(usual.idp_ids)) == (1, 2)
    assert [busy.get("/accounts").status_code for _ in range(3)] == [200, 200, 429]
    assert usual.get("/accounts").headers["Ratelimit-Policy"] == '"default";q=1200;w=300'


def test_environment_sets_share_of_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_FAULTS", "20")
    faults = importlib.reload(wsgi).application.faults
    monkeypatch.undo()
    importlib.reload(wsgi)
    assert isinstance(faults, RandomFaults)
    assert faults.share == 0.2


def test_every_date_header_uses_own_clock() -> None:
    def spoil(request: Request) -> Fault | None:
        return html_page(502) if request.path.endswith("/nowhere") else None

    reader = Reader(Simulator(clock=lambda: NOW, faults=spoil))
    for path in ("/accounts", "/nowhere", "/neither"):
        assert reader.get(path).headers.get_list("Date") == ["Thu, 19 Nov 2026 14:06:12 GMT"]
