"""`python -m tests [pytest arguments]`: every test on SQLite, then those that use the database on PostgreSQL.

Tests share the cores. Those that inject faults into real servers and workers come last, one at a time: they wait for
what happens then, so nothing else may keep the machine busy.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from dashboard.env import Env
from tests import services
from tests.totals import totals

# Each process has a database of its own. An -n among the arguments comes later and wins.
TOGETHER = ["-n", "2", "--dist", "worksteal"]
ALONE = ["-n", "0"]
# These only show what the rooms below found. The tests of those rooms prove that both databases find the same, and
# `tests/system/test_both_databases.py` compares whole pages.
ONLY_SHOW = (
    "overview/test_sentences.py",
    "overview/test_views.py",
    "page",
    "people/test_person.py",
    "people/test_ticket.py",
    "saved/test_layouts.py",
    "saved/test_views.py",
    "search",
    "sync",
    "test_navigation.py",
    "test_urls.py",
)
# None of these uses the database, and to collect them takes as long as to run some others.
WITHOUT_DATABASE = ("tests/browser", *(f"tests/logsync/{room}" for room in ("cloudflare", "scim", "simulator")))
# Where no test needs the machine for itself.
NOT_ALONE = ("tests/browser", "tests/dashboard", "tests/logsync", "tests/system")
INTERRUPTED = 2
NO_TESTS = 5


def main(arguments: list[str]) -> int:
    _report_services()
    # Ctrl-C reaches pytest as well, which then stops what it started; this process only waits for that.
    signal.signal(signal.SIGINT, lambda *_: None)
    environ = {**_without_settings(os.environ), "SECRET_KEY": "tests"}
    results: list[int] = []
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as reports:
        for run in (_on_sqlite, _on_postgresql, _alone):
            results += run([f"--junit-xml={reports}/{run.__name__}.xml", *arguments], environ)
            if INTERRUPTED in results:
                return INTERRUPTED
        _report_left_out()
        print(totals(Path(reports).iterdir()), flush=True)
    return _exit_status(results)


def _on_sqlite(arguments: list[str], environ: Mapping[str, str]) -> list[int]:
    return [_pytest("SQLite", [*TOGETHER, *_marked("not alone", arguments)], environ)]


def _on_postgresql(arguments: list[str], environ: Mapping[str, str]) -> list[int]:
    if not services.available("postgresql"):
        return []
    left_out = [*WITHOUT_DATABASE, *(f"tests/dashboard/{place}" for place in ONLY_SHOW)]
    of_the_database = [
        *TOGETHER,
        *_without(left_out),
        *_marked("database and not services and not chromium", arguments),
    ]
    with services.postgresql() as url:
        return [_pytest("PostgreSQL", of_the_database, {**environ, "DATABASE_URL": url})]


def _alone(arguments: list[str], environ: Mapping[str, str]) -> list[int]:
    return [_pytest("real servers", [*_without(NOT_ALONE), *_marked("alone", arguments), *ALONE], environ)]


def _without(places: Iterable[str]) -> list[str]:
    return [f"--ignore={place}" for place in places]


def _marked(marks: str, arguments: list[str]) -> list[str]:
    """The arguments, with these marks beside those that they ask for."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks")
    known, others = parser.parse_known_args(arguments)
    return ["-m", f"({known.marks}) and ({marks})" if known.marks else marks, *others]


def _report_services() -> None:
    for name in services.PROGRAMS:
        _say(f"{name}: found" if services.available(name) else services.how_to_get(name))


def _report_left_out() -> None:
    left_out = {
        "postgresql": "the second run, on PostgreSQL, and the tests that start one",
        "redis": "the tests that start a Redis",
        "chromium": "the tests in a browser",
    }
    for name, tests in left_out.items():
        if not services.available(name):
            _say(f"Left out: {tests} ({services.how_to_get(name)}).")


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the developer's own Gatehouse: no test may reach their database or their account."""
    # What the first process compiles serves all the others, of which there are many.
    names = {field.name.upper() for field in fields(Env)} | {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in names}


def _pytest(what: str, arguments: list[str], environ: Mapping[str, str]) -> int:
    _say(f"Tests on {what}: pytest {shlex.join(arguments)}".rstrip())
    return subprocess.call([sys.executable, "-m", "pytest", "-rs", *arguments], env=environ)


def _exit_status(results: list[int]) -> int:
    """A run without tests is fine where another had some: a test of a service is in the last one only."""
    if services.are_required() and not all(map(services.available, services.PROGRAMS)):
        _say("Failed: GATEHOUSE_REQUIRE_SERVICES=1 promises every service, and one is missing; install it.")
        return 1
    if all(result == NO_TESTS for result in results):
        return NO_TESTS
    return next((result for result in results if result not in (0, NO_TESTS)), 0)


def _say(sentence: str) -> None:
    print(f"==> {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
