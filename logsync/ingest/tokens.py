"""Which API token reads which account, and the clients that call with it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from django.conf import settings

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.clock import CloudflareClock
from logsync.cloudflare.errors import CloudflareError
from logsync.ingest.token_gate import BACKFILL_PART, CallTimes, LastAnswers, PolicyGate, TokenGate
from logsync.models import Account, ApiToken, Installation, Stream

# Where Cloudflare cannot be reached with so many tokens, it cannot with any.
MOST_ASKED = 3


def api_tokens() -> list[ApiToken]:
    """A row for each token that the operator gave; the rows of other tokens become inactive.

    A token that was given for several accounts is one token, named after the first of them.
    """
    name_of: dict[str, str] = {}
    for name, secret in settings.CLOUDFLARE_API_TOKENS.items():
        name_of.setdefault(secret, name)
    tokens = [_row_of(name, secret) for secret, name in name_of.items()]
    ApiToken.objects.exclude(pk__in=[token.pk for token in tokens]).update(is_active=False, listed_at=None)
    return tokens


def account_ids_of(token: ApiToken) -> list[str]:
    """The ids of the accounts that a token was given for; none if it is for all."""
    given = settings.CLOUDFLARE_API_TOKENS.items()
    return [name for name, secret in given if name and _fingerprint(secret) == token.fingerprint]


class Connections:
    """The clients of one process, and what it learns from Cloudflare's answers: the time, and the calls that are left.

    Make one where a process begins, and pass it on.
    """

    def __init__(self) -> None:
        self.clock = CloudflareClock()
        self._answers: LastAnswers = {}
        self._policy_calls: CallTimes = {}

    def gate(self, token: ApiToken, part: float = 1.0) -> TokenGate:
        """The limits of a token, for a caller that may use this part of its share of calls."""
        return TokenGate(token, part, self._answers)

    def ask_the_time(self) -> None:
        """Have Cloudflare set the clock anew, by any answer to a token; without one it goes on as it is."""
        for token in ApiToken.objects.filter(is_active=True)[:MOST_ASKED]:
            with suppress(LookupError), self.connect(token) as client:
                # A refusal tells the time as well.
                with suppress(CloudflareError):
                    client.verify_token()
                if client.server_time:
                    return

    def connect(self, token: ApiToken, part: float = 1.0) -> CloudflareClient:
        """A client that calls with this token, under its gate.

        Raises LookupError if the operator took the token away since its row was read.
        """
        return self._connect(token, self.gate(token, part))

    def connect_for_policies(self, account: Account) -> CloudflareClient:
        """A client that reads policies and users of an account, within their part of the calls.

        Raises LookupError if no token reads the account.
        """
        token = _token_of(account)
        gate = PolicyGate(token, self._answers, self._policy_calls)
        return self._connect(token, gate).for_account(account.account_id)

    def _connect(self, token: ApiToken, gate: TokenGate) -> CloudflareClient:
        secrets = {_fingerprint(secret): secret for secret in settings.CLOUDFLARE_API_TOKENS.values()}
        secret = secrets[token.fingerprint]
        return CloudflareClient(secret, base_url=settings.CLOUDFLARE_API_BASE_URL, gate=gate, clock=self.clock)

    def connect_sparingly(self, token: ApiToken) -> CloudflareClient:
        """A client that leaves the newest time of the logs its share of calls, as backfills do."""
        return self.connect(token, BACKFILL_PART)

    def connect_to(self, account: Account, part: float = 1.0) -> CloudflareClient:
        """A client that looks at an account, with the token that reads it; LookupError if none does."""
        return self.connect(_token_of(account), part).for_account(account.account_id)

    @contextmanager
    def clients(self, part: float = 1.0) -> Iterator[Callable[[Stream], CloudflareClient]]:
        """Make a client for any stream, one for each account; all are closed with the block."""
        with ExitStack() as opened:
            clients: dict[int, CloudflareClient] = {}

            def client_of(stream: Stream) -> CloudflareClient:
                if stream.account_id not in clients:
                    clients[stream.account_id] = opened.enter_context(self.connect_to(stream.account, part))
                return clients[stream.account_id]

            yield client_of


def _token_of(account: Account) -> ApiToken:
    if account.api_token is None:
        raise LookupError(f"No API token reads {account}.")
    return account.api_token


def _row_of(name: str, secret: str) -> ApiToken:
    token, _ = ApiToken.objects.update_or_create(
        fingerprint=_fingerprint(secret), defaults={"name": name, "is_active": True}
    )
    return token


def _fingerprint(secret: str) -> str:
    return hmac.digest(Installation.identity_key(), f"api token\0{secret}".encode(), hashlib.sha256).hex()[:32]
