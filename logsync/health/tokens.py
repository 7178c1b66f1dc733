"""What Cloudflare says about each token: whether it works, its accounts, what it may read, and the time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.clock import TRUSTED_DIFFERENCE
from logsync.cloudflare.errors import CloudflareError, PausedError, RetryLaterError, printable
from logsync.cloudflare.permissions import ACCOUNTS_PERMISSION
from logsync.cloudflare.records import TokenState
from logsync.datasets import DATASETS
from logsync.health.checks import (
    BY_ITSELF,
    Check,
    State,
    bad,
    capital,
    day,
    good,
    named,
    parted,
    safely,
    warn,
)
from logsync.ingest.directory import sync_directory
from logsync.ingest.tokens import api_tokens
from logsync.models import Account, ApiToken
from logsync.words import duration

EXPIRES_SOON = timedelta(days=14)
# No account is asked after this: a call that hangs takes two minutes by itself, and a task may take eight.
ASK_SECONDS = 120.0
CLOCK_IS_WRONG = timedelta(minutes=1)
NEW_TOKEN = "Create a new token, set CLOUDFLARE_API_TOKEN or write it into its file, and restart."


class Ahead(NamedTuple):
    """How far Cloudflare's clock is ahead of this machine's, at least and at most."""

    least: timedelta
    most: timedelta

    @property
    def proven(self) -> timedelta:
        """How far apart the clocks are at least."""
        return max(self.least, -self.most, timedelta())

    @property
    def possible(self) -> timedelta:
        """How far apart the clocks are at most."""
        return max(abs(self.least), abs(self.most))


def look_at_tokens(client_of: Callable[[ApiToken], CloudflareClient]) -> Iterator[Check]:
    """Every check of every token in use."""
    end = time.monotonic() + ASK_SECONDS
    rows = api_tokens()
    if not all(token.accounts.exists() for token in rows):
        sync_directory(client_of)
    clocks: list[Ahead] = []
    for token in rows:
        token.refresh_from_db()
        yield from safely("token", partial(_ask_token, client_of, token, clocks, end))
    yield from _accounts_without_a_token()
    yield _clock(clocks)


def _ask_token(
    client_of: Callable[[ApiToken], CloudflareClient], token: ApiToken, clocks: list[Ahead], end: float
) -> Iterator[Check]:
    accounts = list(token.accounts.all())
    yield from _accounts(token, accounts)
    with client_of(token) as client:
        verified = _verify(client.for_account(accounts[0].account_id) if accounts else client, clocks)
        if isinstance(verified, PausedError):
            yield _not_asked("token", capital(token), verified)
            return
        found: list[Check] = []
        for account in accounts:
            client_there = client.for_account(account.account_id)
            found += safely("permissions", partial(_ask_account, client_there, token, account, end))
    token.refresh_from_db()
    reads = any(check.state is State.GOOD for check in found)
    if isinstance(verified, RetryLaterError):
        # That says nothing of the token, nor of what it reads.
        yield _not_asked("token", capital(token), verified)
        yield from found
        return
    if isinstance(verified, CloudflareError) and not accounts and token.error:
        # An account-owned token can only be verified at its account. What `_accounts` found is all there is to say.
        return
    checked = _token(token, verified, client.clock.now(), reads=reads)
    yield checked
    # If the token itself is bad, its accounts would only repeat that.
    if checked.state is not State.BAD or reads:
        yield from found


def _verify(client: CloudflareClient, clocks: list[Ahead]) -> TokenState | CloudflareError:
    """What Cloudflare says about the token, and its time: cut to the second, at some moment during the call."""
    began = timezone.now()
    try:
        return client.verify_token()
    except CloudflareError as error:
        return error
    finally:
        if said := client.server_time:
            clocks.append(Ahead(said - timezone.now(), said + timedelta(seconds=1) - began))


def _token(token: ApiToken, verified: TokenState | CloudflareError, now: datetime, *, reads: bool) -> Check:
    who = capital(token)
    left = f"; {token.remaining:,} of {token.limit:,} calls left" if token.heard_at else ""
    if isinstance(verified, CloudflareError):
        if reads:
            return good("token", f"{who} cannot be verified, but reads its logs{left}.")
        return bad("token", *parted(str(verified), NEW_TOKEN))
    expires_on = verified.expires_on
    if verified.status == "expired" or (expires_on and expires_on <= now):
        return bad("token", f"{who} has expired.", NEW_TOKEN)
    if verified.status != "active":
        said = printable(verified.status) or "not active"
        return bad("token", f"{who} is {said}.", f"Enable it in the Cloudflare dashboard. Or: {NEW_TOKEN}")
    if expires_on and expires_on - now < EXPIRES_SOON:
        return warn("token", f"{who} is active, but expires on {day(expires_on)}{left}.", NEW_TOKEN)
    until = f" until {day(expires_on)}" if expires_on else ""
    return good("token", f"{who} is active{until}{left}.")


# Accounts and permissions


def _accounts(token: ApiToken, accounts: list[Account]) -> Iterator[Check]:
    if token.error:
        words, hint = parted(token.error, BY_ITSELF)
        if accounts:
            yield warn("accounts", f"{words} The accounts known before are still being read: {named(accounts)}.", hint)
        else:
            yield bad("accounts", words, hint)
    elif accounts:
        yield good("accounts", f"{capital(token)} is for {named(accounts)}.")
    else:
        hint = f"Give it the permission “{ACCOUNTS_PERMISSION}”, or name the accounts in CLOUDFLARE_ACCOUNT_IDS."
        yield bad("accounts", f"There is no account that {token} reads.", hint)


def _accounts_without_a_token() -> Iterator[Check]:
    if orphans := list(Account.objects.filter(api_token=None, streams__isnull=False).distinct()):
        yield warn(
            "accounts",
            f"No API token reads {named(orphans)} any more; stored rows are kept.",
            "If that isn't intended, check CLOUDFLARE_ACCOUNT_IDS and the token's accounts.",
        )


def _ask_account(client: CloudflareClient, token: ApiToken, account: Account, end: float) -> Iterator[Check]:
    """One check of what the token reads of an account, and one for each log that it cannot read."""
    whose = printable(str(account))
    if time.monotonic() > end:
        yield warn("permissions", f"What {token} reads of {whose} was not checked: time ran out.", BY_ITSELF)
        return
    read, wrong = [], []
    for what, ask in _questions(client, account):
        try:
            ask()
            read.append(what)
        except RetryLaterError as error:
            wrong.append(_not_asked("permissions", f"{whose}, {what}", error))
            break
        except CloudflareError as error:
            words, hint = parted(str(error), BY_ITSELF)
            # Logs can be read without names, too.
            found = warn if what == "names" else bad
            wrong.append(found("permissions", f"{capital(token)} does not read {whose}, {what}: {words}", hint))
    if read:
        yield good("permissions", f"{capital(token)} reads {whose}: {', '.join(read)}.")
    yield from wrong


def _questions(client: CloudflareClient, account: Account) -> Iterator[tuple[str, Callable[[], None]]]:
    provider = account.identity_providers.filter(scim_enabled=True, vanished_at=None).first()
    for dataset in DATASETS.values():
        if provider or not dataset.is_per_provider:
            yield dataset.words, partial(dataset.check, client, provider.idp_id if provider else "")
    yield "names", client.check_names


def _not_asked(name: str, what: str, error: RetryLaterError) -> Check:
    if isinstance(error, PausedError):
        hint = f"{BY_ITSELF} If this happens often, raise SYNC_EVERY_SECONDS."
        return warn(name, f"{what}: not checked right now. {error}", hint)
    return warn(name, f"{what}: not known right now. {error}", BY_ITSELF)


# Clock


def _clock(clocks: list[Ahead]) -> Check:
    if not clocks:
        return warn("clock", "This clock can't be compared with Cloudflare's: Cloudflare sent no time.", BY_ITSELF)
    ahead = min(clocks, key=lambda ahead: ahead.most - ahead.least)
    if ahead.proven <= TRUSTED_DIFFERENCE:
        return good("clock", f"Clock within {math.ceil(ahead.possible.total_seconds())} s of Cloudflare's.")
    side = "behind" if ahead.least > timedelta() else "ahead of"
    words = f"This machine's clock is {duration(ahead.proven)} {side} Cloudflare's."
    hint = "Set the clock of this machine by NTP: timedatectl set-ntp true"
    return (bad if ahead.proven >= CLOCK_IS_WRONG else warn)("clock", words, hint)
