"""`manage.py person`: export or erase everything about one person."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from dashboard.audit_log.commands import on_server
from dashboard.privacy.person import erase_person, everything_about
from logsync.models import WrongIdentityKeyError, person_of


class Command(BaseCommand):
    help = "Export everything that is kept about a person as JSON, or erase it."

    def add_arguments(self, parser: CommandParser) -> None:
        todo = parser.add_subparsers(dest="todo", required=True)
        export = todo.add_parser("export", help="write all rows and everything derived from them as JSON")
        export.add_argument("email", metavar="EMAIL")
        export.add_argument("--output", metavar="FILE", type=Path, help="where to write it (default: standard output)")
        erase = todo.add_parser("erase", help="delete all of it, and replace the address wherever else it stands")
        erase.add_argument("email", metavar="EMAIL")
        erase.add_argument("--yes", action="store_true", help="do not ask for the address again")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip()
        if not email:
            raise CommandError("Give the address of a person.")
        try:
            if options["todo"] == "export":
                self._export(email, options["output"])
            else:
                self._erase(email, is_sure=options["yes"])
        except WrongIdentityKeyError as error:
            raise CommandError(str(error)) from error

    def _export(self, email: str, path: Path | None) -> None:
        text = json.dumps(
            everything_about(email, None, on_server()), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
        )
        if path is None:
            self.stdout.write(text)
            return
        try:
            # For its owner alone, and never over another file.
            with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(f"{text}\n")
        except OSError as error:
            raise CommandError(f"{path} can't be written ({error.strerror}). Choose another file.") from error
        self.stderr.write(f"Written to {path}.")

    def _erase(self, email: str, *, is_sure: bool) -> None:
        if not is_sure:
            if not sys.stdin.isatty():
                raise CommandError("Nobody can be asked here. If you are sure, add --yes. Nothing was erased.")
            again = input(f"This can't be undone. Type {email} again to erase everything about this person: ")
            if person_of(again.strip()) != person_of(email):
                raise CommandError("That is not the address. Nothing was erased.")
        self.stdout.write(str(erase_person(email, None, on_server())))
        days = settings.KEEP_AUDIT.days
        self.stdout.write(f"The audit log still says who looked at this address; it is kept for {days:,} days.")
