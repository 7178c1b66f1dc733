"""Which time is known: settled, provisional, or not read yet.

Promise: "nothing happened" is never confused with "we don't know". A span is [since, until).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from logsync.models import AccessRequest, CoveredRange, Log, ScimUpdate, Stream


class Span(NamedTuple):
    """The time from `since` up to, not including, `until`."""

    since: datetime
    until: datetime


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans as possible, in order; empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.since < span.until):
        if merged and span.since <= merged[-1].until:
            merged[-1] = Span(merged[-1].since, max(merged[-1].until, span.until))
        else:
            merged.append(span)
    return merged


def subtract(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time of `spans` that is not in `others`."""
    left = merge(spans)
    for other in merge(others):
        left = [
            part
            for span in left
            for part in (Span(span.since, min(span.until, other.since)), Span(max(span.since, other.until), span.until))
            if part.since < part.until
        ]
    return left


def intersect(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time that is both in `spans` and in `others`."""
    kept = merge(spans)
    return subtract(kept, subtract(kept, others))


# What a stream has read


def spans_of(stream: Stream, *, is_settled: bool) -> list[Span]:
    """The settled, or the provisional, time of a stream."""
    ranges = stream.covered_ranges.all()
    return [Span(range.since, range.until) for range in ranges if range.is_settled == is_settled]


def cover(stream: Stream, read: Span, settled_before: datetime) -> None:
    """Note that a span was read: what lies before `settled_before` is settled, the rest provisional.

    Call it in the transaction that stores the rows.
    """
    settled = merge([*spans_of(stream, is_settled=True), Span(read.since, min(read.until, settled_before))])
    provisional = [*spans_of(stream, is_settled=False), Span(max(read.since, settled_before), read.until)]
    _replace(stream, settled, is_settled=True)
    _replace(stream, subtract(provisional, settled), is_settled=False)


def _replace(stream: Stream, spans: list[Span], *, is_settled: bool) -> None:
    ranges = CoveredRange.objects.filter(stream=stream, is_settled=is_settled)
    if spans != spans_of(stream, is_settled=is_settled):
        ranges.delete()
        CoveredRange.objects.bulk_create(
            CoveredRange(stream=stream, since=span.since, until=span.until, is_settled=is_settled) for span in spans
        )


# What may be said of a range


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of `asked` across streams: known in every one of them, or not known.

    `settled` and `provisional` are known, `missing` is not. Rows were proven to reach back to `proven_since`:
    before it Cloudflare sent nothing, which past its retention proves nothing. None if some stream has no row at all.
    """

    asked: Span
    settled: list[Span]
    provisional: list[Span]
    missing: list[Span]
    proven_since: datetime | None

    @property
    def known(self) -> list[Span]:
        return merge([*self.settled, *self.provisional])

    @property
    def holes(self) -> list[Span]:
        """What is missing between the first and the last known moment."""
        known = self.known
        return [
            span for span in self.missing if known and known[0].until <= span.since and span.until <= known[-1].since
        ]

    @property
    def unproven(self) -> list[Span]:
        """Known time from before the first row: read, but an empty answer may only mean "no longer kept"."""
        if self.proven_since is None:
            return self.known
        return intersect(self.known, [Span(self.asked.since, self.proven_since)])


def coverage_of(streams: Iterable[Stream], asked: Span) -> Coverage:
    """What is known of a range in all of these streams at once."""
    streams = list(streams)
    settled = [asked] if streams else []
    known = [asked] if streams else []
    for stream in streams:
        settled_here = spans_of(stream, is_settled=True)
        settled = intersect(settled, settled_here)
        known = intersect(known, [*settled_here, *spans_of(stream, is_settled=False)])
    firsts = [first_event_of(stream) for stream in streams]
    proven = [first for first in firsts if first is not None]
    return Coverage(
        asked=asked,
        settled=settled,
        provisional=subtract(known, settled),
        missing=subtract([asked], known),
        proven_since=max(proven) if proven and len(proven) == len(firsts) else None,
    )


def first_event_of(stream: Stream) -> datetime | None:
    """When the oldest row of a stream happened; None if it has none."""
    if stream.log == Log.ACCESS_REQUESTS:
        logins = AccessRequest.objects.filter(account=stream.account)
        return logins.order_by("created_at").values_list("created_at", flat=True).first()
    updates = ScimUpdate.objects.filter(account=stream.account, idp_id=stream.idp_id)
    return updates.order_by("logged_at").values_list("logged_at", flat=True).first()
