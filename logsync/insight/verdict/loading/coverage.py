"""Which time of each log is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from logsync.coverage import KNOWN, Coverage, coverage_of_stream, spans_of, without_pause
from logsync.insight.verdict.facts import Gap, LoginsKnown
from logsync.insight.verdict.loading.rows import Providers
from logsync.models import Account, Log, Stream
from logsync.spans import Span, intersect, subtract

# What an unknown range needs to be known, by the name of its list in a `Coverage`.
NEEDS = {
    "waiting": "Its backfill has not come to it yet.",
    "beyond": "It is past what Cloudflare still has; that is no proof of quiet.",
    "refused": "Cloudflare refuses it as too old.",
    "unproven": "Cloudflare sent no rows of it, and nothing proves that it still has that time.",
    "deleted": "It was deleted here after the time that events are kept.",
    "never_asked": "It was not requested; a backfill on the page Sync can ask for it.",
    "future": "It is still to come.",
}


def streams_of(accounts: Sequence[int], log: Log) -> list[Stream]:
    """The streams of a log in these accounts, with their ranges."""
    return list(Stream.objects.filter(log=log, account__in=accounts).expected().with_ranges())


def without_scim(accounts: Sequence[int], streams: Sequence[Stream]) -> tuple[str, ...]:
    """The names of those of these accounts that have no SCIM log; a name is blank where there is only one account."""
    have_one = {stream.account_id for stream in streams}
    left = [account for account in accounts if account not in have_one]
    none = Account.objects.filter(pk__in=left).without_scim() if left else ()
    return tuple("" if len(accounts) == 1 else str(account) for account in none)


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
        needs=NEEDS["future"] if span.since >= now else _needs(coverage_of_stream(stream, span, now), stream),
    )


def _needs(unknown: Coverage, stream: Stream) -> str:
    """What is needed to know anything of a range that is all unknown."""
    if unknown.failed or unknown.waiting:
        return stream.error or NEEDS["waiting"]
    return next((words for name, words in NEEDS.items() if getattr(unknown, name)), "")


def gaps_of(streams: Iterable[Stream], span: Span, now: datetime, providers: Providers) -> tuple[Gap, ...]:
    """The SCIM data missing in a span, by provider, without the short time since the last round."""
    streams = list(streams)
    several = len({stream.account_id for stream in streams}) > 1
    return tuple(gap for stream in streams if (gap := _gap_of(stream, span, now, providers, several=several)))


def _gap_of(stream: Stream, span: Span, now: datetime, providers: Providers, *, several: bool) -> Gap | None:
    provider = providers.name(stream.account_id, stream.idp_id)
    if several:
        provider = f"{providers.name_beside_account(stream.account_id, stream.idp_id)} of {stream.account}"
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
