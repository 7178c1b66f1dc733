"""The range of time that a verdict is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logsync.spans import END, Span


@dataclass(frozen=True, slots=True)
class RequestedRange:
    """A span, seen at `now`. `words` name it, as "the last 7 days"; blank if only its ends do."""

    span: Span
    now: datetime
    words: str = ""

    @property
    def until_now(self) -> Span:
        """The span, cut off at now. One that is still to come stays as it is, or is empty if it has no end."""
        since, until = self.span
        if since >= self.now:
            return Span(since, since if until == END else until)
        return Span(since, min(until, self.now))
