"""Keep all workers that share a token within its limits.

Cloudflare counts all calls of a token together, and blocks every call for minutes once there are too many. So a block
is kept in the database, and stops all workers of the token, on every machine. To avoid one, calls stop at a share of
the limit (RATE_LIMIT_PERCENT), going by what Cloudflare's answers say is left. Backfills stop earlier, so that the
newest time can always be read.
Source: "Rate limits" in Cloudflare's API fundamentals.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from logsync.cloudflare.errors import PausedError
from logsync.cloudflare.limits import Allowance
from logsync.models import ApiToken

# Backfills may use this part of the share; the rest is for the newest time.
BACKFILL_PART = 0.75
# Cloudflare's documented limit, for answers that do not name one.
DOCUMENTED_LIMIT = 1200
NOTE_EVERY_SECONDS = 10.0
# More than any limit, and the largest number that the column holds on PostgreSQL.
MOST_CALLS = 2_147_483_647


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What the last answer to a token said about its limit; `at` and `noted_at` are seconds of the monotonic clock."""

    allowance: Allowance
    at: float
    noted_at: float


# Cloudflare counts calls over this time.
WINDOW_SECONDS = 300.0

# The last answers that one process got, by the fingerprint of the token.
LastAnswers = dict[str, LastAnswer]


class TokenGate:
    """The limits of one token, checked before every call.

    `part` is this caller's part of the share of calls. `answers` are shared by all gates of a process.
    """

    def __init__(self, token: ApiToken, part: float, answers: LastAnswers) -> None:
        self.token = token
        self.part = part
        self.answers = answers

    def before_call(self) -> None:
        """Raise PausedError while Cloudflare blocks the token, or its share of calls is used up."""
        if (seconds := self.wait_seconds()) > 0:
            raise PausedError(
                f"The token waits {seconds:.0f} s, to stay under Cloudflare's limit of calls.", retry_after=seconds
            )

    def wait_seconds(self) -> float:
        """How long there may be no call; 0 if there may be one now."""
        return max(self._blocked_seconds(), self._spent_seconds())

    def after_call(self, allowance: Allowance | None) -> None:
        """Note what an answer said about the limit; every ten seconds also in the token's row, for the page."""
        if allowance is None:
            return
        last = self.answers.get(self.token.fingerprint)
        noted_at = last.noted_at if last else -NOTE_EVERY_SECONDS
        now = time.monotonic()
        if now - noted_at >= NOTE_EVERY_SECONDS:
            noted_at = now
            remaining = min(allowance.remaining, MOST_CALLS)
            limit = min(allowance.limit or DOCUMENTED_LIMIT, MOST_CALLS)
            self._row().update(remaining=remaining, limit=limit, heard_at=timezone.now())
        self.answers[self.token.fingerprint] = LastAnswer(allowance, now, noted_at)

    def block(self, seconds: float) -> None:
        """Make every worker that uses this token wait."""
        self._row().update(blocked_until=timezone.now() + timedelta(seconds=seconds))

    def _row(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(pk=self.token.pk)

    def _blocked_seconds(self) -> float:
        now = timezone.now()
        until = self._row().filter(ApiToken.blocked(now)).values_list("blocked_until", flat=True).first()
        return (until - now).total_seconds() if until else 0.0

    def _spent_seconds(self) -> float:
        """How long until there are calls again, if the share is used up, by the last answer that this process got."""
        last = self.answers.get(self.token.fingerprint)
        if last is None:
            return 0.0
        limit = last.allowance.limit or DOCUMENTED_LIMIT
        share = limit * settings.RATE_LIMIT_PERCENT * self.part / 100
        if limit - last.allowance.remaining < share:
            return 0.0
        return max(0.0, last.allowance.resets_in - (time.monotonic() - last.at))


# When one process called for the sake of policies, in seconds of the monotonic clock, by the token's fingerprint.
CallTimes = dict[str, deque[float]]


class PolicyGate(TokenGate):
    """The limits of a token for reading policies and users: few calls of its own, and none once logs need them.

    Of the share of calls, a reading may make POLICY_CALLS_PERCENT itself; like a backfill, it makes none when all
    callers together have used so much that the newest time of the logs could be held up.
    """

    def __init__(self, token: ApiToken, answers: LastAnswers, calls: CallTimes) -> None:
        super().__init__(token, BACKFILL_PART, answers)
        self._calls = calls.setdefault(token.fingerprint, deque())

    def before_call(self) -> None:
        super().before_call()
        self._calls.append(time.monotonic())

    def wait_seconds(self) -> float:
        return max(super().wait_seconds(), self._own_seconds())

    def _own_seconds(self) -> float:
        """How long until this process may call for policies again, by its own count."""
        now = time.monotonic()
        while self._calls and now - self._calls[0] >= WINDOW_SECONDS:
            self._calls.popleft()
        last = self.answers.get(self.token.fingerprint)
        limit = (last.allowance.limit if last else None) or DOCUMENTED_LIMIT
        budget = max(1, int(limit * settings.RATE_LIMIT_PERCENT * settings.POLICY_CALLS_PERCENT / 10_000))
        return 0.0 if len(self._calls) < budget else self._calls[-budget] + WINDOW_SECONDS - now
