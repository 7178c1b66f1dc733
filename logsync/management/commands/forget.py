"""`manage.py forget`: delete at once all that is older than KEEP_EVENTS_DAYS."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from logsync.ingest.retention import due_before, forget_old_events
from logsync.ingest.tokens import Connections
from logsync.models import AccessRequest, ScimUpdate
from logsync.simulator.server.serve import simulator_at
from logsync.words import counted, exact_moment


class Command(BaseCommand):
    help = (
        "Delete at once all events that are older than KEEP_EVENTS_DAYS. Workers do so by themselves, but a day at a "
        "time, in case a clock is wrong. Without --confirm, only say what would be deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--confirm", action="store_true", help="delete them")

    def handle(self, *args: Any, **options: Any) -> None:
        connections = Connections()
        with simulator_at(settings.CLOUDFLARE_API_BASE_URL) if settings.SIMULATED else nullcontext():
            connections.ask_the_time()
        now = connections.clock.now()
        before = due_before(now)
        when = exact_moment(before, "minutes")
        if options["confirm"]:
            rows = forget_old_events(now, at_once=True)
            self.stdout.write(f"{counted(rows, 'event')} from before {when} {'was' if rows == 1 else 'were'} deleted.")
            return
        logins = AccessRequest.objects.filter(created_at__lt=before).count()
        updates = ScimUpdate.objects.filter(logged_at__lt=before).count()
        self.stdout.write(f"{counted(logins + updates, 'event')} from before {when}. Delete them with --confirm.")
