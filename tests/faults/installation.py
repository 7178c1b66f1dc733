"""An installation of Gatehouse as in production: PostgreSQL, Redis, workers, one beat and a web server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests import services
from tests.services import Process, Server
from tests.system.conftest import ROOT, answers, clean_environ, free_port

COMMAND_SECONDS = 600

# Streams that are not settled, without a hole, from where their backfill begins until so many seconds ago.
INCOMPLETE = """
    SELECT stream.id FROM logsync_stream AS stream WHERE NOT EXISTS (
        SELECT FROM logsync_coveredrange AS range
        WHERE range.stream_id = stream.id AND range.state = 'settled'
          AND range.since <= stream.backfill_since AND range.until >= now() - %s * interval '1 second'
    )
"""


class Installation:
    """Its parts can be killed one by one; the database and the commands say what state it is in."""

    def __init__(self, postgresql: Server, redis: Server, environ: Mapping[str, str], logs: Path, workers: int) -> None:
        self.postgresql = postgresql
        self.redis = redis
        self.environ = environ
        self.logs = logs
        self.address = f"127.0.0.1:{free_port()}"
        self.workers = [self._worker(number) for number in range(1, workers + 1)]
        self.beat = self._celery("beat", "beat", "--schedule", str(logs / "beat-schedule"))
        self.web = self._web_server()

    @property
    def programs(self) -> list[Process]:
        return [*self.workers, self.beat, self.web]

    @property
    def parts(self) -> list[Process]:
        """Everything that may be killed, starting with what the others need."""
        return [self.postgresql, self.redis, *self.programs]

    def shows_pages(self) -> bool:
        return bool(answers(f"http://{self.address}/healthz"))

    def ask(self, query: str, *values: object) -> list[Any]:
        """The rows of a query; raises psycopg.OperationalError while the database is down."""
        with psycopg.connect(self.postgresql.url, connect_timeout=5) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def is_complete(self, streams: int, settled_seconds: float) -> bool:
        """Whether there are this many streams, each settled without a gap until some seconds ago."""
        ((found,),) = self.ask("SELECT count(*) FROM logsync_stream")
        return bool(found == streams) and not self.ask(INCOMPLETE, settled_seconds)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("manage.py", *words)

    def compare(self) -> dict[str, dict[str, int]]:
        """For each stream, the rows of its settled time that are missing here, and those that Cloudflare never had."""
        streams: dict[str, dict[str, int]] = json.loads(_output(self._run("-m", "tests.system.compare")))
        return streams

    def _worker(self, number: int) -> Process:
        return self._celery(f"worker{number}", "worker", "--concurrency", "3", "--hostname", f"worker{number}@%h")

    def _celery(self, name: str, *words: str) -> Process:
        return self._program(name, "celery", "--app", "dashboard", *words)

    def _web_server(self) -> Process:
        words = ["--worker-class", "gthread", "--workers", "2", "--threads", "2", "--no-control-socket"]
        return self._program("web", "gunicorn", "dashboard.wsgi:application", "--bind", self.address, *words)

    def _program(self, name: str, *words: str) -> Process:
        command = services.ending_with_us([sys.executable, "-m", *words])
        return Process(command, ROOT, self.logs / f"{name}.log", environ=self.environ)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )


def _output(command: subprocess.CompletedProcess[str]) -> str:
    if command.returncode != 0:
        raise RuntimeError(command.stderr)
    return command.stdout


@contextmanager
def installation(cloudflare: str, logs: Path, *, workers: int, **environ: str) -> Iterator[Installation]:
    """Set one up that reads from this address and logs to this folder; stop it whatever happens."""
    with ExitStack() as running:
        postgresql = running.enter_context(services.postgresql_server())
        redis = running.enter_context(services.redis_server())
        settings = clean_environ(
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            DATABASE_URL=postgresql.url,
            REDIS_URL=redis.url,
            SECRET_KEY="tests",
            CLOUDFLARE_API_BASE_URL=cloudflare,
            **environ,
        )
        installed = Installation(postgresql, redis, settings, logs, workers)
        _output(installed.manage("migrate", "--verbosity", "0"))
        for program in installed.programs:
            running.callback(program.kill)
            program.start()
        yield installed
