"""Which time of a stream is known: settled, provisional, late, failed, beyond Cloudflare's retention, deleted here, or
not asked for.

"Nothing happened" must never be confused with "we don't know". A span is [since, until).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from logsync.models import AskedRange, CoveredRange, FailedRange, Stream
from logsync.spans import BEGINNING, Span, intersect, merge, subtract

State = CoveredRange.State
KNOWN = (State.SETTLED, State.PROVISIONAL, State.LATE)
# What is known to no longer ago than this is up to date; what is missing since is the pause between two rounds.
FRESH = timedelta(minutes=10)


# What is known of a stream


def spans_of(stream: Stream, *states: CoveredRange.State) -> list[Span]:
    """The time of a stream that is in one of these states."""
    return merge(Span(range.since, range.until) for range in stream.covered_ranges.all() if range.state in states)


def failed_spans_of(stream: Stream) -> list[Span]:
    """The time of a stream that was asked for and could not be read."""
    return merge(Span(range.since, range.until) for range in stream.failed_ranges.all())


def wanted_spans_of(stream: Stream, until: datetime) -> list[Span]:
    """The wanted time before `until`: all of it since `backfill_since`, and the ranges that someone asked for."""
    asked = [Span(range.since, min(range.until, until)) for range in stream.asked_ranges.all()]
    return merge([Span(stream.backfill_since, until), *asked])


def missing_spans(stream: Stream, until: datetime) -> list[Span]:
    """The wanted time before `until` that is neither settled nor beyond Cloudflare's retention."""
    return subtract(wanted_spans_of(stream, until), spans_of(stream, State.SETTLED, State.BEYOND))


def spans_to_read(stream: Stream, until: datetime) -> list[Span]:
    """What is missing before `until`, and what is to be read again."""
    again = [Span(range.since, min(range.until, until)) for range in stream.asked_ranges.all() if range.again]
    return merge([*missing_spans(stream, until), *again])


def older_time(now: datetime) -> Span:
    """The time that is not read every round, but window by window."""
    return Span(BEGINNING, newest_edge(now))


def newest_edge(now: datetime) -> datetime:
    """Where the time begins that is read every round; older time is read until it is settled."""
    return now - 2 * settings.SYNC_OVERLAP


# What was read, or could not be


def cover(
    stream: Stream,
    read: Span,
    now: datetime,
    proven_since: datetime | None = None,
    *,
    asked_at: datetime | None = None,
    late: Sequence[Span] = (),
) -> None:
    """Note that a span was read: requested at `asked_at` (or `now`), stored at `now`, both by Cloudflare's clock.

    Time younger than SYNC_OVERLAP at the request is provisional, time before `proven_since` is beyond, and the rest is
    settled, but for `late`: time that this reading has shown to be incomplete, which takes another reading.
    Call this in the transaction that stores the rows, with the stream's row locked.
    """
    _fetch_anew(stream)
    asked_at = min(asked_at or now, now)
    old_enough = asked_at - settings.SYNC_OVERLAP
    proven_since = proven_since or read.since
    settled = [*spans_of(stream, State.SETTLED), Span(max(read.since, proven_since), min(read.until, old_enough))]
    # A clock that ran ahead, or a shorter overlap, may have settled time that is not old enough. Measured at `now`, so
    # that nothing is taken back that others read after this request.
    settled_before = now - settings.SYNC_OVERLAP
    claimed_too_early = intersect(settled, [Span(settled_before, now)])
    settled = subtract(intersect(settled, [Span(BEGINNING, settled_before)]), late)
    provisional = [
        *intersect(spans_of(stream, State.PROVISIONAL), [Span(BEGINNING, now)]),
        *claimed_too_early,
        *intersect([read], [Span(old_enough, asked_at)]),
    ]
    provisional = subtract(provisional, [*settled, *late])
    still_late = [*subtract(spans_of(stream, State.LATE), [read]), *late]
    beyond = [*spans_of(stream, State.BEYOND), *subtract([read], [Span(proven_since, max(proven_since, read.until))])]
    _replace(stream, State.SETTLED, settled)
    _replace(stream, State.PROVISIONAL, provisional)
    _replace(stream, State.LATE, still_late)
    _replace(stream, State.BEYOND, subtract(beyond, [*settled, *provisional, *still_late]))
    _replace(stream, State.DELETED, subtract(spans_of(stream, State.DELETED), [read]))
    _cut(stream.failed_ranges.all(), read)
    _cut([range for range in stream.asked_ranges.all() if range.again], read)
    _fetch_anew(stream)


def note_deleted(stream: Stream, before: datetime) -> None:
    """Note that all events from before some time were deleted here; call this with the stream's row locked.

    What was known of it is told apart from what was never asked for. What failed, or was asked for, is dropped.
    """
    _fetch_anew(stream)
    deleted = [*spans_of(stream, State.DELETED), *intersect(spans_of(stream, *KNOWN), [Span(BEGINNING, before)])]
    for ranges in (stream.covered_ranges, stream.failed_ranges, stream.asked_ranges):
        ranges.filter(until__lte=before).delete()
        ranges.filter(since__lt=before).update(since=before)
    _replace(stream, State.DELETED, deleted)
    if stream.backfill_since < before:
        stream.note(backfill_since=before)
    _fetch_anew(stream)


def note_failure(stream: Stream, tried: Span, error: str, now: datetime) -> None:
    """Note that a span could not be read, as far as it is unknown or to be read again.

    Each try waits longer than the one before. Adjacent time that failed with the same error and is still waiting is
    merged with it; time that is due for a try is not put off.
    """
    _fetch_anew(stream)
    earlier = [range for range in stream.failed_ranges.all() if range.since < tried.until and tried.since < range.until]
    tries = 1 + max((range.tries for range in earlier), default=0)
    again = [Span(range.since, range.until) for range in stream.asked_ranges.all() if range.again]
    complete = spans_of(stream, State.SETTLED, State.PROVISIONAL)
    for span in subtract([tried], subtract(complete, again)):
        _cut(earlier, span)
        beside = stream.failed_ranges.filter(since__lte=span.until, until__gte=span.since)
        alike = beside.filter(error=error, retry_at__gt=now)
        whole = merge([span, *(Span(range.since, range.until) for range in alike)])[0]
        alike.delete()
        stream.failed_ranges.create(
            since=whole.since,
            until=whole.until,
            error=error,
            failed_at=now,
            tries=tries,
            retry_at=now + min(_FIRST_PAUSE * 2 ** min(tries - 1, 10), _LONGEST_PAUSE),
        )
        earlier = list(stream.failed_ranges.all())


def ask_for(stream: Stream, span: Span, *, again: bool, asked_by: str) -> None:
    """Ask for a span to be read: what is missing of it or, with `again`, all of it. What failed is tried at once."""
    stream.failed_ranges.filter(since__lt=span.until, until__gt=span.since).update(retry_at=timezone.now())
    wanted = [span] if again else subtract([span], wanted_spans_of(stream, span.until))
    for part in wanted:
        stream.asked_ranges.create(
            since=part.since, until=part.until, again=again, asked_at=timezone.now(), asked_by=asked_by
        )
    _fetch_anew(stream)


_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)

Cut = TypeVar("Cut", FailedRange, AskedRange)


def _replace(stream: Stream, state: CoveredRange.State, spans: list[Span]) -> None:
    spans = merge(spans)
    if spans != spans_of(stream, state):
        CoveredRange.objects.filter(stream=stream, state=state).delete()
        CoveredRange.objects.bulk_create(
            CoveredRange(stream=stream, since=span.since, until=span.until, state=state) for span in spans
        )


def _cut(ranges: Iterable[Cut], read: Span) -> None:
    """Cut a span out of these ranges; the parts that are left keep their other fields."""
    for range in ranges:
        if range.since < read.until and read.since < range.until:
            range.delete()
            for left in subtract([Span(range.since, range.until)], [read]):
                range.pk, range.since, range.until = None, left.since, left.until
                range.save(force_insert=True)


def _fetch_anew(stream: Stream) -> None:
    """Forget prefetched ranges: they are older than the lock, or than what was just written."""
    stream._prefetched_objects_cache = {}  # type: ignore[attr-defined]


# What is known of a range


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of the time `asked`, across streams. Every moment of it is in exactly one of the lists.

    `settled` and `provisional` are known in every stream. The others are unknown in at least one: `failed` could not
    be read, `waiting` will be read, `beyond` is older than Cloudflare's retention, `never_asked` is not wanted.
    """

    asked: Span
    settled: list[Span]
    provisional: list[Span]
    failed: list[Span]
    waiting: list[Span]
    beyond: list[Span]
    never_asked: list[Span]

    @property
    def known(self) -> list[Span]:
        return merge([*self.settled, *self.provisional])

    @property
    def missing(self) -> list[Span]:
        return subtract([self.asked], self.known)

    def is_up_to_date(self, now: datetime) -> bool:
        """Whether what is known reaches the end of the range, but for the pause since the last round."""
        known = self.known
        return bool(known) and not without_pause(merge([Span(known[-1].until, self.asked.until)]), now)

    @property
    def holes(self) -> list[Span]:
        """What is missing between the first and the last known moment."""
        known = self.known
        return [
            span for span in self.missing if known and known[0].until <= span.since and span.until <= known[-1].since
        ]


def without_pause(unknown: Iterable[Span], now: datetime) -> list[Span]:
    """These unknown spans without the pause since the last round: a short one that reaches up to now."""
    return [span for span in unknown if span.until < now or span.length > FRESH]


def coverage_of(streams: Iterable[Stream], asked: Span) -> Coverage:
    """What is known of a range in all of these streams at once."""
    streams = list(streams)
    whole = [asked] if streams else []
    settled, known, wanted = whole, whole, whole
    failed: list[Span] = []
    beyond: list[Span] = []
    for stream in streams:
        settled = intersect(settled, spans_of(stream, State.SETTLED))
        known = intersect(known, spans_of(stream, *KNOWN))
        wanted = intersect(wanted, wanted_spans_of(stream, asked.until))
        failed += failed_spans_of(stream)
        beyond += spans_of(stream, State.BEYOND)
    missing = subtract([asked], known)
    failed = intersect(missing, failed)
    beyond = intersect(subtract(missing, failed), beyond)
    waiting = intersect(subtract(missing, [*failed, *beyond]), wanted)
    return Coverage(
        asked=asked,
        settled=settled,
        provisional=subtract(known, settled),
        failed=failed,
        waiting=waiting,
        beyond=beyond,
        never_asked=subtract(missing, [*failed, *beyond, *waiting]),
    )
