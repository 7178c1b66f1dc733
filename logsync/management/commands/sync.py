"""`manage.py sync`: sync everything once, in the foreground, with the same code as the workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from tqdm import tqdm

from logsync.characters import visible, visible_line
from logsync.coverage import spans_of
from logsync.health.backfill_progress import progress_of
from logsync.ingest.configuration import read_configuration, read_wanted, want_identities
from logsync.ingest.database_errors import describe_database_error
from logsync.ingest.directory import sync_directory
from logsync.ingest.reading import Reading
from logsync.ingest.sync import sync_stream
from logsync.ingest.tokens import Connections
from logsync.models import (
    AccessObject,
    Account,
    ApiToken,
    Claim,
    CoveredRange,
    SetAsideRow,
    Stream,
    WrongIdentityKeyError,
)
from logsync.simulator.server.serve import simulator_at
from logsync.words import counted, exact_span


class Command(BaseCommand):
    help = "Sync every stream once, backfill included. Exit status 0 only if every stream is complete."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._handle()
        except Error as error:
            raise CommandError(describe_database_error(error)) from error
        except WrongIdentityKeyError as error:
            raise CommandError(str(error)) from error

    def _handle(self) -> None:
        with simulator_at(settings.CLOUDFLARE_API_BASE_URL) if settings.SIMULATED else nullcontext():
            connections = Connections()
            sync_directory(connections.connect)
            streams = list(Stream.objects.filter(is_active=True).with_ranges())
            incomplete = [stream for stream in streams if not self._sync(stream, connections)]
            policies = list(self._read_policies(connections))
        self._report(streams, incomplete)
        for line in policies:
            self.stdout.write(visible_line(line))
        if set_aside := SetAsideRow.objects.count():
            rows = counted(set_aside, "row")
            self.stdout.write(f"{rows} could not be read and were set aside; the sync page shows them.")

    def _sync(self, stream: Stream, connections: Connections) -> bool:
        """Sync one stream, with a progress bar of the hours of log that are left."""
        total = hours_left(stream, connections.clock.now())
        rows: dict[str, tuple[int, int]] = {}
        # Not self.stderr: it writes in red and adds a newline each time, but a bar rewrites its line.
        with tqdm(total=total, desc=visible_line(str(stream)), unit="h", bar_format=BAR, file=sys.stderr) as bar:

            def show(reading: Reading) -> None:
                bar.n = max(total - hours_left(reading.stream, reading.clock.now()), 0)
                rows[reading.owner] = reading.stored, reading.fetched
                stored, fetched = map(sum, zip(*rows.values(), strict=True))
                bar.set_postfix_str(f"{stored:,} new rows of {fetched:,}")

            with connections.connect_to(stream.account) as client:
                while not (is_complete := sync_stream(stream, client, on_progress=show)):
                    # Near Cloudflare's rate limit, wait; it never takes long.
                    seconds = connections.gate(stream.account.api_token).wait_seconds()  # type: ignore[arg-type]
                    if not seconds:
                        break
                    bar.set_postfix_str(f"waits {seconds:.0f} s for Cloudflare's limit of calls")
                    time.sleep(seconds)
            bar.n = total if is_complete else bar.n
        return is_complete

    def _read_policies(self, connections: Connections) -> Iterator[str]:
        """Read what Access is set up to do, after the logs; whatever goes wrong there is said, and no more."""
        end = time.monotonic() + POLICIES_SECONDS
        for account in Account.objects.filter(api_token__is_active=True).select_related("api_token"):
            with connections.connect_for_policies(account) as client:
                is_read = read_configuration(client, account, lambda: time.monotonic() >= end)
                want_identities(account, client.clock.now())
                read_wanted(client, account)
            of_account = AccessObject.objects.filter(account=account, gone_at=None)
            apps = counted(of_account.filter(kind=AccessObject.Kind.APP).count(), "application")
            policies = counted(of_account.filter(kind=AccessObject.Kind.POLICY).count(), "policy", "policies")
            rest = "" if is_read else " The rest is read the next time, or by a worker."
            yield f"Policies of {account}: {policies} and {apps} are known.{rest}"
            for reading in account.readings.exclude(error=""):
                yield f"Not read of {account}: {reading.get_part_display()}. {reading.error}"

    def _report(self, streams: list[Stream], incomplete: list[Stream]) -> None:
        wrong = list(ApiToken.objects.filter(is_active=True).exclude(error="").values_list("error", flat=True))
        for account in Account.objects.filter(api_token__is_active=True).exclude(providers_error=""):
            wrong.append(f"The identity providers of {account}: {account.providers_error}")
        wrong += [f"{stream} is not complete: {reason(stream)}" for stream in incomplete]
        if wrong or not streams:
            raise CommandError(visible("\n".join(wrong)) or "There is no stream to sync yet.")
        self.stdout.write(visible_line(f"Complete: {', '.join(map(str, streams))}."))


# After this no further part of an account's policies is begun.
POLICIES_SECONDS = 120.0
BAR = "{desc}: {percentage:3.0f}%|{bar:24}| {n:.0f} of {total:.0f} h [{elapsed}<{remaining}, {rate_fmt}] {postfix}"


def hours_left(stream: Stream, now: datetime) -> float:
    """How many hours of a stream are left to read."""
    return progress_of([stream], now).left.total_seconds() / 3600


def reason(stream: Stream) -> str:
    """Why a stream is not complete."""
    if stream.database_error:
        return stream.database_error
    stream = Stream.objects.get(pk=stream.pk)
    failed = [
        f"{exact_span(range.since, range.until)} could not be read: {range.error}"
        for range in stream.failed_ranges.all()
    ]
    if stream.error or failed:
        return "\n  ".join(filter(None, [stream.error, *failed]))
    return f"{_what_is_left(stream)} Run this again in a minute."


def _what_is_left(stream: Stream) -> str:
    if Stream.objects.filter(Stream.held(), pk=stream.pk).exists():
        return "another worker is reading it just now."
    if stream.claims.filter(Claim.held()).exists():
        return "part of it is being read by another worker."
    if spans_of(stream, CoveredRange.State.LATE):
        return "rows of it came late, so their hours are read once more."
    return "part of it was not reached."
