"""What is known of the time of a chart: complete, still changing, known in part, or one of the reasons why it isn't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.page.coverage_words import COMPLETE, MAY_CHANGE, PARTIAL, PROVISIONAL, REASONS, names_listed
from logsync.coverage import CoverageByStream
from logsync.models import Stream
from logsync.spans import Span, intersect, merge, subtract

NOT_COUNTED = "not counted"
# Words for time that no stream knows where there is no stream yet.
NOT_SYNCED = REASONS["waiting"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some time, in all streams of a chart.

    Of `unsettled` time rows may still come, `unknown` is what no stream knows, by the words for it, and `partly` what
    some streams don't know, with their names, each with the reason.
    """

    unsettled: list[Span]
    unknown: dict[str, list[Span]]
    partly: dict[str, list[Span]]

    @property
    def hatched(self) -> list[Span]:
        """Time that no stream knows."""
        return merge(span for spans in self.unknown.values() for span in spans)

    @property
    def dotted(self) -> list[Span]:
        """Time that some streams know and others don't."""
        return subtract([span for spans in self.partly.values() for span in spans], self.hatched)

    @property
    def kind(self) -> str:
        """What is known of all of the time together, as one of the kinds of coverage."""
        if self.unknown or self.partly:
            return PARTIAL
        return PROVISIONAL if self.unsettled else COMPLETE

    def words_for(self, span: Span) -> str:
        """What is known of a span, in words; only where that is COMPLETE, no row means that nothing happened."""
        unknown = [words for words, spans in self.unknown.items() if _touches(span, spans)]
        missing = [name for name, spans in self.partly.items() if _touches(span, spans)]
        if unknown and not subtract([span], self.hatched):
            return ", ".join(unknown)
        found = [f"part {words}" for words in unknown]
        if missing:
            found.append(f"without {names_listed(missing)}")
        if not found:
            return MAY_CHANGE if _touches(span, self.unsettled) else COMPLETE
        return ", ".join(found)


def known_of(
    whole: Span, coverage: CoverageByStream, names: Mapping[Stream, str], counted_since: datetime | None, now: datetime
) -> Known:
    """What is known of `whole`, of which nothing was counted before `counted_since`.

    `coverage` is that of `whole`, and `names` are those of its streams.
    """
    gaps = {stream: known.gaps(now) for stream, known in coverage.of.items()}
    nowhere = subtract([whole], [Span(now, whole.until)])
    for spans in gaps.values():
        nowhere = intersect(nowhere, spans)
    unknown = {}
    for name, words in REASONS.items():
        unknown[words] = intersect(nowhere, [span for of in coverage.of.values() for span in getattr(of, name)])
    if not gaps:
        unknown[NOT_SYNCED] = nowhere
    if counted_since:
        unknown[NOT_COUNTED] = intersect([whole], [Span(whole.since, counted_since)])
    partly = {names.get(stream, str(stream.pk)): subtract(spans, nowhere) for stream, spans in gaps.items()}
    unsettled = [span for stream, of in coverage.of.items() for span in subtract([whole], [*of.settled, *gaps[stream]])]
    return Known(
        merge(unsettled),
        {words: spans for words, spans in unknown.items() if spans},
        {name: spans for name, spans in partly.items() if spans},
    )


def _touches(span: Span, spans: list[Span]) -> bool:
    return any(other.since < span.until and span.since < other.until for other in spans)
