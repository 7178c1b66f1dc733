"""What a stream is doing, what of it is known, and what is wrong with it. The doctor and every page ask here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from logsync.coverage import (
    FRESH,
    OUT_OF_REACH,
    Coverage,
    coverage_of_stream,
    missing_spans,
    newest_edge,
    spans_of,
    spans_to_read,
    wanted_spans_of,
)
from logsync.health.backfill_progress import is_in_time
from logsync.health.expiring import Expiring, expiring
from logsync.health.lateness import Lateness, lateness_of
from logsync.ingest.retention_probe import SHORTEST_RETENTION, longest_retention
from logsync.models import CoveredRange, FailedRange, HourlyCount, IdentityProvider, Stream
from logsync.spans import Span

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StreamState:
    """What a stream is doing, and what is known of it.

    `coverage` is of all time that is wanted of it, up to now; `to_read` is what workers will read of its old time;
    `lateness` is None while too few rows were seen to arrive. `expiring` is None while nothing is about to be lost, if
    the stream is no longer read, and if nothing proves how long Cloudflare keeps it. `is_in_time`
    says that the backfill of everything that is expiring is quick enough.
    """

    stream: Stream
    name: str
    now: datetime
    coverage: Coverage
    failed: list[FailedRange]
    to_read: list[Span]
    lateness: Lateness | None
    expiring: Expiring | None
    is_in_time: bool
    rows_today: int

    @property
    def settled_to(self) -> datetime | None:
        """The end of what is settled; None if nothing is."""
        settled = spans_of(self.stream, CoveredRange.State.SETTLED)
        return settled[-1].until if settled else None

    @property
    def holes(self) -> list[Span]:
        """What is missing of its old time although younger time is known."""
        return [span for span in self.to_read if span.length >= MINUTE or self._has_failed(span)]

    @property
    def is_behind(self) -> bool:
        """Whether more is to be read than the pause between two rounds explains."""
        return any(span.length > FRESH for span in self.to_read)

    @property
    def next_at(self) -> datetime | None:
        """When its newest time is read next; None if it was never read."""
        stream = self.stream
        if stream.retry_at and stream.retry_at > self.now:
            return stream.retry_at
        return stream.attempted_at + settings.SYNC_EVERY if stream.attempted_at else None

    @property
    def is_losing(self) -> bool:
        """Whether time is about to be lost: it cannot be read, or the backfill is too slow."""
        return self.expiring is not None and bool(self.expiring_error or not self.is_in_time)

    @property
    def expiring_error(self) -> str:
        """Why the beginning of the expiring time cannot be read; blank if it only was not read yet."""
        if self.expiring is None:
            return ""
        since = self.expiring.span.since
        failed = (range.error for range in self.failed if range.since <= since < range.until)
        return self.stream.error or next(failed, "")

    def _has_failed(self, span: Span) -> bool:
        return any(failed.since < span.until and span.since < failed.until for failed in self.failed)


def states_of(streams: Iterable[Stream], now: datetime) -> list[StreamState]:
    """The states of these streams, which were fetched with their ranges."""
    streams = list(streams)
    names, lateness = IdentityProvider.objects.names_beside_account(), lateness_of(streams, now)
    rows = _rows_since(now.replace(hour=0, minute=0, second=0))
    retention = _retention()
    edge = newest_edge(now)
    leaving = {
        stream.pk: expiring(missing_spans(stream, edge), retention[stream.account_id, stream.log], now)
        for stream in streams
        if stream.is_active and _is_retention_known(stream, retention[stream.account_id, stream.log])
    }
    in_time = is_in_time([stream for stream in streams if leaving.get(stream.pk)], now)
    return [
        StreamState(
            stream=stream,
            name=stream_name(stream, names),
            now=now,
            coverage=coverage_of_stream(stream, Span(_wanted_since(stream, now), now)),
            failed=list(stream.failed_ranges.all()),
            to_read=spans_to_read(stream, edge),
            lateness=lateness.get(stream.pk),
            expiring=leaving.get(stream.pk),
            is_in_time=in_time,
            rows_today=rows.get((stream.account_id, stream.log, stream.idp_id), 0),
        )
        for stream in streams
    ]


def latest(states: Sequence[StreamState]) -> tuple[StreamState, Lateness] | None:
    """The stream whose rows came latest; None if too few rows were seen to arrive in any."""
    known = [(state, state.lateness) for state in states if state.lateness]
    return max(known, key=lambda found: found[1].latest, default=None)


def _wanted_since(stream: Stream, now: datetime) -> datetime:
    """Since when anything is wanted of a stream; now for one that is to be read from now on."""
    return min((span.since for span in wanted_spans_of(stream, now)), default=now)


def _is_retention_known(stream: Stream, retention: timedelta) -> bool:
    """Whether anything proves how long Cloudflare keeps a log: its older rows, or older time that it sent no rows of.

    A log that was never read, or that is refused from the start, proves nothing.
    """
    return retention > SHORTEST_RETENTION or bool(spans_of(stream, *OUT_OF_REACH))


def _retention() -> Mapping[tuple[int, str], timedelta]:
    """For how long Cloudflare keeps each log of each account at least, by all of its streams."""
    probes = defaultdict(list)
    for stream in Stream.objects.only("account_id", "log", "oldest_at", "probed_at"):
        probes[stream.account_id, stream.log].append((stream.oldest_at, stream.probed_at))
    longest = {log: longest_retention(found) for log, found in probes.items()}
    return defaultdict(lambda: longest_retention([]), longest)


def _rows_since(midnight: datetime) -> dict[tuple[int, str, str], int]:
    sums = HourlyCount.objects.order_by().filter(hour__gte=midnight.replace(microsecond=0))
    totals = sums.values_list("account_id", "log", "idp_id").annotate(rows=Sum("total"))
    return {(account, log, idp_id): rows for account, log, idp_id, rows in totals}


def stream_name(stream: Stream, providers: Mapping[tuple[int, str], str]) -> str:
    """A stream as people call it; `providers` are the names of all providers, by account and id."""
    return stream.named(providers.get((stream.account_id, stream.idp_id), stream.idp_id))
