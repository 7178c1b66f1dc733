"""What is wrong with the sync: with tokens, accounts and streams. Pages put it into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from logsync.health.expiring import Expiring
from logsync.health.stream_state import StreamState, latest
from logsync.models import Account, ApiToken


@dataclass(frozen=True, slots=True)
class LateRows:
    """`count` rows of a stream arrived later than the overlap.

    `proposed` is an overlap that would be long enough; None if it would be too long to be read every round.
    """

    state: StreamState
    latest: timedelta
    proposed: timedelta | None
    count: int


@dataclass(frozen=True, slots=True)
class SyncProblems:
    """What is wrong, by kind; empty where nothing is. Streams that are no longer read have no problems."""

    # Tokens whose accounts could not be listed, and those that Cloudflare makes wait.
    unlisted_tokens: list[ApiToken]
    paused_tokens: list[ApiToken]
    # Streams whose newest time cannot be read, those that need a person first.
    broken: list[StreamState]
    # Accounts whose identity providers or applications could not all be listed.
    without_providers: list[Account]
    without_applications: list[Account]
    # Streams that work, with time that could not be read.
    with_failed_time: list[StreamState]
    # Streams about to lose time.
    losing: list[tuple[StreamState, Expiring]]
    late_rows: LateRows | None


def problems_of(states: Sequence[StreamState], now: datetime) -> SyncProblems:
    """Everything that is wrong now; `states` are those of all streams."""
    tokens = list(ApiToken.objects.filter(is_active=True))
    states = [state for state in states if state.stream.is_active]
    broken = [state for state in states if state.stream.error]
    return SyncProblems(
        unlisted_tokens=[token for token in tokens if token.error],
        paused_tokens=[token for token in tokens if token.blocked_until and token.blocked_until > now],
        broken=sorted(broken, key=lambda state: not state.stream.needs_person),
        without_providers=list(Account.objects.exclude(providers_error="")),
        without_applications=list(Account.objects.exclude(applications_error="")),
        with_failed_time=[state for state in states if state.failed and not state.stream.error],
        losing=[(state, state.expiring) for state in states if state.expiring and state.is_losing],
        late_rows=late_rows(states),
    )


def late_rows(states: Sequence[StreamState]) -> LateRows | None:
    """The rows that arrived latest, if later than the overlap."""
    if not (found := latest(states)):
        return None
    state, lateness = found
    proposed = lateness.proposed_overlap(settings.SYNC_OVERLAP)
    return LateRows(state, lateness.latest, proposed, lateness.late) if proposed or lateness.late else None
