"""What every part of the overview starts from: which rows and range, the span before, and what of both is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from dashboard.lists.views import accounts_of
from dashboard.overview.filters import OverviewFilter
from dashboard.page.coverage_line import CoverageLine, line_for, scim_line
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import recent_moment
from logsync.coverage import coverage_of
from logsync.models import AccessRequest, HourlyCount, Log, ScimProblem, ScimUpdate, Stream
from logsync.spans import Span
from logsync.words import rfc3339


@dataclass(frozen=True)
class Scope:
    """The range and the accounts of the page. `streams` are the streams of these accounts, with their ranges."""

    filterset: OverviewFilter
    viewer: Viewer
    streams: list[Stream]

    @property
    def range(self) -> TimeRange:
        return self.filterset.range

    @cached_property
    def before(self) -> Span | None:
        """The span before the range, equally long; None if the range has no beginning."""
        return self.range.earlier

    # Rows

    def logins(self) -> Any:
        """Logins of any time."""
        return self.filterset.narrowed(AccessRequest.objects.order_by(), "account")

    def hours(self) -> Any:
        """The hourly counts of both logs."""
        return self.filterset.narrowed(HourlyCount.objects.order_by(), "account")

    def updates(self) -> Any:
        """SCIM updates of any time."""
        return self.filterset.narrowed(ScimUpdate.objects.order_by(), "account")

    def problems(self) -> Any:
        """SCIM problems that are not ignored."""
        return self.filterset.narrowed(ScimProblem.objects.filter(is_ignored=False), "account")

    @property
    def is_past(self) -> bool:
        """Whether the range has ended, so that what is true now need not be of it."""
        return self.range.until is not None and self.range.until < self.range.now

    @property
    def is_chosen(self) -> bool:
        """Whether somebody chose this very time, as by a drag over the chart; the calendar has ranges of its own."""
        return not (self.range.name or self.range.calendar)

    @property
    def now_words(self) -> str:
        """What to add to a state as of now."""
        return ", as of now" if self.is_past else ""

    def moment(self, at: datetime) -> str:
        """A moment on the viewer's first clock, with its day if that is not today."""
        return recent_moment(at, self.range.now, self.viewer)

    def from_to(self, since: datetime, until: datetime) -> str:
        """A time in which something happened: "from 18 Nov 09:03 to 11:57 UTC"."""
        first, last = self.moment(since), self.moment(until)
        if self.viewer.local(since).date() == self.viewer.local(until).date():
            last = f"{self.viewer.local(until):%H:%M} {self.viewer.first_word}"
        return f"from {first.removesuffix(f' {self.viewer.first_word}')} to {last}"

    # What is known

    def streams_of(self, log: Log) -> list[Stream]:
        return [stream for stream in self.streams if stream.log == log]

    @cached_property
    def lines(self) -> dict[Log, CoverageLine]:
        """What is known of the range, for each log."""
        logins, updates = (self.streams_of(log) for log in (Log.ACCESS_REQUESTS, Log.SCIM_UPDATES))
        return {
            Log.ACCESS_REQUESTS: line_for(logins, self.range, self.viewer),
            Log.SCIM_UPDATES: scim_line(updates, self.range, self.viewer, accounts_of(self.filterset)),
        }

    @cached_property
    def _known_before(self) -> dict[Log, Span | None]:
        return {log: self.before if self.before and self._is_known(log, self.before) else None for log in Log}

    def known_before(self, log: Log) -> Span | None:
        """The span before the range, if all of it is known of a log."""
        return self._known_before[log]

    def is_known_until(self, log: Log, until: datetime) -> bool:
        """Whether a log is known from the span before the range on, up to a moment."""
        return self.before is not None and self._is_known(log, Span(self.before.since, max(self.before.until, until)))

    def _is_known(self, log: Log, span: Span) -> bool:
        return coverage_of(self.streams_of(log), span).is_known()

    # Addresses

    def href(self, name: str, **values: str | list[str] | None) -> str:
        """The address of a page for the same range and accounts, with these parameters."""
        return reverse(name) + self.filterset.query_string.replacing(**values)

    def href_before(self, name: str, **values: str | None) -> str:
        """Like `href`, for the span before the range."""
        assert self.before is not None
        since, until = (rfc3339(end, "auto") for end in self.before)
        return self.href(name, range=None, since=since, until=until, **values)

    def href_since(self, name: str, since: datetime, **values: str | None) -> str:
        """Like `href`, for all time since a moment."""
        return self.href(name, range=None, since=rfc3339(since, "auto"), until=None, **values)
