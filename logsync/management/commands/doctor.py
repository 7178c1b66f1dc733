"""`manage.py doctor`: say what is wrong and how to fix it, in the order in which to fix it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from logsync.characters import visible_line
from logsync.health import Check, State, ask_cloudflare, in_order, is_good, look_around, look_at_database
from logsync.ingest.tokens import Connections
from logsync.simulator.server.serve import simulator_at

MARKS = {State.GOOD: "✓ ok     ", State.NEW: "+ new    ", State.WARN: "! warning", State.BAD: "✗ problem"}
INDENT = " " * 11


class Command(BaseCommand):
    help = "Check everything that Gatehouse needs, and say how to fix what is wrong. Exit status 1 if anything is bad."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SIMULATED:
            self.stdout.write("The data is simulated, since CLOUDFLARE_API_TOKEN is not set.")
        checks = look_at_database()
        if is_good(checks):
            connections = Connections()
            with simulator_at(settings.CLOUDFLARE_API_BASE_URL) if settings.SIMULATED else nullcontext():
                asked = ask_cloudflare(connections.connect_sparingly)
            # After asking Cloudflare, since that may list accounts and providers for the first time.
            checks = in_order([*look_around(connections.clock.now()), *asked])
        for check in checks:
            self._show(check)
        self._sum_up(checks)

    def _show(self, check: Check) -> None:
        style = {State.GOOD: self.style.SUCCESS, State.BAD: self.style.ERROR}.get(check.state, self.style.WARNING)
        self.stdout.write(f"{style(MARKS[check.state])}  {visible_line(check.words)}")
        if check.hint:
            self.stdout.write(f"{INDENT}→ {visible_line(check.hint)}")

    def _sum_up(self, checks: list[Check]) -> None:
        states = [check.state for check in checks]
        if bad := states.count(State.BAD):
            raise CommandError(f"{bad} of {len(checks)} checks found a problem; fix the first one first.")
        looks = states.count(State.WARN)
        self.stdout.write(
            f"No problems; {looks} of {len(checks)} checks have a warning." if looks else "Everything is fine."
        )
