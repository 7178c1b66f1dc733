"""What every part of the overview needs to know: which rows, in which time, held against which time, and what of
both is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from dashboard.overview.filters import OverviewFilter
from dashboard.page.coverage_line import CoverageLine, is_known, line_for
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from logsync.coverage import coverage_of
from logsync.models import AccessRequest, Log, ScimProblem, ScimUpdate, Stream
from logsync.spans import Span
from logsync.words import rfc3339


@dataclass(frozen=True)
class Scope:
    """The range and the accounts of the page. `streams` are those that are read of them, with their ranges."""

    filterset: OverviewFilter
    viewer: Viewer
    streams: list[Stream]

    @property
    def range(self) -> TimeRange:
        return self.filterset.range

    @cached_property
    def before(self) -> Span | None:
        """As long a time just before the range; None if the range has no beginning."""
        return self.range.earlier

    # Rows

    def logins(self) -> Any:
        """Logins of any time."""
        return self.filterset.narrowed(AccessRequest.objects.order_by(), "account")

    def updates(self) -> Any:
        """SCIM updates of any time."""
        return self.filterset.narrowed(ScimUpdate.objects.order_by(), "account")

    def problems(self) -> Any:
        """SCIM problems that nobody has chosen to ignore."""
        return self.filterset.narrowed(ScimProblem.objects.filter(is_ignored=False), "account")

    # What is known

    def streams_of(self, log: Log) -> list[Stream]:
        return [stream for stream in self.streams if stream.log == log]

    @cached_property
    def lines(self) -> dict[Log, CoverageLine]:
        """What is known of the range, for each log."""
        return {log: line_for(self.streams_of(log), self.range, self.viewer) for log in Log}

    def is_before_known(self, log: Log, until: datetime | None = None) -> bool:
        """True if all of the time before, and on to `until`, is known of a log."""
        if self.before is None:
            return False
        span = Span(self.before.since, max(self.before.until, until or self.before.until))
        return is_known(coverage_of(self.streams_of(log), span))

    # Addresses

    def href(self, name: str, **values: str | list[str] | None) -> str:
        """The address of a page about the same range and accounts, with these parameters."""
        return reverse(name) + self.filterset.query_string.replacing(**values)

    def href_before(self, name: str, **values: str | None) -> str:
        """As `href`, about the time before."""
        assert self.before is not None
        since, until = (written(end) for end in self.before)
        return self.href(name, range=None, since=since, until=until, **values)

    def href_since(self, name: str, since: datetime, **values: str | None) -> str:
        """As `href`, about all time since a moment."""
        return self.href(name, range=None, since=written(since), until=None, **values)


def written(moment: datetime) -> str:
    """To the microsecond, or rows between two ranges would be in neither."""
    return rfc3339(moment, "auto")
