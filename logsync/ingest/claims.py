"""Which window of old time a worker reads next: the newest of any stream that nobody is reading, a day at most.

Any number of workers claim windows side by side. The stream's row is locked meanwhile, and windows do not overlap, so
no time of a stream is read by two workers at once. The claim of a worker that was killed expires.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from django.db import transaction
from django.utils import timezone

from logsync.coverage import newest_edge, spans_to_read
from logsync.models import Claim, Stream
from logsync.models.bookkeeping import LONGEST_PAUSE
from logsync.spans import Span, intersect, subtract

LONGEST_WINDOW = timedelta(days=1)
NO_OFFSET = timedelta()


def claim_newest(
    streams: Iterable[Stream], owner: str, within: Span, clock_offset: timedelta = NO_OFFSET
) -> Claim | None:
    """Claim the newest window that these streams have `within` some time; None if there is none to claim now.

    `clock_offset` is how far Cloudflare's clock is ahead of this machine's.
    """
    found = [
        (window.until, stream) for stream in streams for window in islice(windows_of(stream, within, clock_offset), 1)
    ]
    for _, stream in sorted(found, key=itemgetter(0), reverse=True):
        if claim := _take_newest(stream, owner, within, clock_offset):
            return claim
    return None


def windows_of(stream: Stream, within: Span, clock_offset: timedelta = NO_OFFSET) -> Iterator[Span]:
    """The windows of a stream that can be claimed now, newest first."""
    now = timezone.now()
    waits = [
        Span(range.since, range.until)
        for range in stream.failed_ranges.all()
        if now < range.retry_at <= now + LONGEST_PAUSE
    ]
    held = [Span(claim.since, claim.until) for claim in stream.claims.filter(Claim.held())]
    taken = [*waits, *held, *_read_under_the_lease(stream, within.until, clock_offset)]
    for span in reversed(subtract(intersect(spans_to_read(stream, within.until), [within]), taken)):
        yield from _days_of(span)


def _read_under_the_lease(stream: Stream, until: datetime, clock_offset: timedelta) -> list[Span]:
    """What the holder of the stream's lease may be reading: a slow one began further back than what is newest now."""
    if not stream.lease_owner or stream.attempted_at is None:
        return []
    since = newest_edge(stream.attempted_at + clock_offset)
    return [Span(since, max(since, until))]


def _take_newest(stream: Stream, owner: str, within: Span, clock_offset: timedelta) -> Claim | None:
    """Claim the newest window of a stream; None if others claimed all of them meanwhile."""
    with transaction.atomic():
        locked = Stream.objects.select_for_update().get(pk=stream.pk)
        for window in windows_of(locked, within, clock_offset):
            locked.claims.exclude(Claim.held()).delete()
            claim = Claim.objects.create(stream=stream, since=window.since, until=window.until)
            claim.take_lease(owner)
            return claim
    return None


def _days_of(span: Span) -> Iterator[Span]:
    """Cut a span at midnight (UTC) into windows of at most a day, newest first."""
    end = span.until
    while end > span.since:
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        start_of_day = midnight if midnight < end else midnight - LONGEST_WINDOW
        start = max(span.since, start_of_day)
        yield Span(start, end)
        end = start
