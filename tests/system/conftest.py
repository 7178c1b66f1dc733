"""Real processes: a simulator, workers, beat and web server, each stopped by its own process id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests import services

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = [sys.executable, "-m", "gunicorn", "--log-level", "warning", "--worker-class", "gthread", "--threads", "4"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Any, seconds: float, what: str) -> Any:
    """Wait until the condition is true; fail after a number of seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.3)
    pytest.fail(f"After {seconds} s still not: {what}")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def process(command, environ, cwd=ROOT, end_with=signal.SIGTERM):
    """Run a command in the background; at the end terminate it, and kill it if it goes on."""
    pipe = subprocess.PIPE
    running = subprocess.Popen(command, env=environ, cwd=cwd, stdout=pipe, stderr=subprocess.STDOUT, text=True)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(end_with)
        try:
            running.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()


def clean_environ(**values: str) -> dict[str, str]:
    """The environment of a new user, without the developer's own settings."""
    names = "CLOUDFLARE_ DATABASE_ REDIS_ SECRET_ IDENTITY_ SYNC_ BACKFILL_ KEEP_ ALLOWED_ CSRF_ DJANGO_ SIMULATOR_"
    ours = tuple(names.split())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **values}


@pytest.fixture
def redis_url():
    services.require("redis")
    with services.redis() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """A fresh database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gatehouse.sqlite3'}"
        return
    services.require("postgresql")
    with services.postgresql() as url:
        yield url


@pytest.fixture
def simulator_url():
    """A simulator of a small company."""
    port = free_port()
    environ = clean_environ(SIMULATOR_LOGINS_PER_DAY="6000", SIMULATOR_SCIM_PER_DAY="300")
    url = f"http://127.0.0.1:{port}/client/v4"
    with process([*GUNICORN, "--bind", f"127.0.0.1:{port}", "logsync.simulator.server.wsgi:application"], environ):
        wait_until(lambda: is_open(port), 20, "the simulator answers")
        yield url


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
