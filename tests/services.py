"""Real servers for the tests: each on a free loopback port, in a temporary folder, gone when its block ends."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT

import psycopg
import pytest

PROGRAMS = {
    "postgresql": ["initdb"],
    "redis": ["redis-server", "valkey-server"],
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
}
DEBIAN_PACKAGES = {"postgresql": "postgresql", "redis": "redis-server", "chromium": "chromium"}

# Debian keeps PostgreSQL's own programs out of PATH; the newest version comes first.
SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)]
)
START_SECONDS = 20
STOP_SECONDS = 20


def available(name: str) -> bool:
    """Whether this machine has the named service: "postgresql", "redis" or "chromium"."""
    return _program(name) is not None


def how_to_get(name: str) -> str:
    return f"{name} is not installed; on Debian: apt-get install {DEBIAN_PACKAGES[name]}"


def are_required() -> bool:
    """Continuous integration promises every service, so that no test is left out there unnoticed."""
    return os.environ.get("GATEHOUSE_REQUIRE_SERVICES") == "1"


def require(name: str) -> None:
    """Skip the running test where the service is not installed, or fail it where every service is promised."""
    if available(name):
        return
    if are_required():
        pytest.fail(f"{how_to_get(name)} (GATEHOUSE_REQUIRE_SERVICES=1 forbids to skip)", pytrace=False)
    pytest.skip(how_to_get(name))


def chromium() -> str | None:
    """The path of a Chromium, if there is one."""
    return _program("chromium")


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a fresh PostgreSQL cluster; the DATABASE_URL of an empty database in it."""
    programs = Path(_found("postgresql")).resolve().parent
    port = _free_port()
    url = f"postgres://gatehouse@127.0.0.1:{port}/postgres"
    with _folder() as folder:
        _initialise_cluster(programs / "initdb", folder)
        command = [f"{programs}/postgres", "-D", f"{folder}/data", "-p", f"{port}", "-h", "127.0.0.1"]
        settings = ["unix_socket_directories=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        with _server([*command, *(f"--{setting}" for setting in settings)], folder, lambda: _accepts(url)):
            yield url


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis that keeps nothing on disk; its REDIS_URL."""
    port = _free_port()
    with _folder() as folder:
        command = [_found("redis"), "--port", f"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", f"{folder}"]
        with _server(command, folder, lambda: _answers_ping(port)):
            yield f"redis://127.0.0.1:{port}/0"


def _program(name: str) -> str | None:
    found = (shutil.which(program, path=SEARCH_PATH) for program in PROGRAMS[name])
    return next(filter(None, found), None)


def _found(name: str) -> str:
    program = _program(name)
    if program is None:
        raise RuntimeError(how_to_get(name))
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as name:
        if os.geteuid() == 0:
            os.chown(name, *_nobody())
        yield Path(name)


def _nobody() -> tuple[int, int]:
    account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid


def _confined(command: list[str]) -> list[str]:
    """The command as a process that ends with its starter, however that ends, and is never root's.

    PostgreSQL refuses to run as root. Where there is no setpriv, as on macOS, the command is left as it is.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return command
    options = ["--pdeathsig=INT"]
    if os.geteuid() == 0:
        user, group = _nobody()
        options += [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return [setpriv, *options, "--", *command]


def _initialise_cluster(initdb: Path, folder: Path) -> None:
    options = ["--username=gatehouse", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = _confined([f"{initdb}", "-D", f"{folder}/data", *options])
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"initdb made no cluster in {folder}: {result.stderr.strip()}")


@contextmanager
def _server(command: list[str], folder: Path, is_ready: Callable[[], bool]) -> Iterator[None]:
    log = folder / "server.log"
    # In a process group of its own, a server does not hear the terminal's Ctrl-C: the tests stop it when they are done.
    with (
        log.open("wb") as output,
        subprocess.Popen(
            _confined(command), cwd=folder, stdout=output, stderr=subprocess.STDOUT, process_group=0
        ) as server,
    ):
        try:
            _wait_until_ready(server, is_ready, log)
            yield
        finally:
            _stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not is_ready():
        if server.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"{server.args!r} did not start; its log says:\n{log.read_text()}")
        time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    # SIGINT is PostgreSQL's "fast" shutdown, which does not wait for its clients to leave.
    server.send_signal(SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
