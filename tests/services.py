"""Real servers for the tests, each on a free loopback port and in a temporary folder; they stop with their block."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from signal import SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

import psycopg
import pytest

PROGRAMS = {
    "postgresql": ["initdb"],
    "redis": ["redis-server", "valkey-server"],
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
}
DEBIAN_PACKAGES = {"postgresql": "postgresql", "redis": "redis-server", "chromium": "chromium"}

# Debian keeps PostgreSQL's programs out of PATH. Newest version first.
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
    """Whether every service must be there, as in continuous integration, so that no test is skipped unnoticed."""
    return os.environ.get("GATEHOUSE_REQUIRE_SERVICES") == "1"


def require(name: str) -> None:
    """Skip the running test if the service is not installed, or fail it if every service must be there."""
    if available(name):
        return
    if are_required():
        pytest.fail(f"{how_to_get(name)} (GATEHOUSE_REQUIRE_SERVICES=1 forbids to skip)", pytrace=False)
    pytest.skip(how_to_get(name))


def chromium() -> str | None:
    """The path of Chromium, if it is installed."""
    return _program("chromium")


class Process:
    """A program that can be killed at any moment and started again in the same folder, with the same command."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        is_ready: Callable[[], bool] = lambda: True,
        stop_signal: Signals = SIGTERM,
    ) -> None:
        self._command = command
        self._folder = folder
        self._log = log
        self._environ = environ
        self._is_ready = is_ready
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        # In its own process group it gets no Ctrl-C from the terminal; the tests stop it when they are done.
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        _wait_until_ready(self._process, self._is_ready, self._log)

    def stop(self) -> bool:
        """Stop it with its signal; False if it had to be killed."""
        if self._process is None or not self.is_running:
            return True
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def kill(self) -> bool:
        """Kill it with all its children, leaving no time to clean up; False if it was not running."""
        if self._process is None or not self.is_running:
            return False
        # Halt it first, so that it starts no more children while we list them. PostgreSQL's leave its process group.
        self._process.send_signal(SIGSTOP)
        for child in self._children():
            _kill(child)
        self._process.kill()
        self._process.wait(STOP_SECONDS)
        return True

    def kill_child(self, random: Random) -> bool:
        """Kill one of its children; False if it has none."""
        pool = self._children()
        return bool(pool) and _kill(random.choice(pool))

    def _children(self) -> list[int]:
        return children(self._process.pid) if self._process is not None and self.is_running else []


class Server(Process):
    """A process with an address."""

    def __init__(self, url: str, command: list[str], folder: Path, is_ready: Callable[[], bool]) -> None:
        # SIGINT is PostgreSQL's "fast" shutdown, which does not wait for its clients to leave.
        super().__init__(_confined(command), folder, folder / "server.log", is_ready=is_ready, stop_signal=SIGINT)
        self.url = url


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """Start a fresh PostgreSQL cluster that loses no commit when it is killed."""
    # The kernel keeps what a killed process wrote, so nothing has to reach the disk; but a commit must have
    # been written, and a page may be half written.
    with _cluster(["fsync=off"]) as server:
        yield server


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a fresh PostgreSQL cluster; the DATABASE_URL of an empty database in it."""
    with _cluster(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]) as server:
        yield server.url


@contextmanager
def redis_server() -> Iterator[Server]:
    """Start a Redis that keeps its data when it is killed, as in production."""
    with _redis(["--appendonly", "yes"]) as server:
        yield server


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis that keeps nothing on disk; its REDIS_URL."""
    with _redis([]) as server:
        yield server.url


def children(pid: int) -> list[int]:
    """The running processes that a process started; none if the system has no /proc."""
    return sorted(int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent(stat) == pid)


def _parent(stat: Path) -> int | None:
    try:
        # The name of the program, in brackets, may contain anything.
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, SIGKILL)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _cluster(settings: list[str]) -> Iterator[Server]:
    programs = Path(_found("postgresql")).resolve().parent
    port = _free_port()
    url = f"postgres://gatehouse@127.0.0.1:{port}/postgres"
    with _folder() as folder:
        _initialise_cluster(programs / "initdb", folder)
        command = [f"{programs}/postgres", "-D", f"{folder}/data", "-p", f"{port}", "-h", "127.0.0.1"]
        options = [f"--{setting}" for setting in ["unix_socket_directories=", *settings]]
        with _running(Server(url, [*command, *options], folder, lambda: _accepts(url))) as server:
            yield server


@contextmanager
def _redis(options: list[str]) -> Iterator[Server]:
    port = _free_port()
    with _folder() as folder:
        command = [_found("redis"), "--port", f"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", f"{folder}"]
        url = f"redis://127.0.0.1:{port}/0"
        with _running(Server(url, [*command, *options], folder, lambda: _answers_ping(port))) as server:
            yield server


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


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


def ending_with_us(command: list[str], signal: str = "KILL") -> list[str]:
    """The command, run so that it gets the signal when its parent ends, however that ends.

    Without setpriv, as on macOS, the command stays as it is.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, f"--pdeathsig={signal}", "--", *command] if setpriv else command


def _confined(command: list[str]) -> list[str]:
    """The command, run so that it ends with its parent and never as root, which PostgreSQL refuses."""
    confined = ending_with_us(command, "INT")
    if os.geteuid() == 0 and confined != command:
        user, group = _nobody()
        confined[1:1] = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return confined


def _initialise_cluster(initdb: Path, folder: Path) -> None:
    options = ["--username=gatehouse", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = _confined([f"{initdb}", "-D", f"{folder}/data", *options])
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"initdb made no cluster in {folder}: {result.stderr.strip()}")


def _wait_until_ready(server: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not is_ready():
        if server.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"{server.args!r} did not start; its log says:\n{log.read_text()}")
        time.sleep(0.02)


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
