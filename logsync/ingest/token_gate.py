"""How the workers that share a token keep to its limits.

Cloudflare counts the calls of a token over everything that uses it, and blocks every call for minutes once there were
too many. So one worker's block stops all workers of that token, on every machine: it is kept in the database. To not
get there, calls stop at a share of the limit (RATE_LIMIT_PERCENT), by what Cloudflare's answers say is left; what
reads old time stops earlier, so that the newest is always read.
Source: "Rate limits" in Cloudflare's API fundamentals.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from logsync.cloudflare.errors import PausedError
from logsync.cloudflare.limits import Allowance
from logsync.ingest import cloudflare_clock
from logsync.models import ApiToken

# Of the share that all calls may have, this much is left to the newest time.
BACKFILL_PART = 0.75
# A token whose answers do not name the limit is taken to have Cloudflare's documented one.
DOCUMENTED_LIMIT = 1200
NOTE_EVERY_SECONDS = 10.0
# More than any limit, and the most that a column holds on PostgreSQL.
MOST_CALLS = 2_147_483_647


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the last answer said of a token's limit; `at` and `noted_at` are seconds of the monotonic clock."""

    allowance: Allowance
    at: float
    noted_at: float


_heard: dict[str, _Heard] = {}


class TokenGate:
    """The limits of one token, asked before every call. `part` is this caller's part of the share of calls."""

    def __init__(self, token: ApiToken, part: float = 1.0) -> None:
        self.token = token
        self.part = part

    def before_call(self) -> None:
        """Raise PausedError while Cloudflare blocks the token, or its share of calls is used up."""
        if (seconds := self.wait_seconds()) > 0:
            raise PausedError(
                f"The token waits {seconds:.0f} s, to stay under Cloudflare's limit of calls.", retry_after=seconds
            )

    def wait_seconds(self) -> float:
        """How long there may be no call; 0 if there may be one now."""
        return max(self._blocked_seconds(), self._spent_seconds())

    def after_call(self, allowance: Allowance | None, clock_said: datetime | None) -> None:
        """Note what an answer said of the limit and of the time."""
        if clock_said:
            cloudflare_clock.hear(clock_said)
        if allowance:
            heard = _heard.get(self.token.fingerprint)
            noted_at = heard.noted_at if heard else -NOTE_EVERY_SECONDS
            now = time.monotonic()
            if now - noted_at >= NOTE_EVERY_SECONDS:
                noted_at = now
                remaining = min(allowance.remaining, MOST_CALLS)
                limit = min(allowance.limit or DOCUMENTED_LIMIT, MOST_CALLS)
                self._row().update(remaining=remaining, limit=limit, heard_at=timezone.now())
            _heard[self.token.fingerprint] = _Heard(allowance, now, noted_at)

    def block(self, seconds: float) -> None:
        """Have every worker that uses this token wait."""
        self._row().update(blocked_until=timezone.now() + timedelta(seconds=seconds))

    def _row(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(pk=self.token.pk)

    def _blocked_seconds(self) -> float:
        now = timezone.now()
        until = self._row().filter(ApiToken.blocked(now)).values_list("blocked_until", flat=True).first()
        return (until - now).total_seconds() if until else 0.0

    def _spent_seconds(self) -> float:
        """How long until there are calls again, if the share is used up; by the last answer that this process heard."""
        heard = _heard.get(self.token.fingerprint)
        if heard is None:
            return 0.0
        limit = heard.allowance.limit or DOCUMENTED_LIMIT
        share = limit * settings.RATE_LIMIT_PERCENT * self.part / 100
        if limit - heard.allowance.remaining < share:
            return 0.0
        return max(0.0, heard.allowance.resets_in - (time.monotonic() - heard.at))
