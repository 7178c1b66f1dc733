"""`python -m tests.replay_speed`: how long a replay over a million logins takes, on SQLite and on PostgreSQL.

Seconds depend on the machine, so nothing is asserted here. 20,000 people have three addresses and two or three
countries each; the edit requires a country, beside eleven policies, rule groups that are nested, and a network.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LOGINS, PEOPLE = 1_000_000, 20_000
CHUNK = 20_000


def main() -> None:
    """Run once for each database, each in a process of its own."""
    from tests import services

    with tempfile.TemporaryDirectory() as folder:
        _run(f"sqlite:///{Path(folder) / 'speed.sqlite3'}")
    with services.postgresql() as url:
        _run(url)


def _run(url: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": "speed",
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
    }
    subprocess.run([sys.executable, "-m", "tests.replay_speed", "one"], env=environment, check=True)


def measure() -> None:
    """Fill the database, replay, and say how long that took and how much memory it added."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from logsync.cloudflare.policies import Policy, RuleGroup
    from logsync.insight.explain.replay import Tally, logins_in, replay
    from logsync.insight.why.compiled import Alternatives, Rulebook
    from logsync.insight.why.facts import AppPolicies, Surroundings
    from logsync.models import Account
    from logsync.spans import BEGINNING, END, Span

    call_command("migrate", verbosity=0)
    account = Account.objects.create(account_id="0123456789abcdef0123456789abcdef", name="Meridian")
    _fill(account)
    meridian: dict[str, Any] = {"include": [{"email_domain": {"domain": "meridian.example"}}]}
    groups: list[dict[str, Any]] = [
        {"id": "g", "name": "Staff", "include": [{"group": {"id": "h"}}]},
        {"id": "h", "name": "Meridian", **meridian, "exclude": [{"ip": {"ip": "10.9.0.0/16"}}]},
    ]
    policies: list[dict[str, Any]] = [
        {"id": f"p{n}", "decision": "allow", "include": [{"email": {"email": f"p{n}@meridian.example"}}]}
        for n in range(10)
    ]
    now = [*policies, {"id": "q", "decision": "allow", "include": [{"group": {"id": "g"}}]}]
    edited = [*policies, {**now[-1], "require": [{"geo": {"country_code": "DE"}}]}]
    around = Surroundings(groups={group["id"]: RuleGroup.from_json(group) for group in groups})

    def book(contents: list[dict[str, Any]], like: Rulebook | None = None) -> Rulebook:
        judged = tuple(Policy.from_json(content, place) for place, content in enumerate(contents))
        return Rulebook(AppPolicies(account.pk, "app", "App", judged, None), around, like)

    before = book(now)
    tally, since, worked, resident = Tally(), time.monotonic(), time.process_time(), _resident()
    logins = logins_in(account, ["app"], Span(BEGINNING, END))
    for part, _ in enumerate(replay(logins, {"app": Alternatives(before, book(edited, before))}, tally)):
        if not part:
            print(f"  first part after {time.monotonic() - since:.1f} s")
    seconds, worked = time.monotonic() - since, time.process_time() - worked
    print(f"{connection.vendor}: {sum(tally.logins.values()):,} logins in {seconds:.1f} s, {worked:.1f} s of work here")
    print(f"  peak memory grew by {(_resident() - resident) / 1024:.0f} MiB")


def _resident() -> int:
    """The most memory that this process has used, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _fill(account: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from logsync.models import AccessRequest

    start = datetime(2026, 11, 12, tzinfo=UTC)
    for first in range(0, LOGINS, CHUNK):
        rows = []
        for number in range(first, first + CHUNK):
            who, at = number % PEOPLE, start + timedelta(milliseconds=number * 600)
            turn = number // PEOPLE
            rows.append(
                AccessRequest(
                    account=account,
                    arrived_at=at,
                    created_at=at,
                    user_email=f"p{who}@meridian.example",
                    person=f"p{who}@meridian.example",
                    user_id=f"u{who}",
                    app_uid="app",
                    app_name="App",
                    action="login",
                    connection="okta",
                    allowed=who % 9 > 0,
                    ip_address=f"10.{turn % 3 * 9}.{who % 200}.{who // 200}",
                    country=("DE", "DE", "NL", "FR")[turn % 4 if who % 3 else 0],
                    ray_id=f"{number:016x}",
                )
            )
        AccessRequest.objects.bulk_create(rows)


if __name__ == "__main__":
    measure() if "one" in sys.argv else main()
