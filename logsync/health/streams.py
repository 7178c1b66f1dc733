"""Whether every log is read on time, before Cloudflare deletes it, and completely."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from logsync.cloudflare.errors import printable
from logsync.health.backfill_progress import paused_until
from logsync.health.checks import BY_ITSELF, Check, bad, good, moment, named, parted, safely, warn
from logsync.health.expiring import Expiring
from logsync.health.stream_state import StreamState, latest, states_of
from logsync.models import SetAsideRow, Stream
from logsync.spans import BEGINNING, Span
from logsync.words import counted, duration, rfc3339

LATE_ROUNDS = 5
VERY_LATE = timedelta(hours=1)
# After so many tries, a quarter of an hour, a fault does not go away by itself.
MANY_TRIES = 5

T = TypeVar("T")


def look_at_logs(now: datetime) -> Iterator[Check]:
    """Five checks of every stream that is read; `now` is by Cloudflare's clock."""
    states = [state for state in states_of(Stream.objects.with_ranges(), now) if state.stream.is_active]
    looks = {
        "lag": _lag,
        "expiring": _expiring,
        "lateness": _lateness,
        "failed": _failed,
        "set aside": _set_aside,
    }
    for name, look in looks.items():
        yield from safely(name, partial(look, states))


# Lag


def _lag(states: list[StreamState]) -> Iterator[Check]:
    if not states:
        yield warn("lag", "There are no logs to read yet.", "Fix the token and the worker first, or wait a minute.")
        return
    now = timezone.now()
    late = [state for state in states if is_late(state.stream, now)]
    on_time = [state for state in states if state not in late]
    if on_time:
        known = [until for state in on_time if (until := state.settled_to)]
        to = f"; complete to at least {moment(min(known))}" if len(known) == len(on_time) else ""
        yield good("lag", f"{len(on_time)} of {counted(len(states), 'log')} read on time{to}.")
    late.sort(key=lambda state: state.stream.succeeded_at or BEGINNING)
    for error, (first, *others) in _by_error((state.stream.error, state) for state in late):
        yield _late(first, others, error, now)


def is_late(stream: Stream, now: datetime) -> bool:
    """Whether a stream has not been read for several rounds, or waits for somebody."""
    since = stream.succeeded_at or stream.error_since
    return stream.needs_person or since is None or now - since > LATE_ROUNDS * settings.SYNC_EVERY


def _late(state: StreamState, others: list[StreamState], error: str, now: datetime) -> Check:
    """The log that was not read for the longest, and others with the same error."""
    stream = state.stream
    since = stream.succeeded_at or stream.error_since
    is_very_late = since is not None and now - since > max(VERY_LATE, 2 * LATE_ROUNDS * settings.SYNC_EVERY)
    words = f"{printable(state.name)} was "
    words += f"last read {moment(stream.succeeded_at)}" if stream.succeeded_at else "never read"
    if until := state.settled_to:
        words += f", complete to {moment(until)}"
    if others:
        words += f" (also late: {_names(others)})"
    what, hint = parted(error, BY_ITSELF) if error else ("", "Check that a worker and beat are running.")
    if not error and (pause_ends := paused_until([stream])):
        what, hint = f"Cloudflare has asked for a pause until {pause_ends:%H:%M:%S} UTC.", BY_ITSELF
    found = bad if is_very_late or stream.needs_person else warn
    return found("lag", f"{words}: {what}" if what else f"{words}.", hint)


def _by_error(states: Iterable[tuple[str, T]]) -> Iterable[tuple[str, list[T]]]:
    """One group for each error, as one hint is enough for all of it; in the order of the first of each."""
    groups: dict[str, list[T]] = {}
    for error, state in states:
        groups.setdefault(error, []).append(state)
    return groups.items()


def _names(states: Iterable[StreamState]) -> str:
    return named(printable(state.name) for state in states)


# Time that Cloudflare is about to delete


def _expiring(states: list[StreamState]) -> Iterator[Check]:
    losing = [(state.expiring, state) for state in states if state.expiring and state.is_losing]
    losing.sort(key=lambda found: found[0].leaves_at)
    for error, (first, *others) in _by_error((found[1].expiring_error, found) for found in losing):
        yield _losing(*first, [state for _, state in others], error)


def _losing(found: Expiring, state: StreamState, others: list[StreamState], error: str) -> Check:
    """What cannot be read is bad; for the rest it only matters to be quick. Cloudflare may keep more than is proven."""
    left = found.leaves_at - state.now
    when = f"within {duration(left)}" if left > timedelta(minutes=1) else "now"
    words = f"{printable(state.name)}: time from {moment(found.span.since)} is not read yet"
    words += f" and may be gone from Cloudflare {when}"
    words += f" (also: {_names(others)})" if others else ""
    if error:
        what, hint = parted(error, BY_ITSELF)
        return bad("expiring", f"{words}, and cannot be read: {what}", hint)
    return warn("expiring", f"{words}.", f"Read it now: {_backfill(state.stream, found.span)}")


def _backfill(stream: Stream, span: Span) -> str:
    until = min(span.until, span.since + timedelta(days=1))
    words = ["python", "manage.py", "backfill", "--account", stream.account.account_id, "--log", stream.log]
    if stream.idp_id:
        words += ["--idp-id", stream.idp_id]
    return shlex.join([*words, "--since", rfc3339(span.since, "seconds"), "--until", rfc3339(until, "seconds")])


# Late rows, and failed time


def _lateness(states: list[StreamState]) -> Iterator[Check]:
    if not (found := latest(states)):
        return
    state, lateness = found
    overlap = settings.SYNC_OVERLAP
    words = f"Rows arrived up to {duration(lateness.latest)} late ({printable(state.name)}); "
    words += f"the overlap is {duration(overlap)}."
    if lateness.late:
        whose = "its" if lateness.late == 1 else "their"
        words += f" In seven days, {counted(lateness.late, 'row')} arrived after {whose} time counted as complete."
    at_night = "Nothing to do: the last two days are read again every night, and so are the hours of late rows."
    if proposed := lateness.proposed_overlap(overlap):
        yield warn("lateness", words, f"Set SYNC_OVERLAP_MINUTES to {proposed // timedelta(minutes=1)}.")
    elif lateness.late:
        yield warn("lateness", words, at_night)
    else:
        yield good("lateness", words)


def _failed(states: list[StreamState]) -> Iterator[Check]:
    failed = [(range, state) for state in states for range in state.failed]
    if not failed:
        yield good("failed", "No time is left that couldn't be read.")
        return
    first, where = failed[0]
    what, hint = parted(first.error, "It is retried automatically, at most an hour apart.")
    whose = dict.fromkeys(printable(state.name) for _, state in failed)
    words = f"{counted(len(failed), 'range')} could not be read ({named(whose)})"
    found = bad if any(range.tries >= MANY_TRIES for range, _ in failed) else warn
    yield found("failed", f"{words}. The first: {printable(where.name)} from {moment(first.since)}: {what}", hint)


# Rows that could not be read


def _set_aside(states: list[StreamState]) -> Iterator[Check]:
    rows = SetAsideRow.objects.filter(stream__in=[state.stream.pk for state in states])
    if not (newest := rows.first()):
        return
    of = set(rows.order_by().values_list("stream", flat=True))
    whose = named(printable(state.name) for state in states if state.stream.pk in of)
    yield warn(
        "set aside",
        f"{counted(rows.count(), 'row')} could not be read and were set aside ({whose}); "
        f"the newest arrived {moment(newest.received_at)}: {newest.reason}",
        "All other rows are stored. The sync page shows these; please report them.",
    )
