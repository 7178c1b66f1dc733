"""Secrets of the operator, each marked, are in no page, error, log line, table, dump, task or word of a command."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import fields
from functools import partial
from io import StringIO
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.db import connection

from dashboard.celery import app
from dashboard.env import Env
from logsync.cloudflare.client import CloudflareClient
from logsync.health import ask_cloudflare, look_around
from logsync.ingest.directory import sync_directory
from logsync.ingest.sync import read_newest
from logsync.ingest.tokens import Connections
from logsync.models import Stream
from tests.logsync.cloudflare.answers import failure, success

ROOT = Path(__file__).resolve().parents[2]
MARK = "zq7secret"
# What Cloudflare may answer; some answers repeat what they were sent.
ANSWERS = {
    "empty": lambda request: success([]),
    "no": lambda request: failure(403, 10000, f"No such token: {request.headers['Authorization']}"),
    "broken": lambda request: httpx.Response(502, text=f"<html>{request.headers['Authorization']}</html>"),
    "odd": lambda request: httpx.Response(200, text=f"{{ {request.headers['Authorization']}"),
    "moved": lambda request: httpx.Response(302, headers={"Location": f"/{MARK}-token"}),
}


def refuse(request):
    raise httpx.ConnectError("Connection refused", request=request)


ANSWERS["none"] = refuse


@pytest.fixture(autouse=True)
def _marked(settings):
    """The mark in every setting of the operator's that is secret; one that comes later belongs here."""
    settings.CLOUDFLARE_API_TOKENS = {"": f"{MARK}-token"}
    settings.SIMULATED = False
    settings.SECRET_KEY = f"{MARK}-key" * 5
    settings.IDENTITY_KEY = f"{MARK}-identity".encode().ljust(32)


@pytest.fixture
def sync_with(monkeypatch, account, make_stream):
    """Try to read everything where Cloudflare gives this answer; the doctor looks at it, too."""
    make_stream()

    def sync(answer):
        client = partial(CloudflareClient, transport=httpx.MockTransport(answer))
        monkeypatch.setattr("logsync.ingest.tokens.CloudflareClient", client)
        connections = Connections()
        sync_directory(connections.connect)
        token = Stream.objects.get().account.api_token
        if token:
            with connections.connect(token) as one:
                read_newest(Stream.objects.get(), one)
        return [str(check) for check in (*look_around(), *ask_cloudflare(connections.connect_sparingly))]

    return sync


def stored():
    """Every value of every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += cursor.fetchall()
    return str(found)


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_brings_token_anywhere(answer, sync_with, caplog, signed_in, settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = (Stream.objects.get().account.account_id,)
    with caplog.at_level(logging.DEBUG):
        found = sync_with(ANSWERS[answer])
    assert MARK not in str(found)
    assert MARK not in caplog.text
    assert MARK not in stored()
    for path in ("/sync/", "/"):
        assert MARK not in signed_in.get(path).content.decode()


ERRORS = {
    400: ("GET", "/logins/?user_emial=x"),
    403: ("POST", "/sync/backfill/"),
    404: ("GET", "/nowhere/"),
    500: ("GET", "/people/"),
}


@pytest.mark.parametrize("status", ERRORS)
def test_error_pages_and_logs_hold_no_secret(status, client, make_user, monkeypatch, caplog, settings):
    client.handler.enforce_csrf_checks = status == 403
    client.raise_request_exception = False
    client.force_login(make_user())
    if status == 500:

        def fail(*_):
            # A secret is at hand where it fails.
            secret_key = settings.SECRET_KEY
            raise RuntimeError(f"{len(secret_key)} characters")

        monkeypatch.setattr("dashboard.people.views.PeopleList.range", fail)
    method, path = ERRORS[status]
    with caplog.at_level(logging.DEBUG):
        response = client.generic(method, path)
    assert response.status_code == status
    assert MARK not in response.content.decode()
    assert MARK not in str(response.headers)
    assert MARK not in caplog.text


def test_dump_of_database_holds_no_secret(sync_with, signed_in):
    sync_with(ANSWERS["empty"])
    signed_in.get("/logins/")
    out = StringIO()
    call_command("dumpdata", stdout=out)
    assert json.loads(out.getvalue())
    assert MARK not in out.getvalue()


def test_tasks_take_numbers_alone():
    """A message of the broker is a file, or is in Redis: nothing that is said in it may be secret."""
    app.loader.import_default_modules()
    tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert len(tasks) > 5
    given = {
        f"{name}({parameter.name})": parameter.annotation
        for name, task in tasks.items()
        for parameter in inspect.signature(task.run).parameters.values()
    }
    assert {words: kind for words, kind in given.items() if kind not in ("int", "bool", int, bool)} == {}


def test_no_secret_field_is_in_repr():
    secret = re.compile("token|secret|key|password|database_url|redis_url|email_url|dsn")
    shown = {field.name for field in fields(Env) if field.repr and secret.search(field.name)}
    assert shown == set()


def test_doctor_hides_passwords_of_servers(tmp_path):
    """Neither server is there, and what says so names the host alone."""
    environ = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "SECRET_KEY": f"{MARK}-key",
        "CLOUDFLARE_API_TOKEN": f"{MARK}-token",
        "OIDC_CLIENT_SECRET": f"{MARK}-client",
        "IDENTITY_KEY": f"{MARK}-identity",
        "DATABASE_URL": f"postgres://gatehouse:{MARK}-password@127.0.0.1:1/gatehouse",
        "REDIS_URL": f"redis://:{MARK}-password@127.0.0.1:1/0",
    }
    for name in ("doctor", "sync"):
        command = [sys.executable, "manage.py", name, "--traceback"]
        run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert run.returncode != 0
        assert MARK not in run.stdout + run.stderr
