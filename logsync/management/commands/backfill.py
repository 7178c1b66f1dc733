"""`manage.py backfill`: request a range and help to read it. Several of these can run at once."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from logsync.characters import visible, visible_line
from logsync.cloudflare.clock import CloudflareClock
from logsync.coverage import State, ask_for, newest_edge, older_time, spans_of, spans_to_read
from logsync.health.backfill_progress import progress_of
from logsync.ingest.reading import Reading
from logsync.ingest.sync import read_newest, read_old_time
from logsync.ingest.token_gate import BACKFILL_PART
from logsync.ingest.tokens import Connections
from logsync.management.commands.sync import BAR, reason
from logsync.models import Claim, Log, Stream
from logsync.spans import Span, intersect, subtract
from logsync.words import exact_span

LOOK_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Read a range of the logs, newest first, together with the workers and with others of these; it can be "
        "interrupted, and without a range goes on with whatever is left to be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=moment, help="RFC 3339 time or date (UTC) from which to read")
        parser.add_argument("--until", type=moment, help="time or date up to which to read (default: now)")
        parser.add_argument("--account", metavar="ACCOUNT_ID", help="only this account")
        parser.add_argument("--log", choices=Log.values, help="only this log")
        parser.add_argument("--idp-id", metavar="IDP_ID", help="only the SCIM log of this identity provider")
        parser.add_argument("--again", action="store_true", help="read also what is known already")

    def handle(self, *args: Any, **options: Any) -> None:
        streams = _streams(options)
        span = _span(options)
        if span:
            for stream in streams:
                with transaction.atomic():
                    Stream.objects.select_for_update().get(pk=stream.pk)
                    ask_for(stream, span, again=options["again"], asked_by="manage.py backfill")
        self._read([stream.pk for stream in streams], span or older_time(timezone.now()))

    def _read(self, pks: list[int], span: Span) -> None:
        connections = Connections()
        clock = connections.clock
        with (
            connections.clients(BACKFILL_PART) as client_of,
            tqdm(total=1, bar_format=BAR, unit="h", desc="Backfill", file=sys.stderr) as bar,
        ):

            def show(_: Reading | None = None) -> None:
                progress = progress_of(_fresh(pks), clock.now(), span)
                bar.total, bar.n = _hours(progress.total), _hours(progress.done)
                bar.set_postfix_str(f"{_hours(progress.left):.0f} h left, {progress.workers} at work")

            def readable() -> list[Stream]:
                return [stream for stream in _fresh(pks) if _may_be_read(stream, connections)]

            newest = Span(max(newest_edge(clock.now()), span.since), span.until)
            while True:
                for stream in readable():
                    if _left(stream, newest, clock, within=newest):
                        read_newest(stream, client_of(stream), on_progress=show)
                older = Span(span.since, min(newest_edge(clock.now()), span.until))
                read_old_time(readable, client_of, older, clock, on_progress=show)
                show()
                incomplete = [stream for stream in _fresh(pks) if _left(stream, newest, clock, within=span)]
                if not incomplete or not _has_to_wait(pks, connections):
                    break
                time.sleep(LOOK_EVERY_SECONDS)
        if incomplete:
            raise CommandError(
                visible("\n".join(f"{stream} is not complete: {reason(stream)}" for stream in incomplete))
            )
        for line in _beyond(_fresh(pks), span):
            self.stdout.write(visible_line(line))
        self.stdout.write("Complete.")


def _beyond(streams: list[Stream], span: Span) -> Iterator[str]:
    """Time of which Cloudflare sent no rows although it may have had some, or that it refused as too old."""
    for stream in streams:
        for gone in intersect(spans_of(stream, State.BEYOND), [span]):
            yield f"{stream}: Cloudflare sent no rows of {_words(gone)}, and may no longer keep that time."
        for silent in intersect(spans_of(stream, State.UNPROVEN), [span]):
            yield f"{stream}: Cloudflare sent no rows of {_words(silent)}, and nothing proves that it still keeps them."
        for refused in intersect(spans_of(stream, State.REFUSED), [span]):
            yield f"{stream}: {_words(refused)} was refused. {stream.too_old}"


def _words(span: Span) -> str:
    return exact_span(*span, "minutes")


def moment(text: str) -> datetime:
    """Parse a time, or a date as its first moment; in UTC unless the text has an offset."""
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
        if found is not None:
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        # It looks like a date but doesn't exist, such as 30 February.
        pass
    raise ArgumentTypeError(f"{text!r} is neither a date (2026-11-19) nor an RFC 3339 time (2026-11-19T08:30:00Z).")


def _streams(options: dict[str, Any]) -> list[Stream]:
    streams = Stream.objects.filter(is_active=True)
    chosen = {"account__account_id": options["account"], "log": options["log"], "idp_id": options["idp_id"]}
    found = list(streams.filter(**{name: value for name, value in chosen.items() if value}))
    if not found:
        raise CommandError("No active stream matches that account, log and provider; /sync/ lists them all.")
    return found


def _span(options: dict[str, Any]) -> Span | None:
    if options["since"] is None:
        if options["until"] or options["again"]:
            raise CommandError("Give the start of the range with --since.")
        return None
    now = timezone.now()
    span = Span(options["since"], min(options["until"] or now, now))
    if span.since >= span.until:
        raise CommandError("The range is empty, or has not happened yet: --since must be before --until.")
    return span


def _fresh(pks: list[int]) -> list[Stream]:
    return list(Stream.objects.filter(pk__in=pks).with_ranges())


def _left(stream: Stream, newest: Span, clock: CloudflareClock, within: Span) -> list[Span]:
    """What is left to read. The newest time stays provisional for a while, so of that only what is unknown."""
    until = min(within.until, clock.now())
    known = intersect(spans_of(stream, State.PROVISIONAL), [newest])
    return subtract(intersect(spans_to_read(stream, until), [within]), known)


def _may_be_read(stream: Stream, connections: Connections) -> bool:
    token = stream.account.api_token
    return (
        token is not None
        and Stream.objects.due(timezone.now()).filter(pk=stream.pk).exists()
        and connections.gate(token, BACKFILL_PART).wait_seconds() == 0
    )


def _has_to_wait(pks: list[int], connections: Connections) -> bool:
    """Whether another worker is reading a part, or Cloudflare's rate limit is near. Neither lasts long."""
    streams = Stream.objects.filter(Stream.held(), pk__in=pks)
    if streams.exists() or Claim.objects.filter(Claim.held(), stream__in=pks).exists():
        return True
    tokens = {stream.account.api_token for stream in _fresh(pks)}
    return any(connections.gate(token, BACKFILL_PART).wait_seconds() for token in tokens if token)


def _hours(duration: Any) -> float:
    return float(duration.total_seconds() / 3600)
