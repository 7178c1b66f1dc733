"""Which window of old time a worker reads next: the newest that nobody reads yet, of any stream, a day at most.

Any number of workers take windows side by side. The stream's row is locked while one is taken, and windows do not
overlap, so no time of a stream is read by two workers at once. A worker that is killed loses its window by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from django.db import transaction
from django.utils import timezone

from logsync.coverage import newest_edge, spans_to_read
from logsync.ingest import cloudflare_clock
from logsync.models import Claim, Stream
from logsync.models.bookkeeping import LONGEST_PAUSE
from logsync.spans import Span, intersect, subtract

LONGEST_WINDOW = timedelta(days=1)


def claim_newest(streams: Iterable[Stream], owner: str, within: Span) -> Claim | None:
    """Take the newest window that these streams have `within` some time; None if there is none to be taken now."""
    found = [(window.until, stream) for stream in streams for window in islice(windows_of(stream, within), 1)]
    for _, stream in sorted(found, key=itemgetter(0), reverse=True):
        if claim := _take_newest(stream, owner, within):
            return claim
    return None


def windows_of(stream: Stream, within: Span) -> Iterator[Span]:
    """The windows of a stream that can be taken now, newest first."""
    now = timezone.now()
    waits = [
        Span(range.since, range.until)
        for range in stream.failed_ranges.all()
        if now < range.retry_at <= now + LONGEST_PAUSE
    ]
    held = [Span(claim.since, claim.until) for claim in stream.claims.filter(Claim.held())]
    taken = [*waits, *held, *_read_under_the_lease(stream, within.until)]
    for span in reversed(subtract(intersect(spans_to_read(stream, within.until), [within]), taken)):
        yield from _days_of(span)


def _read_under_the_lease(stream: Stream, until: datetime) -> list[Span]:
    """What the holder of the stream's lease may be at: a slow one has begun further back than what is newest by now."""
    if not stream.lease_owner or stream.attempted_at is None:
        return []
    since = newest_edge(stream.attempted_at + cloudflare_clock.offset())
    return [Span(since, max(since, until))]


def _take_newest(stream: Stream, owner: str, within: Span) -> Claim | None:
    """A claim on the newest window of a stream; None if others took all of them meanwhile."""
    with transaction.atomic():
        locked = Stream.objects.select_for_update().get(pk=stream.pk)
        for window in windows_of(locked, within):
            locked.claims.exclude(Claim.held()).delete()
            claim = Claim.objects.create(stream=stream, since=window.since, until=window.until)
            claim.take_lease(owner)
            return claim
    return None


def _days_of(span: Span) -> Iterator[Span]:
    """A span in windows of at most a day, cut at midnight, newest first."""
    end = span.until
    while end > span.since:
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        start_of_day = midnight if midnight < end else midnight - LONGEST_WINDOW
        start = max(span.since, start_of_day)
        yield Span(start, end)
        end = start
