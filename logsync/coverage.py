"""Which time of each stream is known: settled, provisional, late, failed, beyond Cloudflare's reach, deleted here, or
not requested.

"Nothing happened" must never be confused with "we don't know". A span is [since, until).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from logsync.models import AskedRange, CoveredRange, FailedRange, Stream
from logsync.spans import BEGINNING, END, Span, intersect, merge, subtract

State = CoveredRange.State
KNOWN = (State.SETTLED, State.PROVISIONAL, State.LATE)
# Cloudflare was asked in vain: it sent no rows of the time, though some of newer time, or refused it as too old.
OUT_OF_REACH = (State.BEYOND, State.REFUSED)


def longest_pause(sync_every: timedelta) -> timedelta:
    """How long the pause between two rounds may seem: a few rounds, and not less than ten minutes."""
    return max(timedelta(minutes=10), 3 * sync_every)


# What is known to no longer ago than this is up to date; what is missing since is the pause between two rounds.
FRESH = longest_pause(settings.SYNC_EVERY)


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
    """The wanted time before `until` that is neither settled nor past what Cloudflare still answers for."""
    return subtract(wanted_spans_of(stream, until), spans_of(stream, State.SETTLED, State.UNPROVEN, *OUT_OF_REACH))


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
    without_rows: State = State.BEYOND,
) -> None:
    """Note that a span was read: requested at `asked_at` (or `now`), stored at `now`, both by Cloudflare's clock.

    Time younger than SYNC_OVERLAP at the request is provisional, time before `proven_since` is `without_rows` (beyond
    or unproven), and the rest is settled, but for `late`: time that this reading has shown to be incomplete, which
    takes another reading.
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
    unseen = subtract([read], [Span(proven_since, max(proven_since, read.until))])
    _replace(stream, State.SETTLED, settled)
    _replace(stream, State.PROVISIONAL, provisional)
    _replace(stream, State.LATE, still_late)
    for state in (State.BEYOND, State.UNPROVEN):
        spans = subtract(spans_of(stream, state), unseen) + (unseen if state == without_rows else [])
        _replace(stream, state, subtract(spans, [*settled, *provisional, *still_late]))
    _replace(stream, State.REFUSED, subtract(spans_of(stream, State.REFUSED), [read]))
    _replace(stream, State.DELETED, subtract(spans_of(stream, State.DELETED), [read]))
    _cut(stream.failed_ranges.all(), read)
    _cut([range for range in stream.asked_ranges.all() if range.again], read)
    _fetch_anew(stream)


def prove_kept(stream: Stream, since: datetime) -> None:
    """Note that Cloudflare turns out to keep everything `since`: where it sent no rows, nothing happened.

    Whatever it keeps now it kept when it was asked. Call this with the stream's row locked.
    """
    _fetch_anew(stream)
    if quiet := intersect(spans_of(stream, State.BEYOND, State.UNPROVEN), [Span(since, END)]):
        for state in (State.BEYOND, State.UNPROVEN):
            _replace(stream, state, subtract(spans_of(stream, state), quiet))
        _replace(stream, State.SETTLED, [*spans_of(stream, State.SETTLED), *quiet])
        _fetch_anew(stream)


def note_too_old(stream: Stream, refused: Span) -> None:
    """Note that Cloudflare refuses a span as too old: it is not requested again, unless someone wants it read again.

    What is known of it stays known. Call this with the stream's row locked.
    """
    _fetch_anew(stream)
    refused_now = subtract([refused], spans_of(stream, *KNOWN))
    for state in (State.BEYOND, State.UNPROVEN):
        _replace(stream, state, subtract(spans_of(stream, state), refused_now))
    _replace(stream, State.REFUSED, [*spans_of(stream, State.REFUSED), *refused_now])
    _cut(stream.failed_ranges.all(), refused)
    _cut([range for range in stream.asked_ranges.all() if range.again], refused)
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

# The lists of a `Coverage` that are not known, the most urgent first.
UNKNOWN_LISTS = ("failed", "waiting", "beyond", "refused", "unproven", "deleted", "never_asked", "future")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of the time `asked` of one stream. Every moment of it is in exactly one of the lists.

    Known, so that its rows are here, is what is

    - `settled`: read, and old enough that no more rows are expected: no row means that nothing happened;
    - `provisional`: read so soon after it happened that rows may still come: no row means nothing yet;
    - `late`: read, but a row that came too late has proved it incomplete, until it is read again.

    Unknown is what

    - `failed`: could not be read so far;
    - `waiting`: is wanted and still to be read;
    - `beyond`: Cloudflare sent no rows of, though some of newer time, and may no longer keep;
    - `refused`: Cloudflare refuses as too old;
    - `unproven`: Cloudflare sent no rows of, nor of newer time, so that nobody can tell whether it still keeps it;
    - `deleted`: was known, but is older than events are kept here (KEEP_EVENTS_DAYS);
    - `never_asked`: nobody wants;
    - `future`: has not happened yet.
    """

    asked: Span
    settled: list[Span] = field(default_factory=list)
    provisional: list[Span] = field(default_factory=list)
    failed: list[Span] = field(default_factory=list)
    waiting: list[Span] = field(default_factory=list)
    beyond: list[Span] = field(default_factory=list)
    refused: list[Span] = field(default_factory=list)
    unproven: list[Span] = field(default_factory=list)
    never_asked: list[Span] = field(default_factory=list)
    late: list[Span] = field(default_factory=list)
    deleted: list[Span] = field(default_factory=list)
    future: list[Span] = field(default_factory=list)

    @property
    def known(self) -> list[Span]:
        return merge([*self.settled, *self.provisional, *self.late])

    @property
    def missing(self) -> list[Span]:
        return subtract([self.asked], self.known)

    @property
    def is_settled(self) -> bool:
        """Whether all of it is settled, so that nothing more can come."""
        return self.settled == merge([self.asked]) != []

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

    def gaps(self, now: datetime) -> list[Span]:
        """What is missing of the time that has happened, without the pause since the last round.

        Where nothing at all is known there is no last round, so that no pause is taken off.
        """
        missing = subtract(self.missing, self.future)
        return without_pause(missing, now) if self.known else missing

    def reasons_for(self, span: Span) -> list[str]:
        """The names of the lists that say why part of a span is unknown, the most urgent first."""
        return [name for name in UNKNOWN_LISTS if _touch(getattr(self, name), span)]


@dataclass(frozen=True, slots=True)
class CoverageByStream:
    """What is known of the time `asked` in each of several streams, which know nothing of each other.

    What one stream does not know says nothing of the rows of another. So ask what this is about: whether a number over
    all streams is whole (`is_complete`), whether rows may be missing (`unknown_in`), or whether there may be any rows
    at all (`known_somewhere`). Without a stream nothing is known.
    """

    asked: Span
    of: dict[Stream, Coverage]

    @property
    def known_everywhere(self) -> list[Span]:
        """The time that every stream knows: a count over all streams is whole there, but may still grow."""
        return _in_all(coverage.known for coverage in self.of.values())

    @property
    def known_somewhere(self) -> list[Span]:
        """The time that at least one stream knows."""
        return merge(span for coverage in self.of.values() for span in coverage.known)

    @property
    def settled_everywhere(self) -> list[Span]:
        """The time that is settled in every stream: no row there means that nothing happened."""
        return _in_all(coverage.settled for coverage in self.of.values())

    def unknown_in(self, span: Span) -> list[Stream]:
        """The streams that do not know all of a span."""
        return [stream for stream, coverage in self.of.items() if _touch(coverage.missing, span)]

    def is_complete(self, span: Span | None = None) -> bool:
        """Whether all of a span, by default of the time asked for, is settled in every stream."""
        whole = merge([span or self.asked])
        return bool(whole) and intersect(whole, self.settled_everywhere) == whole

    def is_known(self, span: Span | None = None) -> bool:
        """Whether every stream knows all of a span, by default of the time asked for; some may be provisional."""
        whole = merge([span or self.asked])
        return bool(whole) and intersect(whole, self.known_everywhere) == whole

    def is_provisional(self, span: Span | None = None) -> bool:
        """Whether every stream knows all of a span, but not all of it is settled: rows may still come."""
        return self.is_known(span) and not self.is_complete(span)


def without_pause(unknown: Iterable[Span], now: datetime) -> list[Span]:
    """These unknown spans without the pause since the last round: a short one that reaches up to now."""
    return [span for span in unknown if span.until < now or span.length > FRESH]


def coverage_of(streams: Iterable[Stream], asked: Span, now: datetime | None = None) -> CoverageByStream:
    """What is known of a range in each of these streams. Without `now`, no part of the range is in the future."""
    return CoverageByStream(asked, {stream: coverage_of_stream(stream, asked, now) for stream in streams})


def coverage_of_stream(stream: Stream, asked: Span, now: datetime | None = None) -> Coverage:
    """What is known of a range in one stream. Without `now`, no part of the range is in the future."""
    settled = intersect([asked], spans_of(stream, State.SETTLED))
    late = intersect([asked], spans_of(stream, State.LATE))
    known = intersect([asked], spans_of(stream, *KNOWN))
    left = subtract([asked], known)
    parts: dict[str, list[Span]] = {}
    for name, spans in (
        ("future", [Span(now, END)] if now else []),
        ("failed", failed_spans_of(stream)),
        ("beyond", spans_of(stream, State.BEYOND)),
        ("refused", spans_of(stream, State.REFUSED)),
        ("unproven", spans_of(stream, State.UNPROVEN)),
        ("waiting", wanted_spans_of(stream, asked.until)),
        ("deleted", spans_of(stream, State.DELETED)),
    ):
        parts[name] = intersect(left, spans)
        left = subtract(left, parts[name])
    provisional = subtract(known, [*settled, *late])
    return Coverage(asked=asked, settled=settled, provisional=provisional, late=late, never_asked=left, **parts)


def _in_all(lists: Iterable[list[Span]]) -> list[Span]:
    """The time that is in every one of these lists; none if there is no list."""
    common: list[Span] | None = None
    for spans in lists:
        common = merge(spans) if common is None else intersect(common, spans)
    return common or []


def _touch(spans: Iterable[Span], span: Span) -> bool:
    return any(other.since < span.until and span.since < other.until for other in spans)
