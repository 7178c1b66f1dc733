"""The unknown time of a range, for a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dashboard.page.timerange import TimeRange
from dashboard.people.timeline import Hole
from logsync.coverage import coverage_of_stream, wanted_spans_of
from logsync.models import IdentityProvider, Log, Stream
from logsync.spans import Span, intersect

WHY = {
    "failed": "could not be read",
    "beyond": "are older than Cloudflare keeps",
    "refused": "were refused by Cloudflare as too old",
    "unproven": "came back empty, so rows may be missing",
    "deleted": "were deleted here",
    "waiting": "are not synced yet",
    "never_asked": "were never requested",
}


def holes_of(streams: Iterable[Stream], range: TimeRange) -> list[Hole]:
    """What is missing of each stream in a range, without the pause since the last round."""
    names = IdentityProvider.objects.names_beside_account()
    streams = list(streams)
    several = len({stream.account_id for stream in streams}) > 1
    return [hole for stream in streams for hole in _holes(stream, range, _name(stream, names, several))]


def _name(stream: Stream, names: dict[tuple[int, str], str], several: bool) -> str:
    of = f" of {stream.account}" if several else ""
    if stream.log == Log.ACCESS_REQUESTS:
        return f"logins{of}"
    return f"SCIM updates of {names.get((stream.account_id, stream.idp_id), stream.idp_id)}{of}"


def _holes(stream: Stream, range: TimeRange, what: str) -> Iterator[Hole]:
    until = min(range.until or range.now, range.now)
    since = range.since or min((span.since for span in wanted_spans_of(stream, until)), default=until)
    if since >= until:
        return
    coverage = coverage_of_stream(stream, Span(since, until))
    for missing in coverage.gaps(range.now):
        for name, words in WHY.items():
            for span in intersect([missing], getattr(coverage, name)):
                yield Hole(span, what, words)
