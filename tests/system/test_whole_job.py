"""The whole job with real processes: what `make run` starts, and several workers on one broker."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest

from tests.system.conftest import ROOT, answers, clean_environ, free_port, is_open, process, wait_until

pytestmark = pytest.mark.services

MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "dashboard"]


@pytest.fixture
def fresh_copy(tmp_path):
    """The project as a new user gets it: tracked and new files, but nothing that was made by running it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


class Browser:
    """A browser that keeps cookies but runs no JavaScript."""

    def __init__(self, base):
        self.base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path):
        with self.opener.open(self.base + path, timeout=20) as response:
            return response.read().decode()

    def sign_in(self, name, password):
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/sign-in/"))[0]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        request = urllib.request.Request(
            self.base + "/sign-in/", urllib.parse.urlencode(form).encode(), {"Referer": self.base + "/sign-in/"}
        )
        with self.opener.open(request, timeout=20) as response:
            assert "/sign-in/" not in response.url

    def rows(self, path):
        return self.get(path).count('id="row-')


def open_to_others(folder):
    """What others than its owner may read or write, apart from files that browsers get anyway."""
    paths = [folder, *(path for path in folder.rglob("*") if "static" not in path.parts)]
    names = {str(path.relative_to(folder)) for path in paths}
    assert any(name.startswith("beat") for name in names)
    assert {"demo.sqlite3", "demo.sqlite3-wal", "secret-key", "identity-key", "broker/messages"} <= names
    return [str(path) for path in paths if path.exists() and path.stat().st_mode & 0o077]


def first_words(running: subprocess.Popen[str], until: str) -> str:
    """What a process prints, up to the first line with this start."""
    words = ""
    for line in running.stdout or ():
        words += line
        if line.strip().startswith(until):
            return words
    pytest.fail(f"It ended early: {words}")


def test_up_serves_simulated_logs_until_interrupted(fresh_copy):
    port, simulator_port = free_port(), free_port()
    environ = clean_environ(
        CLOUDFLARE_API_BASE_URL=f"http://127.0.0.1:{simulator_port}/client/v4",
        SIMULATOR_LOGINS_PER_DAY="40000",
        SYNC_EVERY_SECONDS="5",
        BACKFILL_DAYS="1",
    )
    command = [*MANAGE, "up", "--port", str(port)]
    with process(command, environ, cwd=fresh_copy, end_with=signal.SIGINT) as up:
        ((name, password),) = re.findall(r"Sign in +(\S+) / (\S+)", first_words(up, "Stop"))
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 60, "the web server answers")
        browser = Browser(f"http://127.0.0.1:{port}")
        browser.sign_in(name, password)
        wait_until(lambda: browser.rows("/logins/") and browser.rows("/scim/"), 120, "both lists have rows")
        assert "Demonstration" in browser.get("/logins/")
        wait_until(lambda: "Up to date" in browser.get("/sync/"), 60, "a log is up to date")
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        wait_until(lambda: browser.rows(f"/logins/?allowed=any&since={since}"), 120, "new logins come by themselves")
        assert open_to_others(fresh_copy / "var") == []
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=20)
    assert not is_open(port)
    assert not is_open(simulator_port)


def test_two_workers_store_exactly_simulated_rows(database_url, redis_url, simulator_url, tmp_path):
    environ = clean_environ(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SECRET_KEY="tests",
        CLOUDFLARE_API_TOKEN="anything",
        CLOUDFLARE_API_BASE_URL=simulator_url,
        BACKFILL_DAYS="2",
        SYNC_EVERY_SECONDS="5",
    )
    subprocess.run([*MANAGE, "migrate", "--verbosity", "0"], cwd=ROOT, env=environ, check=True)
    with contextlib.ExitStack() as running:
        for number in (1, 2):
            worker = [*CELERY, "worker", "--hostname", f"worker{number}@%h", "--concurrency", "2"]
            running.enter_context(process(worker, environ))
        running.enter_context(process([*CELERY, "beat", "--schedule", str(tmp_path / "beat")], environ))
        wait_until(lambda: is_complete(environ), 120, "every stream is complete")
    # Another sync by hand changes nothing.
    again = subprocess.run([*MANAGE, "sync"], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    found = subprocess.run(
        [sys.executable, "-m", "tests.system.compare"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    streams = json.loads(found.stdout)
    assert len(streams) == 3
    for name, rows in streams.items():
        assert rows["rows"] > 100, name
        assert (rows["missing"], rows["unknown"], rows["doubled"]) == (0, 0, 0), name


def is_complete(environ):
    """Whether every stream has been read back to where its backfill begins."""
    code = (
        "from datetime import timedelta; from django.utils import timezone; from logsync.models import Stream;"
        "from logsync.coverage import missing_spans; edge = timezone.now() - timedelta(minutes=17);"
        "streams = list(Stream.objects.all());"
        "print(len(streams) == 3 and not any(missing_spans(stream, edge) for stream in streams))"
    )
    command = [*MANAGE, "shell", "--no-imports", "-c", code]
    asked = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    return asked.stdout.strip() == "True"
