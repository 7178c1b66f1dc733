"""Which identity providers push by SCIM, which are new, and which are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from django.utils import timezone

from logsync.cloudflare.errors import printable
from logsync.cloudflare.permissions import PROVIDERS_PERMISSION
from logsync.health.checks import BY_ITSELF, Check, bad, good, moment, named, new, parted, warn
from logsync.models import Account, IdentityProvider

NEWS_FOR = timedelta(days=1)
VANISHED_FOR = timedelta(days=7)
# The names of providers by account and id, for words that name the account as well.
Names: TypeAlias = Mapping[tuple[int, str], str]


def look_at_providers() -> Iterator[Check]:
    """The identity providers of every account that a token reads."""
    names = IdentityProvider.objects.names_beside_account()
    for account in Account.objects.exclude(api_token=None).prefetch_related("identity_providers"):
        rows = list(account.identity_providers.all())
        listed = [idp for idp in rows if idp.vanished_at is None]
        whose = printable(str(account))
        yield from _errors(account, whose, listed)
        if listed:
            yield good("providers", _who_pushes(whose, listed, names))
        elif account.names_listed_at and not account.providers_error:
            # Cloudflare also returns an empty list if the permission is missing.
            hint = f"If it should have some, give the token the permission “{PROVIDERS_PERMISSION}” on this account."
            yield warn("providers", f"Cloudflare lists no identity providers for {whose}.", hint)
        yield from _news(whose, rows, names, timezone.now())


def _errors(account: Account, whose: str, listed: list[IdentityProvider]) -> Iterator[Check]:
    if account.providers_error:
        words, hint = parted(account.providers_error, BY_ITSELF)
        # What was listed before is still read.
        found = warn if listed else bad
        yield found("providers", f"The identity providers of {whose} could not be listed: {words}", hint)
    if account.applications_error:
        words, hint = parted(account.applications_error, BY_ITSELF)
        yield warn("providers", f"The applications of {whose} could not be listed: {words}", hint)


def _who_pushes(whose: str, listed: list[IdentityProvider], names: Names) -> str:
    without = [names[idp.account_id, idp.idp_id] for idp in listed if not idp.scim_enabled]
    if len(without) == len(listed):
        return f"{whose} has no SCIM log: SCIM is off for all its identity providers ({named(without)})."
    rest = f"; off for {named(without)}" if without else ""
    return f"{whose}: SCIM is on for {len(listed) - len(without)} of {len(listed)} identity providers{rest}."


def _news(whose: str, rows: list[IdentityProvider], names: Names, now: datetime) -> Iterator[Check]:
    for idp in rows:
        name = printable(names[idp.account_id, idp.idp_id])
        if idp.vanished_at:
            if now - idp.vanished_at < VANISHED_FOR:
                since = moment(idp.vanished_at)
                words = f"Provider {name} of {whose} has not been listed since {since}; its rows are kept."
                yield warn("providers", words, "If nobody removed it on purpose, look for it in Cloudflare.")
        elif idp.first_listed_at and now - idp.first_listed_at < NEWS_FOR and _is_later(idp.first_listed_at, rows):
            then = "synced from now on" if idp.scim_enabled else "without SCIM"
            yield new("providers", f"New provider {name} of {whose} since {moment(idp.first_listed_at)}, {then}.")


def _is_later(first_listed_at: datetime, rows: list[IdentityProvider]) -> bool:
    """Whether others were there before; in the first list of an account, nothing is news."""
    return any(idp.first_listed_at is None or idp.first_listed_at < first_listed_at for idp in rows)
