"""`python -m tests [pytest arguments]`: every test on SQLite, then those of the database again on PostgreSQL."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields

from dashboard.env import Env
from tests import services

# The second run is for what differs between databases; the tests left out of it start databases of their own.
# An -m among the arguments comes later and wins.
ON_ANY_DATABASE = ["-m", "not services and not chromium"]
# These rooms know no database.
WITHOUT_DATABASE = [f"--ignore=tests/logsync/{room}" for room in ("cloudflare", "scim", "simulator")]
INTERRUPTED = 2
NO_TESTS = 5


def main(arguments: list[str]) -> int:
    _report_services()
    # Ctrl-C reaches pytest as well, which then stops what it started; this process only waits for that.
    signal.signal(signal.SIGINT, lambda *_: None)
    environ = {**_without_settings(os.environ), "SECRET_KEY": "tests"}
    results = [_pytest("SQLite", arguments, environ)]
    if results == [INTERRUPTED]:
        return INTERRUPTED
    if services.available("postgresql"):
        of_the_database = [*ON_ANY_DATABASE, *WITHOUT_DATABASE, *arguments]
        with services.postgresql() as url:
            results.append(_pytest("PostgreSQL", of_the_database, {**environ, "DATABASE_URL": url}))
    _report_left_out()
    return _exit_status(results)


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
    names = {field.name.upper() for field in fields(Env)} | {"DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in names}


def _pytest(database: str, arguments: list[str], environ: Mapping[str, str]) -> int:
    _say(f"Tests on {database}: pytest {shlex.join(arguments)}".rstrip())
    return subprocess.call([sys.executable, "-m", "pytest", "-rs", *arguments], env=environ)


def _exit_status(results: list[int]) -> int:
    """A run without tests is fine where another had some: a test of a service leaves nothing for PostgreSQL."""
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
