"""What is wrong with the sync, in words. What counts as wrong is decided in `logsync.health`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from dashboard.page.wording import short_moment, span_words
from logsync.health.expiring import Expiring
from logsync.health.stream_state import MINUTE, StreamState, latest
from logsync.models import Account, ApiToken
from logsync.spans import Span
from logsync.words import duration


@dataclass(frozen=True, slots=True)
class SyncProblem:
    """Something that is wrong, and what to do about it. `kind` is bad or warn."""

    title: str
    words: str
    kind: str
    since: datetime | None = None
    retry_at: datetime | None = None


def sync_problems(states: list[StreamState]) -> list[SyncProblem]:
    """What is wrong: first what stops everything, then broken streams, those that need a person before the others."""
    now = timezone.now()
    found = []
    for token in ApiToken.objects.filter(is_active=True):
        if token.error:
            found.append(SyncProblem(f"The accounts of {token} could not be listed", token.error, "bad"))
        if token.blocked_until and token.blocked_until > now:
            words = "Cloudflare refuses every call of it, for there were too many; all streams that it reads wait."
            found.append(SyncProblem(f"Cloudflare has {token} wait", words, "warn", retry_at=token.blocked_until))
    # Nobody fixes a stream that is no longer read.
    states = [state for state in states if state.stream.is_active]
    broken = [state for state in states if state.stream.error]
    found += [_stream_problem(state) for state in sorted(broken, key=lambda state: not state.stream.needs_person)]
    for account in Account.objects.exclude(providers_error=""):
        title = f"The identity providers of {account}, and so its SCIM logs, could not all be listed"
        found.append(SyncProblem(title, account.providers_error, "bad"))
    for account in Account.objects.exclude(applications_error=""):
        title = f"The applications of {account} could not be listed, so their names come from the log alone"
        found.append(SyncProblem(title, account.applications_error, "warn"))
    found += [_failed_time(state) for state in states if state.failed and not state.stream.error]
    found += [_losing(state.expiring, state) for state in states if state.expiring and state.is_losing]
    found += _late(states)
    return found


def _stream_problem(state: StreamState) -> SyncProblem:
    stream = state.stream
    word = "is refused" if stream.needs_person else "is failing"
    return SyncProblem(f"{state.name} {word}", stream.error, "bad", stream.error_since, stream.retry_at)


def _failed_time(state: StreamState) -> SyncProblem:
    """Time that could not be read, while the stream itself is well."""
    first = state.failed[0]
    more = f" and {len(state.failed) - 1} more" if len(state.failed) > 1 else ""
    title = f"{state.name}: {span_words(Span(first.since, first.until))} UTC{more} could not be read"
    tries = f"tried {first.tries} times" if first.tries > 1 else "tried once"
    return SyncProblem(title, f"{first.error} It was {tries}.", "warn", retry_at=first.retry_at)


def _losing(found: Expiring, state: StreamState) -> SyncProblem:
    since = short_moment(found.span.since)
    words = (
        f"Cloudflare is known to keep this log for {duration(found.retention)}; what is not read before it is dropped "
        f"is lost for good. The first of it goes within {duration(max(found.leaves_at - state.now, MINUTE))}."
    )
    return SyncProblem(f"{state.name}: the unread time from {since} UTC leaves Cloudflare’s reach", words, "warn")


def _late(states: list[StreamState]) -> list[SyncProblem]:
    """Rows that came later than the overlap, of the stream where they came latest."""
    found = latest(states)
    proposed = found and found[1].proposed_overlap(settings.SYNC_OVERLAP)
    if not found or not proposed:
        return []
    state, lateness = found
    words = (
        f"The latest in seven days came {duration(lateness.latest)} after it happened; only "
        f"{duration(settings.SYNC_OVERLAP)} are read again before time counts as settled. "
        f"Set SYNC_OVERLAP_MINUTES to {proposed // MINUTE} and restart."
    )
    return [SyncProblem(f"{state.name}: events arrive later than the overlap", words, "warn")]
