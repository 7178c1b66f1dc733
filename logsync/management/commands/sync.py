"""`manage.py sync`: everything once, in the foreground, by the same code as the workers."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from logsync.directory import sync_directory
from logsync.models import Account, Installation, Stream
from logsync.simulator.serve import simulator_at
from logsync.sync import Reading, connect, missing_spans, sync_stream


class Command(BaseCommand):
    help = "Sync every stream once, backfill included. Exit status 0 only if every stream is complete."

    def handle(self, *args: Any, **options: Any) -> None:
        with (
            simulator_at(settings.CLOUDFLARE_API_BASE_URL) if settings.SIMULATED else nullcontext(),
            connect() as client,
        ):
            sync_directory(client)
            streams = list(Stream.objects.filter(is_active=True).select_related("account"))
            incomplete = [stream for stream in streams if not self._sync(stream, client)]
        self._report(streams, incomplete)

    def _sync(self, stream: Stream, client: Any) -> bool:
        """Sync one stream behind a bar that shows the hours of log still to be read."""
        total = _hours_missing(stream)
        # Not self.stderr, which is red and ends every write with a new line: a bar rewrites its own.
        with tqdm(total=total, desc=str(stream), unit="h", bar_format=_BAR, file=sys.stderr) as bar:

            def show(reading: Reading) -> None:
                bar.n = max(total - _hours_missing(stream), 0)
                bar.set_postfix_str(f"{reading.stored} new rows of {reading.fetched}")

            is_complete = sync_stream(stream, client, on_progress=show)
            bar.n = total if is_complete else bar.n
        return is_complete

    def _report(self, streams: list[Stream], incomplete: list[Stream]) -> None:
        wrong = list(filter(None, [Installation.get().directory_error]))
        for account in Account.objects.exclude(providers_error=""):
            wrong.append(f"The SCIM log of {account} was not asked for: {account.providers_error}")
        wrong += [f"{stream} is not complete: {_reason(stream)}" for stream in incomplete]
        if wrong or not streams:
            raise CommandError("\n".join(wrong) or "There is no stream to sync yet.")
        self.stdout.write(f"Complete: {', '.join(map(str, streams))}.")


_BAR = "{desc}: {percentage:3.0f}%|{bar:24}| {n:.0f} of {total:.0f} h [{elapsed}<{remaining}] {postfix}"


def _hours_missing(stream: Stream) -> float:
    edge = timezone.now() - settings.SYNC_OVERLAP
    return sum((span.until - span.since).total_seconds() for span in missing_spans(stream, edge)) / 3600


def _reason(stream: Stream) -> str:
    return stream.error or "another worker is reading it just now. Run this again in a minute."
