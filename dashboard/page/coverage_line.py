"""What is known of a page's range, in one line: "nothing happened" is never confused with "we don't know"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import short_moment
from logsync.coverage import Coverage, coverage_of, wanted_spans_of
from logsync.models import Stream
from logsync.spans import BEGINNING, Span, intersect
from logsync.words import counted

# A range that begins this short before what is known needs no word of why.
A_LITTLE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One sentence about what is known. `kind` is complete, partial or unknown."""

    kind: str
    sentence: str
    coverage: Coverage

    @property
    def icon(self) -> str:
        return {"complete": "circle-check", "partial": "alert-triangle", "unknown": "circle-dashed"}[self.kind]


def line_for(streams: Iterable[Stream], range: TimeRange, viewer: Viewer) -> CoverageLine:
    """What is known of the range in all of these streams together."""
    streams = list(streams)
    until = min(range.until or range.now, range.now)
    coverage = coverage_of(streams, Span(range.since or _beginning(streams, until), until))
    known = coverage.known
    if not streams:
        # Nobody knows yet which streams there will be.
        coverage = replace(coverage, waiting=coverage.never_asked, never_asked=[])
        return CoverageLine("unknown", "No log has been synced yet, so nothing is known.", coverage)
    if not known:
        errors = dict.fromkeys(stream.error for stream in streams if stream.error)
        words = " ".join(["Nothing of this range has been synced, so nothing is known of it.", *errors])
        return CoverageLine("unknown", words, coverage)
    return CoverageLine(_kind(coverage, range.now), _sentence(coverage, viewer, range.now), coverage)


def _beginning(streams: list[Stream], until: datetime) -> datetime:
    """Since when anything of these streams is wanted; the beginning of time if nothing is before `until`."""
    wanted = [span.since for stream in streams for span in wanted_spans_of(stream, until)]
    return min(wanted, default=BEGINNING)


def is_known(coverage: Coverage) -> bool:
    """Whether all of the range was read while Cloudflare still had it."""
    return bool(coverage.known) and not coverage.missing


def _kind(coverage: Coverage, now: datetime) -> str:
    starts_late = coverage.known[0].since > coverage.asked.since
    return "complete" if coverage.is_up_to_date(now) and not coverage.holes and not starts_late else "partial"


def _sentence(coverage: Coverage, viewer: Viewer, now: datetime) -> str:
    known = coverage.known
    until = coverage.settled[-1].until if coverage.settled else known[0].since
    if coverage.settled:
        parts = [
            f"Complete from {short_moment(known[0].since, viewer)} to {short_moment(until, viewer)} {viewer.first_word}"
        ]
    else:
        parts = [f"Known from {short_moment(known[0].since, viewer)} {viewer.first_word}"]
    parts += [_hole(hole, coverage, viewer) for hole in coverage.holes[:3]]
    if more := coverage.holes[3:]:
        parts.append(f"and {counted(len(more), 'more hole')}")
    if coverage.provisional:
        parts.append(f"provisional since {short_moment(coverage.provisional[-1].since, viewer)}")
    sentence = ", ".join(parts) + "."
    if coverage.known[0].since - coverage.asked.since > A_LITTLE:
        sentence += _before(coverage)
    if not coverage.is_up_to_date(now):
        sentence += f" Not synced since {short_moment(known[-1].until, viewer)}."
    return sentence


def _hole(hole: Span, coverage: Coverage, viewer: Viewer) -> str:
    reasons = {"failed": coverage.failed, "past Cloudflare’s retention": coverage.beyond, "": [hole]}
    reason = next(reason for reason, spans in reasons.items() if intersect([hole], spans))
    words = f"hole {short_moment(hole.since, viewer)} to {short_moment(hole.until, viewer)}"
    return f"{words} ({reason})" if reason else words


def _before(coverage: Coverage) -> str:
    """Why the time before the first known moment is unknown."""
    before = [Span(coverage.asked.since, coverage.known[0].since)]
    if intersect(before, coverage.failed):
        return " What came before could not be read yet."
    if intersect(before, coverage.waiting):
        return " What came before is not synced yet."
    if intersect(before, coverage.beyond):
        return " What came before is past what Cloudflare still has; that is no proof of quiet."
    return " What came before was not asked for."
