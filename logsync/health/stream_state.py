"""A stream as a person sees it: its name, what it is doing, and what of it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from logsync.coverage import FRESH, Coverage, asked_spans_of, coverage_of, older_time, spans_to_read
from logsync.health.backfill_progress import is_in_time
from logsync.health.expiring import Expiring, expiring
from logsync.health.lateness import Lateness, lateness_of
from logsync.ingest.retention_probe import longest_reach
from logsync.models import FailedRange, HourlyCount, IdentityProvider, Stream
from logsync.spans import Span

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StreamState:
    """What a stream is doing, and what is known of it.

    `coverage` is of all time that is wanted of it, up to now; `to_read` is what workers will read of its old time;
    `lateness` is None while too few rows were seen to arrive, `race` None while nothing is about to be lost.
    `is_in_time` says that the backfill of all that race is quick enough.
    """

    stream: Stream
    name: str
    now: datetime
    coverage: Coverage
    failed: list[FailedRange]
    to_read: list[Span]
    lateness: Lateness | None
    race: Expiring | None
    is_in_time: bool
    rows_today: int

    @property
    def holes(self) -> list[Span]:
        """What is missing of its old time although younger time is known."""
        return [span for span in self.to_read if span.length >= MINUTE or self._has_failed(span)]

    @property
    def is_behind(self) -> bool:
        """True if more is to be read than the time since the last rounds explains."""
        return any(span.length > FRESH for span in self.to_read)

    @property
    def next_at(self) -> datetime | None:
        """When its newest time is asked for next; None if it was never asked for."""
        stream = self.stream
        if stream.retry_at and stream.retry_at > self.now:
            return stream.retry_at
        return stream.attempted_at + settings.SYNC_EVERY if stream.attempted_at else None

    @property
    def is_losing(self) -> bool:
        """True if time is about to be lost that no worker gets at: it fails, or the backfill is too slow."""
        if self.race is None:
            return False
        return bool(self.stream.error) or self._has_failed(self.race.span) or not self.is_in_time

    def _has_failed(self, span: Span) -> bool:
        return any(failed.since < span.until and span.since < failed.until for failed in self.failed)


def states_of(streams: Iterable[Stream], now: datetime) -> list[StreamState]:
    """The states of these streams, which were fetched with their ranges."""
    streams = list(streams)
    names, lateness, rows = provider_names(), lateness_of(streams), _rows_since(now.replace(hour=0, minute=0, second=0))
    to_read = {stream.pk: spans_to_read(stream, older_time(now).until) for stream in streams}
    races = {stream.pk: expiring(to_read[stream.pk], _retention(stream, streams), now) for stream in streams}
    in_time = is_in_time([stream for stream in streams if races[stream.pk]], now)
    return [
        StreamState(
            stream=stream,
            name=stream_name(stream, names),
            now=now,
            coverage=coverage_of([stream], Span(_asked_since(stream, now), now)),
            failed=list(stream.failed_ranges.all()),
            to_read=to_read[stream.pk],
            lateness=lateness.get(stream.pk),
            race=races[stream.pk],
            is_in_time=in_time,
            rows_today=rows.get((stream.account_id, stream.log, stream.idp_id), 0),
        )
        for stream in streams
    ]


def _asked_since(stream: Stream, now: datetime) -> datetime:
    """Since when anything is wanted of a stream; now for one that is to be read from now on."""
    return min((span.since for span in asked_spans_of(stream, now)), default=now)


def _retention(stream: Stream, streams: list[Stream]) -> timedelta:
    siblings = [other for other in streams if (other.account_id, other.log) == (stream.account_id, stream.log)]
    return longest_reach((other.oldest_at, other.probed_at) for other in siblings)


def _rows_since(midnight: datetime) -> dict[tuple[int, str, str], int]:
    sums = HourlyCount.objects.order_by().filter(hour__gte=midnight.replace(microsecond=0))
    counted = sums.values_list("account_id", "log", "idp_id").annotate(rows=Sum("total"))
    return {(account, log, idp_id): rows for account, log, idp_id, rows in counted}


def stream_name(stream: Stream, providers: dict[str, str]) -> str:
    """A stream as a person calls it; `providers` are ids with their names."""
    return stream.named(providers.get(stream.idp_id, stream.idp_id))


def provider_names() -> dict[str, str]:
    """Identity provider ids with their names."""
    return {idp.idp_id: str(idp) for idp in IdentityProvider.objects.all()}
