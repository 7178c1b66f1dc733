"""The card of how fresh each log is: its state, how far it is settled, and what is missing; worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from dashboard.page.badges import state_badge
from dashboard.page.viewer import Viewer
from dashboard.page.wording import span_words
from logsync.health.stream_state import StreamState
from logsync.spans import Span, length
from logsync.words import duration

MOST = 6


@dataclass(frozen=True, slots=True)
class Fresh:
    """A stream: its state, a sentence on it, how far it is settled and when it was last read."""

    pk: int
    badge: SafeString
    name: str
    words: str
    settled_until: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """The worst streams, and how many more there are."""

    streams: list[Fresh]
    more: int


def freshness(states: Sequence[StreamState], viewer: Viewer) -> Freshness:
    """The card of these streams, which come worst first."""
    return Freshness([_fresh(state, viewer) for state in states[:MOST]], max(len(states) - MOST, 0))


def worst_first(states: Sequence[StreamState]) -> list[StreamState]:
    """Streams in this order: refused, failing, never read, with holes, behind, well, no longer read."""
    return sorted(states, key=_rank)


def _rank(state: StreamState) -> tuple[bool, ...]:
    stream = state.stream
    wrong = (
        bool(stream.error and stream.needs_person),
        bool(stream.error),
        stream.succeeded_at is None,
        bool(state.failed),
        state.is_behind,
    )
    return (not stream.is_active, *(not is_so for is_so in wrong))


def _fresh(state: StreamState, viewer: Viewer) -> Fresh:
    settled = state.coverage.settled
    return Fresh(
        pk=state.stream.pk,
        badge=state_badge(state),
        name=state.name,
        words=_words(state, viewer),
        settled_until=settled[-1].until if settled else None,
        read_at=state.stream.succeeded_at,
    )


def _words(state: StreamState, viewer: Viewer) -> str:
    """What is missing and why, else since when the log has no gap."""
    if state.stream.error:
        return state.stream.error
    if state.failed:
        first = state.failed[0]
        return f"{span_words(Span(first.since, first.until), viewer)} {viewer.first_word} missing: {first.error}"
    known = state.coverage.known
    if not known:
        return "not read yet"
    if state.is_behind:
        return f"{duration(length(state.to_read))} of older data still to load"
    if state.coverage.late:
        return f"{duration(length(state.coverage.late))} being read again after a row arrived late"
    return f"no gap since {viewer.local(known[-1].since):%-d %b %Y}"
