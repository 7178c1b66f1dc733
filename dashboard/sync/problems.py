"""What is wrong with the sync, in words. What counts as wrong is decided in `logsync.health.sync_problems`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from dashboard.page.wording import kept_words, short_moment, span_words
from logsync.health.expiring import Expiring
from logsync.health.stream_state import MINUTE, StreamState
from logsync.health.sync_problems import LateRows, problems_of
from logsync.spans import Span
from logsync.words import counted, duration


@dataclass(frozen=True, slots=True)
class SyncProblem:
    """Something that is wrong, and what to do about it. `kind` is bad or warn."""

    title: str
    words: str
    kind: str
    since: datetime | None = None
    retry_at: datetime | None = None


def sync_problems(states: Sequence[StreamState]) -> Iterator[SyncProblem]:
    """What is wrong: first what stops everything, then broken streams, then the rest."""
    found = problems_of(states, timezone.now())
    for token in found.unlisted_tokens:
        yield SyncProblem(f"The accounts of {token} could not be listed", token.error, "bad")
    for token in found.paused_tokens:
        words = "There were too many calls, so Cloudflare refuses all of them for now. Every stream that uses this "
        words += "token waits."
        yield SyncProblem(f"Cloudflare is making {token} wait", words, "warn", retry_at=token.blocked_until)
    for state in found.broken:
        stream = state.stream
        word = "is refused" if stream.needs_person else "is failing"
        yield SyncProblem(f"{state.name} {word}", stream.error, "bad", stream.error_since, stream.retry_at)
    for account in found.without_providers:
        title = f"Not all identity providers of {account} could be listed, so SCIM logs may be missing"
        yield SyncProblem(title, account.providers_error, "bad")
    for account in found.without_applications:
        title = f"The applications of {account} could not be listed, so their names come from the log only"
        yield SyncProblem(title, account.applications_error, "warn")
    for state in found.with_failed_time:
        yield _failed_time(state)
    for state, expiring in found.losing:
        yield _losing(state, expiring)
    if found.late_rows:
        yield _late(found.late_rows)


def _failed_time(state: StreamState) -> SyncProblem:
    first = state.failed[0]
    more = f" and {len(state.failed) - 1} more" if len(state.failed) > 1 else ""
    title = f"{state.name}: {span_words(Span(first.since, first.until))} UTC{more} could not be read"
    tries = f"Tried {first.tries} times" if first.tries > 1 else "Tried once"
    return SyncProblem(title, f"{first.error} {tries}.", "warn", retry_at=first.retry_at)


def _losing(state: StreamState, expiring: Expiring) -> SyncProblem:
    kept = kept_words(expiring.retention, is_proven=expiring.is_proven)
    within = duration(max(expiring.leaves_at - state.now, MINUTE))
    words = f"{kept} What isn’t read in time is lost for good; the first of it may go within {within}."
    since = short_moment(expiring.span.since)
    return SyncProblem(
        f"{state.name}: time from {since} UTC isn’t read yet and may soon be gone from Cloudflare", words, "warn"
    )


def _late(late: LateRows) -> SyncProblem:
    words = (
        f"In the last seven days, the latest row arrived {duration(late.latest)} after it happened. Only the newest "
        f"{duration(settings.SYNC_OVERLAP)} are read again before time counts as complete. "
    )
    if late.count:
        words += f"{counted(late.count, 'row')} arrived after that; each such hour is read once more. "
    if late.proposed:
        words += f"Set SYNC_OVERLAP_MINUTES to {late.proposed // MINUTE} and restart."
    else:
        words += "Rows as late as that are found at night, when the last two days are read again."
    return SyncProblem(f"{late.state.name}: rows arrive later than the overlap", words, "warn")
