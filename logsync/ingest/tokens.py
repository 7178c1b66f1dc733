"""Which API token reads which account, and how the workers that share a token keep to its limits.

Cloudflare counts the calls of a token over everything that uses it, and blocks every call for minutes once there were
too many. So one worker's block stops all workers of that token, on every machine: it is kept in the database. To not
get there, calls stop at a share of the limit (RATE_LIMIT_PERCENT), by what Cloudflare's answers say is left; what
reads old time stops earlier, so that the newest is always read.
Source: "Rate limits" in Cloudflare's API fundamentals.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import PausedError
from logsync.cloudflare.limits import Allowance
from logsync.ingest import cloudflare_clock
from logsync.models import Account, ApiToken, Installation, Stream

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


def api_tokens() -> list[ApiToken]:
    """A row for each token that the operator gave; the rows of others are no longer in use.

    A token that was given for several accounts is one token, under the first of their ids.
    """
    name_of: dict[str, str] = {}
    for name, secret in settings.CLOUDFLARE_API_TOKENS.items():
        name_of.setdefault(secret, name)
    tokens = [_row_of(name, secret) for secret, name in name_of.items()]
    ApiToken.objects.exclude(pk__in=[token.pk for token in tokens]).update(is_active=False, listed_at=None)
    return tokens


def account_ids_of(token: ApiToken) -> list[str]:
    """The accounts that the operator gave a token for; none where it is for all."""
    given = settings.CLOUDFLARE_API_TOKENS.items()
    return [name for name, secret in given if name and _fingerprint(secret) == token.fingerprint]


def connect(token: ApiToken, part: float = 1.0) -> CloudflareClient:
    """A client that calls with this token, under its gate.

    Raises LookupError if the operator took the token away since its row was read.
    """
    secrets = {_fingerprint(secret): secret for secret in settings.CLOUDFLARE_API_TOKENS.values()}
    secret = secrets[token.fingerprint]
    return CloudflareClient(secret, base_url=settings.CLOUDFLARE_API_BASE_URL, gate=TokenGate(token, part))


def connect_to(account: Account, part: float = 1.0) -> CloudflareClient:
    """A client that looks at an account, with the token that reads it; LookupError if none does."""
    if account.api_token is None:
        raise LookupError(f"No API token reads {account}.")
    return connect(account.api_token, part).for_account(account.account_id)


@contextmanager
def connections(part: float = 1.0) -> Iterator[Callable[[Stream], CloudflareClient]]:
    """Make a client for any stream, one for each account; all are closed with the block."""
    with ExitStack() as opened:
        clients: dict[int, CloudflareClient] = {}

        def client_of(stream: Stream) -> CloudflareClient:
            if stream.account_id not in clients:
                clients[stream.account_id] = opened.enter_context(connect_to(stream.account, part))
            return clients[stream.account_id]

        yield client_of


def _row_of(name: str, secret: str) -> ApiToken:
    token, _ = ApiToken.objects.update_or_create(
        fingerprint=_fingerprint(secret), defaults={"name": name, "is_active": True}
    )
    return token


def _fingerprint(secret: str) -> str:
    key = bytes(Installation.get().identity_key)
    return hmac.digest(key, f"api token\0{secret}".encode(), hashlib.sha256).hex()[:32]


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
