"""`python -m tests.system.company_pages FILE`: sync a simulated company at a fixed time, and write down what every page
and export of it says: a JSON object of the addresses with their status and text.

The database is that of the environment. What two databases write can be compared word for word: ids that a database
hands out by itself are left out.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest import mock

import django
import httpx
import time_machine

NOW = datetime(2026, 11, 19, 14, 6, 12, tzinfo=UTC)
START = (
    "/",
    "/?range=7d",
    "/?since=2026-11-17T00:00:00Z&until=2026-11-18T00:00:00Z",
    "/logins/",
    "/logins/?allowed=any&range=7d&sort=user_email",
    "/logins/?q=an&range=7d&allowed=any",
    "/logins/by-app/?range=7d",
    "/logins/by-person/?range=7d",
    "/scim/?status=any&range=7d",
    "/scim/problems/?range=7d",
    "/scim/problems/without-login/",
    "/people/?q=an",
    "/people/deprovisioned/",
    "/search/?q=nobody@nowhere.example",
    "/search/?q=jira",
    "/views/",
    "/sync/",
    "/logins.csv?allowed=any&range=7d&head=coverage",
    "/logins.csv?allowed=any&range=7d&sort=app_name",
    "/scim.csv?status=any&range=7d",
    "/logins/by-app.csv?range=7d",
    "/scim/problems.csv?range=7d",
    "/people/deprovisioned.csv",
)
# How many addresses of a kind are visited: the same path and parameters, with other values.
MOST_OF_A_KIND = 1
MOST_PAGES = 120
LINK = re.compile(r'(?:href|hx-get)="([^"]+)"')
# They show another page, or nothing of the log. Exports and the audit log have hashes of what has ids of rows in it.
NOT_FOLLOWED = ("/static/", "/sign-", "/sync/doctor/", "/exports", "/audit")
OWN_IDS = re.compile(r"(resource=|stream=|(?:after|before)=[\w.-]*\.|login\.|scim\.)\d+")
TOKEN = re.compile(r'(csrf[^"\']*["\']\s*(?:value=|:\s*)?["\'])[\w-]{20,}', re.IGNORECASE)


def sync_company() -> None:
    """Two accounts with three days of both logs, an hour that could not be read, and a stream that is refused."""
    from django.conf import settings

    from logsync.cloudflare.client import CloudflareClient
    from logsync.coverage import State
    from logsync.ingest.directory import sync_directory
    from logsync.ingest.sync import sync_stream
    from logsync.ingest.tokens import Connections
    from logsync.models import CoveredRange, Stream
    from logsync.simulator import Simulator

    settings.IDENTITY_KEY = b"k" * 32
    settings.SIMULATED = False
    settings.CLOUDFLARE_API_TOKENS = {"": "a-token"}
    settings.BACKFILL = timedelta(days=3)
    simulator = Simulator(accounts=2, logins_per_day=150, scim_per_day=40, lateness=None)
    transport = httpx.WSGITransport(app=simulator)
    with mock.patch("logsync.ingest.tokens.CloudflareClient", partial(CloudflareClient, transport=transport)):
        connections = Connections()
        sync_directory(connections.connect)
        for stream in Stream.objects.order_by("pk"):
            with connections.connect_to(stream.account) as client:
                assert sync_stream(stream, client), f"{stream} is not complete"
    logins, updates = Stream.objects.filter(log="access_requests"), Stream.objects.filter(log="scim_updates")
    for known in CoveredRange.objects.filter(stream=logins.latest("pk"), state=State.SETTLED):
        hole = NOW - timedelta(hours=7)
        CoveredRange.objects.create(stream=known.stream, state=known.state, since=known.since, until=hole)
        known.since = hole + timedelta(hours=1)
        known.save()
    updates.latest("pk").fail("The token may not read this log.", needs_person=True, retry_after=300)


def read_pages() -> dict[str, str]:
    """Visit the addresses to start with and what they link to, and note what each says."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.create_superuser("sam", last_login=NOW))
    found: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    waiting = deque(START)
    while waiting and len(found) < MOST_PAGES:
        address = waiting.popleft()
        name = OWN_IDS.sub(r"\1N", address)
        kinds[_kind(name)] += name not in START
        if name in found or kinds[_kind(name)] > MOST_OF_A_KIND:
            continue
        response = client.get(address)
        page = b"".join(response).decode()
        text = OWN_IDS.sub(r"\1N", TOKEN.sub("", page))
        found[name] = f"{response.status_code} {text}"
        if response.headers["Content-Type"].startswith("text/html"):
            waiting += _links(page, address)
    return found


def _kind(address: str) -> str:
    path, _, query = address.partition("?")
    names = sorted({part.partition("=")[0] for part in query.split("&")})
    return f"{re.sub(r'[0-9a-f]{20,}|[^/]+@[^/]+', '*', path)}?{'&'.join(names)}"


def _links(text: str, address: str) -> list[str]:
    links = [html.unescape(link).partition("#")[0] for link in LINK.findall(text)]
    here = address.partition("?")[0]
    absolute = [f"{here}{link}" if link.startswith("?") else link for link in links]
    return [link for link in absolute if link.startswith("/") and not link.startswith(NOT_FOLLOWED)]


def main(file: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with time_machine.travel(NOW, tick=False):
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        sync_company()
        Path(file).write_text(json.dumps(read_pages()))


if __name__ == "__main__":
    main(sys.argv[1])
