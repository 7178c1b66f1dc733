"""What is known of the time of a chart: complete, provisional, or one of several reasons why it is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logsync.coverage import Coverage, without_pause
from logsync.spans import Span, intersect, subtract

COMPLETE, PROVISIONAL, NOT_COUNTED = "complete", "provisional", "not counted"
# Words for unknown time, by the name of its list in a Coverage.
UNKNOWN = {
    "failed": "could not be read",
    "waiting": "not synced yet",
    "never_asked": "never asked for",
    "beyond": "past Cloudflare’s retention",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some time: its provisional spans, and its unknown ones by the words for them."""

    provisional: list[Span]
    unknown: dict[str, list[Span]]

    @property
    def hatched(self) -> list[Span]:
        return [span for spans in self.unknown.values() for span in spans]

    def words_for(self, span: Span) -> tuple[str, bool]:
        """What is known of a span in words, and whether nothing is."""
        touched = [words for words, spans in self.unknown.items() if _touches(span, spans)]
        if not touched:
            return (PROVISIONAL if _touches(span, self.provisional) else COMPLETE), False
        near = [other for words in touched for other in self.unknown[words] if _touches(span, [other])]
        if not subtract([span], near):
            return ", ".join(touched), True
        return ", ".join(f"part {words}" for words in touched), False


def known_of(whole: Span, coverage: Coverage, counted_since: datetime | None, now: datetime) -> Known:
    """What is known of `whole`, of which nothing was counted before `counted_since`."""
    found = {words: _without_pause(getattr(coverage, name), coverage, now) for name, words in UNKNOWN.items()}
    if counted_since:
        found[NOT_COUNTED] = [Span(whole.since, counted_since)]
    unknown = {words: inside for words, spans in found.items() if (inside := intersect(spans, [whole]))}
    return Known(intersect(coverage.provisional, [whole]), unknown)


def _without_pause(spans: list[Span], coverage: Coverage, now: datetime) -> list[Span]:
    """The spans without the pause since the last round, which is no hole where the time before it is known."""
    return without_pause(spans, now) if coverage.known else spans


def _touches(span: Span, spans: list[Span]) -> bool:
    return any(other.since < span.until and span.since < other.until for other in spans)
