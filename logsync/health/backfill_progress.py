"""How far a backfill is: done, left, how fast, and how long it will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from logsync.coverage import newest_edge, spans_to_read, wanted_spans_of
from logsync.models import Claim, Stream, SyncRun
from logsync.spans import Span, intersect, length

# Long enough for a few windows of a day, short enough to follow as workers come and go.
RATE_OVER = timedelta(minutes=5)
# A backfill that is done by then loses next to nothing.
A_LITTLE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """`left` of `total` is still to be read. `workers` read `rate` of it in a second, now at `reading`, newest last.

    `paused_until` is when the first of its API tokens may be used again, if Cloudflare has all of them wait.
    """

    total: timedelta
    left: timedelta
    rate: timedelta
    reading: list[Span]
    paused_until: datetime | None = None

    @property
    def done(self) -> timedelta:
        return self.total - self.left

    @property
    def percent(self) -> float:
        return 100 * (self.done / self.total) if self.total else 100.0

    @property
    def workers(self) -> int:
        return len(self.reading)

    @property
    def time_left(self) -> timedelta | None:
        """How long it takes at this rate; None if nothing was read in the last minutes."""
        return timedelta(seconds=self.left / self.rate) if self.rate else None


def progress_of(streams: Iterable[Stream], now: datetime, within: Span | None = None) -> Progress:
    """The progress of these streams together, or of their time within a span."""
    streams = list(streams)
    edge = newest_edge(now)
    total = left = timedelta()
    for stream in streams:
        to_read = spans_to_read(stream, edge)
        wanted = wanted_spans_of(stream, edge)
        total += length(intersect(wanted, [within]) if within else wanted)
        left += length(intersect(to_read, [within]) if within else to_read)
    claims = Claim.objects.filter(Claim.held(), stream__in=[stream.pk for stream in streams])
    reading = [Span(since, until) for since, until in claims.values_list("since", "until")]
    return Progress(max(total, left), left, _rate(streams), reading, paused_until(streams))


def paused_until(streams: Iterable[Stream]) -> datetime | None:
    """When one of these streams may be asked for again, if Cloudflare has the API tokens of all of them wait."""
    now = timezone.now()
    tokens = {token.pk: token for stream in streams if (token := stream.account.api_token)}
    ends = [token.blocked_until for token in tokens.values() if token.is_blocked(now)]
    return min(filter(None, ends), default=None) if len(ends) == len(tokens) else None


def is_in_time(streams: Iterable[Stream], now: datetime) -> bool:
    """Whether the backfill of these streams ends before Cloudflare deletes more than an hour of what is missing.

    One that has only just begun, and so has no rate yet, gets the benefit of the doubt.
    """
    streams = list(streams)
    if time_left := progress_of(streams, now).time_left:
        return time_left <= A_LITTLE
    long_ago = SyncRun.objects.filter(stream__in=[stream.pk for stream in streams], started_at__lt=now - 2 * RATE_OVER)
    return not long_ago.exists()


def _rate(streams: Iterable[Stream]) -> timedelta:
    """How much of the log was read in a second, over the last minutes by this machine's clock, which runs go by."""
    now = timezone.now()
    since = now - RATE_OVER
    runs = SyncRun.objects.filter(
        stream__in=[stream.pk for stream in streams],
        is_backfill=True,
        outcome=SyncRun.Outcome.READ,
        started_at__gt=since,
    ).values_list("started_at", "since", "until")
    if not runs:
        return timedelta()
    began = min(started_at for started_at, _, _ in runs)
    seconds = max((now - began).total_seconds(), 1.0)
    return length(Span(since, until) for _, since, until in runs) / seconds
