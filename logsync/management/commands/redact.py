"""`manage.py redact`: apply the present rules for secrets to the rows that are already stored."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from logsync.ingest.redaction import redact_stored_rows, rows_left
from logsync.words import counted


class Command(BaseCommand):
    help = (
        "Redact stored rows again by the rules of this version. Rows that arrive are redacted anyway; run this after "
        "an update whose changelog says that the rules became better. It can be interrupted, and then goes on."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=rows_left(), unit=" rows", file=sys.stderr) as bar:
            changed = redact_stored_rows(bar.update)
        self.stdout.write(f"{counted(changed, 'row')} changed; the others held no more secrets.")
