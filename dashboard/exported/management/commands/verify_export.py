"""`manage.py verify_export FILE`: check that a file is what was exported, whole and unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.exported.verification import Outcome, verify, verify_with


class Command(BaseCommand):
    help = (
        "Check that a CSV or JSON file is what was exported, by the SHA-256 that was taken while it was sent. "
        "Exit status 0 if it is the whole export, 1 if it differs or was cut off, 2 if nothing is known of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--manifest", type=Path, help="the manifest that was kept beside the file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = _read_manifest(options["manifest"]) if options["manifest"] else None
            path = options["file"]
            finding = verify_with(path, manifest) if manifest is not None else verify(path)
        except OSError as error:
            raise CommandError(
                f"{error.filename} can’t be read: {error.strerror}.", returncode=Outcome.UNKNOWN
            ) from None
        if finding.outcome is not Outcome.MATCHES:
            raise CommandError(finding.words, returncode=finding.outcome)
        self.stdout.write(finding.words)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        raise CommandError(f"{path} is not a manifest. Save it again from /exports/.", returncode=Outcome.UNKNOWN)
    return manifest
