"""`python -m tests` runs every test once on SQLite, whatever it is asked for besides, and says what became of them."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path

import pytest

from tests import __main__ as command
from tests import services

REPORT = '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="2"/></testsuites>'


@pytest.fixture
def runs(monkeypatch):
    """What pytest was asked for, each time; it has a report at once, and nothing is installed."""
    asked: list[list[str]] = []

    def call(words, env):
        asked.append(words)
        [report] = [word.removeprefix("--junit-xml=") for word in words if word.startswith("--junit-xml=")]
        with open(report, "w") as file:
            file.write(REPORT)
        return 0

    monkeypatch.setattr("subprocess.call", call)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(services, "SEARCH_PATH", "")
    monkeypatch.delenv("GATEHOUSE_REQUIRE_SERVICES", raising=False)
    return asked


def marks(words):
    [place] = [place for place, word in enumerate(words) if word == "-m" and place != 1]
    return words[place + 1]


def test_service_tests_run_last_and_alone(runs):
    assert command.main([]) == 0
    together, alone = runs
    assert marks(together) == "not alone"
    assert marks(alone) == "alone"
    assert "-n 2" in shlex.join(together)
    assert shlex.join(alone).endswith("-n 0")


def test_only_database_tests_run_on_postgresql(runs, monkeypatch):
    monkeypatch.setattr(services, "available", lambda name: name == "postgresql")
    monkeypatch.setattr(services, "postgresql", lambda: contextlib.nullcontext("postgres://somewhere"))
    command.main([])
    assert marks(runs[1]) == "database and not services and not chromium"


@pytest.mark.parametrize("words", [["-m", "chromium"], ["-mchromium"]], ids=shlex.join)
def test_mark_argument_filters_each_run(runs, words):
    command.main(words)
    assert [marks(run) for run in runs] == [
        "(chromium) and (not alone)",
        "(chromium) and (alone)",
    ]


def test_every_other_argument_is_passed_on(runs):
    command.main(["tests/dashboard", "-k", "a or b", "-x", "-n", "4"])
    assert all("tests/dashboard -k 'a or b' -x -n 4" in shlex.join(run) for run in runs)


def test_last_line_sums_up_runs(runs, capsys):
    command.main([])
    assert capsys.readouterr().out.splitlines()[-1] == "8 passed, 6 failed, 4 skipped"


@pytest.mark.parametrize(
    ("results", "status"),
    [([0, 0, 0], 0), ([0, 5, 5], 0), ([5, 5, 0], 0), ([5, 5, 5], 5), ([1, 0, 0], 1), ([0, 5, 1], 1), ([4, 4, 4], 4)],
)
def test_first_failing_run_sets_status(monkeypatch, results, status):
    monkeypatch.delenv("GATEHOUSE_REQUIRE_SERVICES", raising=False)
    assert command._exit_status(results) == status


def test_interrupt_starts_no_further_run(runs, monkeypatch):
    def interrupted(words, env):
        runs.append(words)
        return command.INTERRUPTED

    monkeypatch.setattr("subprocess.call", interrupted)
    assert command.main([]) == command.INTERRUPTED
    assert len(runs) == 1


@pytest.mark.usefixtures("runs")
def test_required_missing_service_is_failure(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_REQUIRE_SERVICES", "1")
    assert command.main([]) == 1


def test_places_left_out_exist():
    places = [*command.WITHOUT_DATABASE, *command.NOT_ALONE, *(f"tests/dashboard/{one}" for one in command.ONLY_SHOW)]
    root = Path(command.__file__).parent.parent
    assert [place for place in places if not (root / place).exists()] == []


def test_alone_tests_are_not_left_out():
    root = Path(command.__file__).parent.parent
    files = [file for place in command.NOT_ALONE for file in (root / place).rglob("*.py")]
    assert [file for file in files if "mark.alone" in file.read_text()] == []
