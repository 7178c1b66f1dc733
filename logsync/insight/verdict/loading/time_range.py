"""The range of time that a verdict is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from logsync.insight.verdict.facts import Span
from logsync.models import AccessRequest
from logsync.spans import BEGINNING


@dataclass(frozen=True, slots=True)
class RequestedRange:
    """since <= t < until, where an end that is None is open. `words` name the range, blank if its ends do."""

    since: datetime | None
    until: datetime | None
    now: datetime
    words: str = ""

    @property
    def begins(self) -> datetime:
        """The beginning of the range, or of all time."""
        return self.since or BEGINNING

    @property
    def span(self) -> Span:
        """The range up to now at the latest; one that is still to come as it was asked for."""
        until = self.until or max(self.begins, self.now)
        return Span(self.begins, until if self.begins >= self.now else min(until, self.now))

    @property
    def condition(self) -> Q:
        """Which logins are in the range; where it is open, a clock ahead of this one loses none."""
        ends = {"created_at__gte": self.since, "created_at__lt": self.until}
        return Q(**{name: end for name, end in ends.items() if end})

    def inside(self, rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
        """Those of the rows that are in the range."""
        return rows.filter(self.condition)
