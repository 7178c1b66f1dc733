"""`manage.py doctor`: what is wrong, and what mends it, in the order in which to mend it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from logsync.doctor import Check, State, ask_cloudflare, in_order, is_database_good, look_around
from logsync.simulator.serve import simulator_at

MARKS = {State.GOOD: "✓ good", State.NEW: "+ new ", State.WARN: "! look", State.BAD: "✗ bad "}
INDENT = " " * 8


class Command(BaseCommand):
    help = "Check everything that Gatehouse needs, and say what mends what is wrong. Exit status 1 if anything is bad."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SIMULATED:
            self.stdout.write("The data is simulated, since CLOUDFLARE_API_TOKEN is not set.")
        checks = look_around()
        if is_database_good(checks):
            with simulator_at(settings.CLOUDFLARE_API_BASE_URL) if settings.SIMULATED else nullcontext():
                checks = in_order([*checks, *ask_cloudflare()])
        for check in checks:
            self._show(check)
        self._sum_up(checks)

    def _show(self, check: Check) -> None:
        style = {State.GOOD: self.style.SUCCESS, State.BAD: self.style.ERROR}.get(check.state, self.style.WARNING)
        self.stdout.write(f"{style(MARKS[check.state])}  {check.words}")
        if check.mend:
            self.stdout.write(f"{INDENT}→ {check.mend}")

    def _sum_up(self, checks: list[Check]) -> None:
        bad, look = (sum(check.state is state for check in checks) for state in (State.BAD, State.WARN))
        if bad:
            raise CommandError(f"{bad} of {len(checks)} checks are bad; mend the first of them first.")
        self.stdout.write(f"Nothing is bad; {look} of {len(checks)} checks want a look." if look else "All is good.")
