"""List accounts, identity providers and applications, and make the streams that follow from them.

If names cannot be listed, the reason is kept, and the logs are still read. A token or an account that fails never
stops another. A provider that a list leaves out is asked for by its id before it is called gone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from logsync.cloudflare import records
from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError, PausedError, printable
from logsync.cloudflare.kept_content import provider_content
from logsync.datasets import DATASETS
from logsync.ingest.lease_renewal import renewed
from logsync.ingest.snapshots import Seen, keep_snapshots
from logsync.ingest.tokens import account_ids_of, api_tokens
from logsync.models import AccessObject, Account, ApiToken, Application, IdentityProvider, Installation, Log, Stream
from logsync.models.lease import new_owner

# Providers are listed every round, since each has a log; accounts and applications change less often.
LIST_NAMES_EVERY = timedelta(minutes=10)
NO_ACCOUNT = (
    "The token lists no account. Give it the permission “Account Settings Read”, or name the accounts in "
    "CLOUDFLARE_ACCOUNT_IDS."
)
LONGEST_ID = 64
_PROVIDER = AccessObject.Kind.PROVIDER
# So many providers that a list leaves out are asked for in one round.
MOST_LOOKED_FOR = 20


def sync_directory(client_of: Callable[[ApiToken], CloudflareClient]) -> None:
    """List accounts, providers and applications, and make a stream for each log.

    A token that has to wait, or that another worker is listing with, is left out; what is known of its accounts stays.
    """
    tokens = api_tokens()
    for token in tokens:
        owner = new_owner()
        # One worker at a time: a list that hangs must not block all of them.
        if token.take_lease(owner):
            try:
                with renewed(token, owner), client_of(token) as client:
                    _sync_token(client, token)
            finally:
                token.release_lease(owner)
    Stream.objects.exclude(account__api_token__in=tokens).update(is_active=False)
    IdentityProvider.objects.tell_apart()
    Application.objects.tell_apart()
    Installation.get()
    Installation.objects.update(directory_checked_at=timezone.now())


def _sync_token(client: CloudflareClient, token: ApiToken) -> None:
    try:
        if _is_old(token.listed_at) or _reads_others_than_asked_for(token):
            _sync_accounts(client, token)
        for account in token.accounts.all():
            _sync_names(client.for_account(account.account_id), account)
    except PausedError:
        # The next round goes on. This is no error, for there is nothing that a person could fix.
        return


# Accounts


def _sync_accounts(client: CloudflareClient, token: ApiToken) -> None:
    """Keep the accounts that the operator named, else those that the token lists, else those known before."""
    error = ""
    listed: list[records.Account] = []
    try:
        listed = [account for account in client.accounts() if _can_be_kept(account.account_id)]
    except PausedError:
        raise
    except CloudflareError as problem:
        error = str(problem)
    wanted = _wanted(listed, token)
    is_named = _asked_for(token) is not None
    if not wanted and not error and not is_named:
        error = NO_ACCOUNT
    token.error = "" if is_named else error
    if wanted or is_named:
        _keep_accounts(wanted, token)
        # If names could not be listed, try again in the next round.
        token.listed_at = None if error else timezone.now()
    token.save(update_fields=["error", "listed_at"])


def _wanted(listed: list[records.Account], token: ApiToken) -> list[records.Account]:
    by_id = {account.account_id: account for account in listed}
    asked_for = _asked_for(token)
    ids = [id for id in by_id if id not in settings.CLOUDFLARE_API_TOKENS] if asked_for is None else asked_for
    return [by_id.get(id) or records.Account(id, "") for id in ids]


def _asked_for(token: ApiToken) -> list[str] | None:
    """The accounts that the operator wants read with a token; None for all that it can list.

    A token that was given for certain accounts reads those; CLOUDFLARE_ACCOUNT_IDS narrows both kinds.
    """
    chosen = settings.CLOUDFLARE_ACCOUNT_IDS
    if own := account_ids_of(token):
        return [id for id in own if not chosen or id in chosen]
    return [id for id in chosen if id not in settings.CLOUDFLARE_API_TOKENS] if chosen else None


def _reads_others_than_asked_for(token: ApiToken) -> bool:
    asked_for = _asked_for(token)
    read = token.accounts.values_list("account_id", flat=True)
    return asked_for is not None and set(asked_for) != set(read)


def _keep_accounts(wanted: list[records.Account], token: ApiToken) -> None:
    for listed in wanted:
        account, _ = Account.objects.get_or_create(account_id=listed.account_id)
        account.name = listed.name or account.name
        account.api_token = token
        account.save(update_fields=["name", "api_token"])
    gone = token.accounts.exclude(account_id__in=[account.account_id for account in wanted])
    gone.update(api_token=None)


# What is in an account


def _sync_names(client: CloudflareClient, account: Account) -> None:
    for dataset in DATASETS.values():
        if not dataset.is_per_provider:
            _stream(account, dataset.log)
    account.providers_error = _error_of(_sync_providers, client, account)
    if _is_old(account.names_listed_at):
        account.applications_error = _error_of(_sync_applications, client, account)
        account.names_listed_at = timezone.now()
    account.save(update_fields=["providers_error", "applications_error", "names_listed_at"])


def _error_of(sync: Callable[[CloudflareClient, Account], str], client: CloudflareClient, account: Account) -> str:
    try:
        return sync(client, account)
    except PausedError:
        raise
    except CloudflareError as error:
        return str(error)


def _sync_providers(client: CloudflareClient, account: Account) -> str:
    """Keep the providers and their streams; return what is wrong with the list, blank if nothing."""
    listed = [provider for provider in client.identity_providers() if _can_be_kept(provider.idp_id)]
    missing = account.identity_providers.filter(vanished_at=None)
    found, gone, error = _look_for(client, missing.exclude(idp_id__in=[provider.idp_id for provider in listed]))
    with transaction.atomic():
        _keep_providers(account, [*listed, *found], gone)
    return error


def _look_for(
    client: CloudflareClient, missing: QuerySet[IdentityProvider]
) -> tuple[list[records.IdentityProvider], list[str], str]:
    """Ask for the providers that a list left out: those that are still there, the ids of those that are gone, and why
    it is not known of the others.

    A list proves nothing: Cloudflare also sends a short one, or none, where a permission is missing.
    """
    found: list[records.IdentityProvider] = []
    gone: list[str] = []
    for provider in missing[:MOST_LOOKED_FOR]:
        try:
            there = client.identity_provider(provider.idp_id)
        except PausedError:
            raise
        except CloudflareError as error:
            # The others would hardly fare better.
            name = printable(str(provider))
            words = f"Cloudflare no longer lists the identity provider {name}, and cannot say whether it is gone"
            return found, gone, f"{words}: {error}"
        if there:
            found.append(there)
        else:
            gone.append(provider.idp_id)
    return found, gone, ""


def _keep_providers(account: Account, there: list[records.IdentityProvider], gone: list[str]) -> None:
    """Keep what is known of these providers, and have a stream for each log of those with SCIM."""
    now = timezone.now()
    known = account.identity_providers
    for provider in there:
        values = {name: getattr(provider, name) for name in provider.__slots__ if name != "idp_id"}
        known.update_or_create(
            idp_id=provider.idp_id,
            defaults={**values, "vanished_at": None},
            create_defaults={**values, "first_listed_at": now},
        )
    known.filter(vanished_at=None, idp_id__in=gone).update(vanished_at=now)
    keep_snapshots(account, [Seen(_PROVIDER, provider.idp_id, _content_of(provider)) for provider in there], now)
    AccessObject.objects.filter(account=account, kind=_PROVIDER, gone_at=None, object_id__in=gone).update(gone_at=now)
    enabled = list(known.filter(vanished_at=None, scim_enabled=True).values_list("idp_id", flat=True))
    logs = [dataset.log for dataset in DATASETS.values() if dataset.is_per_provider]
    for log, idp_id in product(logs, enabled):
        _stream(account, log, idp_id)
    account.streams.filter(log__in=logs).exclude(idp_id__in=enabled).update(is_active=False)


def _content_of(provider: records.IdentityProvider) -> dict[str, Any]:
    """A provider as it is kept of each moment, so that its changes show."""
    scim = {
        "enabled": provider.scim_enabled,
        "user_deprovision": provider.user_deprovision,
        "identity_update_behavior": provider.identity_update_behavior,
    }
    return provider_content({"id": provider.idp_id, "name": provider.name, "type": provider.type, "scim_config": scim})


def _sync_applications(client: CloudflareClient, account: Account) -> str:
    for application in client.applications():
        if not _can_be_kept(application.app_uid):
            continue
        values = {name: getattr(application, name) for name in ("name", "domain", "type", "aud")}
        values["hosts"] = "\n".join(application.hosts)
        Application.objects.update_or_create(account=account, app_uid=application.app_uid, defaults=values)
    return ""


def _stream(account: Account, log: Log, idp_id: str = "") -> None:
    stream, made = Stream.objects.get_or_create(
        account=account, log=log, idp_id=idp_id, defaults={"backfill_since": timezone.now() - settings.BACKFILL}
    )
    if not made and not stream.is_active:
        stream.note(is_active=True)


def _can_be_kept(id: str) -> bool:
    """Whether something can be known by an id: it has one, of a length that ids have."""
    return 0 < len(id) <= LONGEST_ID


def _is_old(listed_at: datetime | None) -> bool:
    return listed_at is None or not timezone.now() - LIST_NAMES_EVERY < listed_at <= timezone.now()
