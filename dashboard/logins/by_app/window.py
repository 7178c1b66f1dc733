"""Which time the people at an app are compared in: the episode of a spike if there is one, else the page's range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from dashboard.logins.filters import FailedLoginFilter
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import TimeRange
from logsync.coverage import coverage_of
from logsync.insight.app_names import AppKey
from logsync.insight.spikes import spike_at
from logsync.models import AccessRequest, Stream
from logsync.spans import Span

# The parameter that chooses the time, and its values.
COMPARED, EPISODE, RANGE = "compared", "episode", "range"


class AppFilter(FailedLoginFilter):
    """The filters of failed logins, and which time is compared."""

    other_parameters = (*FailedLoginFilter.other_parameters, COMPARED)

    @property
    def problems(self) -> list[str]:
        asked = self.data.get(COMPARED) or EPISODE
        if asked in (EPISODE, RANGE):
            return super().problems
        return [*super().problems, f"{COMPARED}={asked} is not known here; choose one of {EPISODE}, {RANGE}."]


@dataclass(frozen=True, slots=True)
class ComparedTime:
    """The time that is compared: the `episode`, or the page's range where there is none or the address asks for it."""

    range: Span
    episode: Span | None
    is_range_asked: bool

    @property
    def is_episode(self) -> bool:
        return self.episode is not None and not self.is_range_asked

    @property
    def span(self) -> Span:
        return self.episode if self.episode and not self.is_range_asked else self.range

    def other_href(self, query_string: QueryString) -> str:
        """The same page with the other time; blank if there is no other."""
        if self.episode is None or self.episode == self.range:
            return ""
        return query_string.here(**{COMPARED: RANGE if self.is_episode else EPISODE})


def compared_time(app: AppKey, query: QueryDict, range: TimeRange, streams: Iterable[Stream]) -> ComparedTime:
    """What the address asks for. Without known time before the range, nobody knows what is usual."""
    until = range.until or range.now
    before = range.earlier
    spike = None
    if before and coverage_of((stream for stream in streams if stream.account_id == app[0]), before).is_known():
        logins = AccessRequest.objects.filter(account=app[0], app_uid=app[1]).order_by()
        spike = spike_at(app, logins, Span(before.until, until), before)
    return ComparedTime(
        range=Span(range.span.since, until),
        episode=spike.episode if spike else None,
        is_range_asked=query.get(COMPARED) == RANGE,
    )
