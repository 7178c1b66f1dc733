"""Which time of the logs is known, for a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from logsync import coverage, spans
from logsync.insight.verdict.coverage_rules import LATE
from logsync.insight.verdict.facts import Gap, LoginsKnown, Span
from logsync.insight.verdict.loading.rows import Providers
from logsync.models import Log, Stream


def streams_of(accounts: Sequence[int], log: Log) -> list[Stream]:
    """The streams of a log in these accounts, with what is known of their time."""
    return list(Stream.objects.filter(log=log, account__in=accounts).expected().with_ranges())


def logins_known(streams: Sequence[Stream], asked: Span, now: datetime) -> tuple[LoginsKnown, ...]:
    """What is known of each stream of logins in a range."""
    if not streams:
        return (LoginsKnown("", None, None, (), is_in_range=False, needs="No login log was found yet."),)
    return tuple(_logins_known(stream, asked, now, is_alone=len(streams) == 1) for stream in streams)


def _logins_known(stream: Stream, asked: Span, now: datetime, *, is_alone: bool) -> LoginsKnown:
    known = coverage.spans_of(stream, *coverage.KNOWN)
    range = spans.Span(asked.since, asked.until)
    # Also of a range in the past it is said how things stand now, so that later holes matter as well.
    between = [spans.Span(max(asked.since, known[0].since), known[-1].until)] if known else []
    holes = spans.subtract(between, known)
    return LoginsKnown(
        account="" if is_alone else str(stream.account),
        first=known[0].since if known else None,
        end=known[-1].until if known else None,
        holes=tuple(Span(*hole) for hole in holes),
        is_in_range=bool(spans.intersect([range], known)),
        needs="It is still to come." if asked.since >= now else _needs(coverage.coverage_of([stream], range), stream),
    )


def _needs(unknown: coverage.Coverage, stream: Stream) -> str:
    """What a range needs to be known of which nothing is."""
    if unknown.failed or unknown.waiting:
        return stream.error or "Its backfill has not come to it yet."
    if unknown.beyond:
        return "It is past what Cloudflare still has; that is no proof of quiet."
    return "It was not asked for; a backfill on the page Sync can ask for it."


def gaps_of(streams: Iterable[Stream], asked: Span, now: datetime, providers: Providers) -> tuple[Gap, ...]:
    """The SCIM data that is missing of a range, by provider; less the moment since the last round."""
    return tuple(gap for stream in streams if (gap := _gap_of(stream, asked, now, providers)))


def _gap_of(stream: Stream, asked: Span, now: datetime, providers: Providers) -> Gap | None:
    provider = providers.name(stream.account_id, stream.idp_id)
    known = coverage.spans_of(stream, *coverage.KNOWN)
    if not known:
        return Gap(provider, ())
    missing = spans.subtract([spans.Span(asked.since, asked.until)], known)
    if missing and missing[-1].until >= now and missing[-1].length <= LATE and not stream.needs_person:
        missing.pop()
    if stream.needs_person and not missing and known[-1].until < now:
        # A range in the past is known, but what came since is not, and will not come by itself.
        missing = [spans.Span(known[-1].until, now)]
    return Gap(provider, tuple(Span(*span) for span in missing)) if missing else None
