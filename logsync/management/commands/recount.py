"""`manage.py recount`: check derived rows against the log rows that they come from."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from logsync.characters import visible_line
from logsync.derived.recount import count_derived, differences, rebuild

MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Derive hourly sums, people and SCIM problems anew from every row and compare with what is kept. "
        "Exit status 0 only if all is equal. No row is stored meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="replace what is kept by what the rows say")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = differences()
        for line in wrong[:MOST_SHOWN]:
            self.stdout.write(visible_line(line))
        if not wrong:
            self.stdout.write(f"All {count_derived():,} derived rows equal a recount of the rows.")
        elif options["rebuild"]:
            rebuild()
            self.stdout.write(f"{len(wrong):,} derived rows were wrong and were replaced by a recount.")
        else:
            raise CommandError(f"{len(wrong):,} derived rows differ from the log rows; fix them with --rebuild.")
