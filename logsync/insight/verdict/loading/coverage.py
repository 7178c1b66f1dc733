"""Which time of each log is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from logsync.coverage import KNOWN, Coverage, coverage_of_stream, spans_of, without_pause
from logsync.insight.verdict.facts import Gap, LoginsKnown
from logsync.insight.verdict.loading.rows import Providers
from logsync.models import Log, Stream
from logsync.spans import Span, intersect, subtract


def streams_of(accounts: Sequence[int], log: Log) -> list[Stream]:
    """The streams of a log in these accounts, with their ranges."""
    return list(Stream.objects.filter(log=log, account__in=accounts).expected().with_ranges())


def logins_known(streams: Sequence[Stream], span: Span, now: datetime) -> tuple[LoginsKnown, ...]:
    """What is known of each login stream in a span."""
    if not streams:
        return (LoginsKnown("", None, None, (), is_in_range=False, needs="No login log was found yet."),)
    return tuple(_logins_known(stream, span, now, is_alone=len(streams) == 1) for stream in streams)


def _logins_known(stream: Stream, span: Span, now: datetime, *, is_alone: bool) -> LoginsKnown:
    known = spans_of(stream, *KNOWN)
    # A verdict says how things stand now, even for a range in the past, so later holes matter too.
    between = [Span(max(span.since, known[0].since), known[-1].until)] if known else []
    return LoginsKnown(
        account="" if is_alone else str(stream.account),
        first=known[0].since if known else None,
        end=known[-1].until if known else None,
        holes=tuple(subtract(between, known)),
        is_in_range=bool(intersect([span], known)),
        needs="It is still to come." if span.since >= now else _needs(coverage_of_stream(stream, span), stream),
    )


def _needs(unknown: Coverage, stream: Stream) -> str:
    """What is needed to know anything of a range that is all unknown."""
    if unknown.failed or unknown.waiting:
        return stream.error or "Its backfill has not come to it yet."
    if unknown.beyond:
        return "It is past what Cloudflare still has; that is no proof of quiet."
    return "It was not asked for; a backfill on the page Sync can ask for it."


def gaps_of(streams: Iterable[Stream], span: Span, now: datetime, providers: Providers) -> tuple[Gap, ...]:
    """The SCIM data missing in a span, by provider, without the short time since the last round."""
    return tuple(gap for stream in streams if (gap := _gap_of(stream, span, now, providers)))


def _gap_of(stream: Stream, span: Span, now: datetime, providers: Providers) -> Gap | None:
    provider = providers.name(stream.account_id, stream.idp_id)
    known = spans_of(stream, *KNOWN)
    if not known:
        return Gap(provider, ())
    missing = subtract([span], known)
    if not stream.needs_person:
        missing = without_pause(missing, now)
    if stream.needs_person and not missing and known[-1].until < now:
        # A range in the past is known, but what came since is not, and it won't come by itself.
        missing = [Span(known[-1].until, now)]
    return Gap(provider, tuple(missing)) if missing else None
