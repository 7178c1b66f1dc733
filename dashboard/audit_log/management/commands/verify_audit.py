"""`manage.py verify_audit`: whether the audit log is as it was written."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from dashboard.audit_log.models import AuditHead
from dashboard.audit_log.verify import Verification, verify
from logsync.words import counted, exact_moment


class Command(BaseCommand):
    help = (
        "Check every entry of the audit log: that none was changed, removed, inserted, moved or cut off. Note the hash "
        "that this prints where nobody can reach both it and the database, and give it to --expect the next time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", metavar="HASH", default="", help="a hash that was noted earlier")

    def handle(self, *args: Any, **options: Any) -> None:
        head = AuditHead.objects.first()
        total = head.number - head.forgotten_number if head else None
        with tqdm(total=total, unit=" entries", desc="Audit log", file=sys.stderr) as bar:
            result = verify(options["expect"], bar.update)
        if result.is_unbroken:
            for sentence in _said(result):
                self.stdout.write(sentence)
            return
        more = f"{counted(result.more_findings, 'more finding')}." if result.more_findings else ""
        broken = [*map(str, result.findings), more, *result.problems]
        raise CommandError("\n".join(["The audit log is not as it was written.", *filter(None, broken)]))


def _said(result: Verification) -> list[str]:
    if result.first_at is None or result.last_at is None:
        return ["The audit log is empty."]
    first, last = exact_moment(result.first_at), exact_moment(result.last_at)
    sentences = [f"{counted(result.entries, 'entry', 'entries')} from {first} to {last}: unbroken."]
    if result.forgotten:
        sentences.append(f"Before them, {counted(result.forgotten, 'entry was', 'entries were')} deleted as too old.")
    return [*sentences, f"Entry {result.number:,} has the hash {result.hash}"]
