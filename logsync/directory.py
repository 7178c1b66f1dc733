"""Which accounts, identity providers and applications there are, and so which streams.

A name that cannot be listed is not an error of a log: the reason is kept beside it, and the logs go on.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logsync.cloudflare import records
from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError
from logsync.models import Account, Application, IdentityProvider, Installation, Log, Stream


def sync_directory(client: CloudflareClient) -> None:
    """List accounts, providers and applications, and make a stream for each log that is to be read."""
    accounts = _sync_accounts(client)
    for account in accounts:
        _sync_names(client.for_account(account.account_id), account)
    Stream.objects.exclude(account__in=accounts).update(is_active=False)


def _sync_accounts(client: CloudflareClient) -> list[Account]:
    """The accounts to be read: those asked for, else those that the token can list, else those already known."""
    error = ""
    listed: list[records.Account] = []
    try:
        listed = client.accounts()
    except CloudflareError as problem:
        error = str(problem)
    wanted = _wanted(listed)
    if not wanted and not error:
        error = (
            "The token lists no account. Give it the permission “Account Settings Read”, or name the accounts in "
            "CLOUDFLARE_ACCOUNT_IDS."
        )
    _note_on_installation("" if settings.CLOUDFLARE_ACCOUNT_IDS and wanted else error)
    if not wanted:
        return list(Account.objects.all())
    return [_keep_account(account) for account in wanted]


def _wanted(listed: list[records.Account]) -> list[records.Account]:
    if not settings.CLOUDFLARE_ACCOUNT_IDS:
        return listed
    by_id = {account.account_id: account for account in listed}
    return [by_id.get(wanted) or records.Account(wanted, "") for wanted in settings.CLOUDFLARE_ACCOUNT_IDS]


def _keep_account(listed: records.Account) -> Account:
    account, _ = Account.objects.get_or_create(account_id=listed.account_id)
    if listed.name and account.name != listed.name:
        account.name = listed.name
        account.save(update_fields=["name"])
    return account


def _note_on_installation(error: str) -> None:
    Installation.get()
    Installation.objects.update(directory_error=error, directory_checked_at=timezone.now())


def _sync_names(client: CloudflareClient, account: Account) -> None:
    _stream(account, Log.ACCESS_REQUESTS)
    account.providers_error = _error_of(_sync_providers, client, account)
    account.applications_error = _error_of(_sync_applications, client, account)
    account.save(update_fields=["providers_error", "applications_error"])


def _error_of(sync: Callable[[CloudflareClient, Account], None], client: CloudflareClient, account: Account) -> str:
    try:
        sync(client, account)
    except CloudflareError as error:
        return str(error)
    return ""


def _sync_providers(client: CloudflareClient, account: Account) -> None:
    providers = client.identity_providers()
    with transaction.atomic():
        for provider in providers:
            IdentityProvider.objects.update_or_create(
                account=account,
                idp_id=provider.idp_id,
                defaults={name: getattr(provider, name) for name in provider.__slots__ if name != "idp_id"},
            )
        enabled = [provider.idp_id for provider in providers if provider.scim_enabled]
        for idp_id in enabled:
            _stream(account, Log.SCIM_UPDATES, idp_id)
        if providers:
            # Of an empty list nothing follows: Cloudflare answers some lists so where the permission is missing.
            gone = Stream.objects.filter(account=account, log=Log.SCIM_UPDATES).exclude(idp_id__in=enabled)
            gone.update(is_active=False)


def _sync_applications(client: CloudflareClient, account: Account) -> None:
    for application in client.applications():
        Application.objects.update_or_create(
            account=account,
            app_uid=application.app_uid,
            defaults={name: getattr(application, name) for name in application.__slots__ if name != "app_uid"},
        )


def _stream(account: Account, log: Log, idp_id: str = "") -> None:
    stream, made = Stream.objects.get_or_create(
        account=account, log=log, idp_id=idp_id, defaults={"backfill_since": timezone.now() - settings.BACKFILL}
    )
    if not made and not stream.is_active:
        stream.is_active = True
        stream.save(update_fields=["is_active"])
