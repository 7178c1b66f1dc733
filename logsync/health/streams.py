"""Whether every log is read on time, before Cloudflare forgets it, and to its end."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from logsync.cloudflare.errors import printable
from logsync.coverage import missing_spans, newest_edge, spans_of
from logsync.health.backfill_progress import is_in_time
from logsync.health.checks import BY_ITSELF, Check, bad, good, moment, named, parted, safely, warn
from logsync.health.expiring import Expiring, expiring
from logsync.health.lateness import lateness_of
from logsync.ingest.cloudflare_clock import cloudflare_now
from logsync.ingest.retention_probe import longest_reach
from logsync.models import CoveredRange, IdentityProvider, Log, Stream
from logsync.spans import BEGINNING, Span
from logsync.words import counted, duration, rfc3339

LATE_ROUNDS = 5
VERY_LATE = timedelta(hours=1)
# After so many tries, a quarter of an hour, a fault does not pass by itself.
MANY_TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True)
class NamedStream:
    """A stream, as a person calls it, and for how long Cloudflare keeps its log at least."""

    stream: Stream
    name: str
    retention: timedelta

    @property
    def settled_to(self) -> datetime | None:
        settled = spans_of(self.stream, CoveredRange.State.SETTLED)
        return settled[-1].until if settled else None


def look_at_logs() -> Iterator[Check]:
    """Every stream that is read, by four looks at what is known of it."""
    streams = list(_named_streams())
    for name, look in (("lag", _lag), ("race", _races), ("lateness", _lateness), ("failed", _failed)):
        yield from safely(name, partial(look, streams))


def _named_streams() -> Iterator[NamedStream]:
    """In a few queries for any number of them."""
    names = {(idp.account_id, idp.idp_id): str(idp) for idp in IdentityProvider.objects.all()}
    probes = defaultdict(list)
    for stream in Stream.objects.only("account_id", "log", "oldest_at", "probed_at"):
        probes[stream.account_id, stream.log].append((stream.oldest_at, stream.probed_at))
    for stream in Stream.objects.filter(is_active=True).with_ranges():
        provider = names.get((stream.account_id, stream.idp_id), stream.idp_id)
        retention = longest_reach(probes[stream.account_id, stream.log])
        yield NamedStream(stream, printable(stream.named(provider)), retention)


# Lag


def _lag(streams: list[NamedStream]) -> Iterator[Check]:
    if not streams:
        yield warn("lag", "There is no log to be read yet.", "Mend the token and the worker first, or wait a minute.")
        return
    now = timezone.now()
    late = [log for log in streams if _is_late(log.stream, now)]
    on_time = [log for log in streams if log not in late]
    if on_time:
        settled = [log.settled_to for log in on_time]
        known = [until for until in settled if until]
        to = f"; settled to {moment(min(known))} at least" if len(known) == len(settled) else ""
        yield good("lag", f"{len(on_time)} of {counted(len(streams), 'log')} read on time{to}.")
    late.sort(key=lambda log: log.stream.succeeded_at or BEGINNING)
    for error, (log, *others) in _by_error((log.stream.error, log) for log in late):
        yield _late(log, others, error, now)


def _is_late(stream: Stream, now: datetime) -> bool:
    since = stream.succeeded_at or stream.error_since
    return stream.needs_person or since is None or now - since > LATE_ROUNDS * settings.SYNC_EVERY


def _late(log: NamedStream, others: list[NamedStream], error: str, now: datetime) -> Check:
    """The log that was not read for the longest, and others of the same error."""
    stream = log.stream
    since = stream.succeeded_at or stream.error_since
    is_very_late = since is not None and now - since > max(VERY_LATE, 2 * LATE_ROUNDS * settings.SYNC_EVERY)
    words = f"{log.name} was " + (f"last read {moment(stream.succeeded_at)}" if stream.succeeded_at else "never read")
    if until := log.settled_to:
        words += f", settled to {moment(until)}"
    what, mend = parted(error, BY_ITSELF) if error else ("", "See that a worker and beat run.")
    found = bad if is_very_late or stream.needs_person else warn
    return found("lag", f"{words}{_also(others)}: {what}" if what else f"{words}{_also(others)}.", mend)


def _by_error(logs: Iterable[tuple[str, T]]) -> Iterable[tuple[str, list[T]]]:
    """One group for each error, for the same one is mended once; in the order of their first."""
    groups: dict[str, list[T]] = {}
    for error, log in logs:
        groups.setdefault(error, []).append(log)
    return groups.items()


def _also(others: list[NamedStream]) -> str:
    return f" (late as well: {named(log.name for log in others)})" if others else ""


# Expiring with what Cloudflare keeps


def _races(streams: list[NamedStream]) -> Iterator[Check]:
    now = cloudflare_now()
    missing = ((log, missing_spans(log.stream, newest_edge(now))) for log in streams)
    races = [(found, log) for log, spans in missing if (found := expiring(spans, log.retention, now))]
    races.sort(key=lambda found: found[0].leaves_at)
    in_time = is_in_time([log.stream for _, log in races], now)
    for error, (first, *others) in _by_error((_error_at(log.stream, found), (found, log)) for found, log in races):
        if error or not in_time:
            yield _race(*first, [log for _, log in others], error, now)


def _error_at(stream: Stream, found: Expiring) -> str:
    """Why the beginning of that time cannot be read; blank if it only was not yet."""
    failed = (range.error for range in stream.failed_ranges.all() if range.since <= found.span.since < range.until)
    return stream.error or next(failed, "")


def _race(found: Expiring, log: NamedStream, others: list[NamedStream], error: str, now: datetime) -> Check:
    """What cannot be read is bad; for the rest it only matters to be quick. Cloudflare may keep more than is proven."""
    left = found.leaves_at - now
    when = f"within {duration(left)}" if left > timedelta(minutes=1) else "now"
    words = f"{moment(found.span.since)} of {log.name} is not read yet and may leave Cloudflare's reach {when}"
    words += f" (so may other time, of: {named(log.name for log in others)})" if others else ""
    if error:
        what, mend = parted(error, BY_ITSELF)
        return bad("race", f"{words}, and cannot be read: {what}", mend)
    return warn("race", f"{words}.", f"Have it read first: {_backfill(log.stream, found.span)}")


def _backfill(stream: Stream, span: Span) -> str:
    until = min(span.until, span.since + timedelta(days=1))
    words = ["python", "manage.py", "backfill", "--account", stream.account.account_id, "--log", stream.log]
    if stream.log == Log.SCIM_UPDATES:
        words += ["--idp-id", stream.idp_id]
    return shlex.join([*words, "--since", rfc3339(span.since, "seconds"), "--until", rfc3339(until, "seconds")])


# Late rows, and failed time


def _lateness(streams: list[NamedStream]) -> Iterator[Check]:
    overlap = settings.SYNC_OVERLAP
    known = lateness_of(log.stream for log in streams)
    if not known:
        return
    latest = max((log for log in streams if log.stream.pk in known), key=lambda log: known[log.stream.pk].latest)
    lateness = known[latest.stream.pk]
    words = f"Rows came up to {duration(lateness.latest)} late ({latest.name}); the overlap is {duration(overlap)}."
    if proposed := lateness.proposed_overlap(overlap):
        yield warn("lateness", words, f"Set SYNC_OVERLAP_MINUTES to {proposed // timedelta(minutes=1)}.")
    else:
        yield good("lateness", words)


def _failed(streams: list[NamedStream]) -> Iterator[Check]:
    failed = [(range, log.name) for log in streams for range in log.stream.failed_ranges.all()]
    if not failed:
        yield good("failed", "No time is left that could not be read.")
        return
    first, name = failed[0]
    what, mend = parted(first.error, "It is tried again by itself, up to an hour later each time.")
    words = f"{counted(len(failed), 'range')} could not be read, of {named(dict.fromkeys(name for _, name in failed))}"
    found = bad if any(range.tries >= MANY_TRIES for range, _ in failed) else warn
    yield found("failed", f"{words}; {name} from {moment(first.since)}: {what}", mend)
