"""An export that does not reach its end, through a real web server: the client sees it, and so does the record."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from tests.system.conftest import GUNICORN, ROOT, clean_environ, free_port, is_open, process, wait_until

pytestmark = pytest.mark.services

# More than the buffers between two sockets hold, so that the server notices when nobody reads.
ROWS, LETTERS = 600, 50_000
# Makes an analyst with a session and as many rows as that, the oldest of which says LOST; prints the session's cookie.
PREPARE = f"""
from datetime import timedelta
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from logsync.models import AccessRequest, Account
from tests.system.losing_rows import LOST
now = timezone.now()
account = Account.objects.create(account_id="0" * 32)
AccessRequest.objects.bulk_create((
    AccessRequest(
        account=account, arrived_at=now, created_at=now - timedelta(seconds=number + 1), allowed=False,
        country=LOST if number == {ROWS} else "NL", extra={{"text": "x" * {LETTERS}}},
    )
    for number in range({ROWS} + 1)
), batch_size=50)
user = User.objects.create_user("ann")
user.groups.add(Group.objects.get(name="analyst"))
client = Client(headers={{"host": "localhost"}})
client.force_login(user)
print(f"cookie={{settings.SESSION_COOKIE_NAME}}={{client.session.session_key}}")
"""


@pytest.fixture
def web(tmp_path):
    """A client of a real web server, signed in as an analyst."""
    database = f"sqlite:///{tmp_path / 'gatehouse.sqlite3'}"
    environ = clean_environ(DATABASE_URL=database, SECRET_KEY="tests", CLOUDFLARE_API_TOKEN="none")
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environ, check=True)
    made = subprocess.run(
        [*manage, "shell", "-v0", "-c", PREPARE], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
    )
    cookie = made.stdout.partition("cookie=")[2].strip()
    port = free_port()
    with process([*GUNICORN, "--bind", f"127.0.0.1:{port}", "tests.system.losing_rows:application"], environ):
        wait_until(lambda: is_open(port), 30, "the pages answer")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Cookie": cookie}, timeout=60) as client:
            yield client


def ended(web, response):
    """What the manifest of an answered export says, once the export has ended."""
    address = f"/exports/{response.headers['Export-Id']}/manifest.json"
    wait_until(lambda: web.get(address).json()["state"] != "running", 30, "the export has ended")
    return web.get(address).json()


def test_unfinished_export_never_looks_whole(web):
    whole = web.get("/logins.csv?country=NL")
    manifest = ended(web, whole)
    assert (manifest["state"], manifest["rows"], manifest["bytes"]) == ("complete", ROWS, len(whole.content))

    with web.stream("GET", "/logins.csv?country=NL") as cut:
        next(cut.iter_raw())
    manifest = ended(web, cut)
    assert manifest["state"] == "cut_off"
    assert 0 < manifest["rows"] < ROWS
    assert manifest["bytes"] < len(whole.content)

    with web.stream("GET", "/logins.csv") as failed, pytest.raises(httpx.TransportError):
        failed.read()
    manifest = ended(web, failed)
    assert (manifest["state"], manifest["rows"], manifest["bytes"]) == ("failed", ROWS, len(whole.content))
