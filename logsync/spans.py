"""Stretches of time, and what can be done with them. A span is [since, until); it knows no database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# The ends of a span that is open at that end.
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """The time from `since` up to, not including, `until`; BEGINNING and END are open ends."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def before(self) -> Span | None:
        """The span of equal length that ends where this one begins; None if there is none, as for an open span."""
        if self.since == BEGINNING or self.until == END or self.length <= timedelta(0):
            return None
        try:
            return Span(self.since - self.length, self.since)
        except OverflowError:
            return None


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


def length(spans: Iterable[Span]) -> timedelta:
    """How much time these spans hold together; they must not overlap."""
    return sum((span.length for span in spans), timedelta())
