"""`manage.py recount`: hold the kept sums against the rows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from logsync.models import HourlyCount
from logsync.summaries import differences, rebuild

MOST_SHOWN = 20


class Command(BaseCommand):
    help = "Count every row anew and compare with the kept sums. Exit status 0 only if all are equal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="replace the kept sums by the recount")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = differences()
        for difference in wrong[:MOST_SHOWN]:
            kept, counted = (sums or "nothing" for sums in (difference.kept, difference.counted))
            self.stdout.write(f"{difference.hour}: kept {kept}, counted {counted}")
        if not wrong:
            self.stdout.write(f"All {HourlyCount.objects.count():,} hourly sums equal a recount of the rows.")
        elif options["rebuild"]:
            rebuild()
            self.stdout.write(f"{len(wrong):,} hourly sums were wrong and were replaced by a recount.")
        else:
            raise CommandError(f"{len(wrong):,} hourly sums differ from the rows; mend them by --rebuild.")
