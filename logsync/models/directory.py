"""API tokens, accounts, identity providers and applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from logsync.models.lease import Lease
from logsync.models.visible import VisibleManager
from logsync.words import told_apart

# Cloudflare blocks a token for five minutes; a longer block was written by a clock that has been set back since.
LONGEST_BLOCK = timedelta(minutes=6)


class ApiToken(Lease):
    """One API token, without its secret.

    `fingerprint` is a keyed hash of it. `name` is the account that it was given for, blank if it is for all accounts.
    Every worker that uses the token, on any machine, waits until `blocked_until`. `remaining` of `limit` calls were
    left at `heard_at`, by Cloudflare's count. The worker that lists its accounts holds the lease. `error` says why
    they could not be listed; blank if they could.
    """

    fingerprint = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    blocked_until = models.DateTimeField(null=True)
    remaining = models.PositiveIntegerField(null=True)
    limit = models.PositiveIntegerField(null=True)
    heard_at = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"the API token of {self.name}" if self.name else "the API token"

    def is_blocked(self, now: datetime) -> bool:
        """Whether it has to wait."""
        return self.blocked_until is not None and now < self.blocked_until <= now + LONGEST_BLOCK

    @staticmethod
    def blocked(now: datetime, path: str = "") -> Q:
        """Rows whose token, reached by `path`, has to wait."""
        return Q(**{f"{path}blocked_until__gt": now, f"{path}blocked_until__lte": now + LONGEST_BLOCK})


# What a SCIM update came through that names no provider.
UNNAMED_PROVIDER = "an unnamed provider"


class AccountQuerySet(models.QuerySet["Account"]):
    def without_scim(self) -> Self:
        """Accounts whose identity providers are known, none of them with SCIM turned on, so that they have no SCIM log.

        An empty list proves nothing: Cloudflare also returns one where the permission is missing.
        """
        providers = IdentityProvider.objects.filter(account=OuterRef("pk"), vanished_at=None)
        return self.filter(Exists(providers), ~Exists(providers.filter(scim_enabled=True)), providers_error="")


class Account(Lease):
    """A Cloudflare account whose logs are kept; `api_token` is the one that reads it, None if none does any more.

    `providers_error` says why its identity providers could not be listed; without them no SCIM log can be read.
    `applications_error` says the same about its applications, which then only lack their names. Blank if they could.
    The worker that reads what Access is set up to do there holds the lease.
    """

    account_id = models.CharField(max_length=64, unique=True)
    name = models.TextField(blank=True)
    api_token = models.ForeignKey(ApiToken, on_delete=models.SET_NULL, null=True, related_name="accounts")
    names_listed_at = models.DateTimeField(null=True)
    providers_error = models.TextField(blank=True)
    applications_error = models.TextField(blank=True)

    account_path = "pk"
    objects = VisibleManager.from_queryset(AccountQuerySet)()

    class Meta:
        ordering = ["name", "account_id"]

    def __str__(self) -> str:
        return self.name or self.account_id


class IdentityProviderQuerySet(models.QuerySet["IdentityProvider"]):
    def names(self) -> dict[tuple[int, str], str]:
        """The name of each provider by account and `idp_id`, as two accounts may have the same id.

        Providers of equal name are told apart, by their account if that does.
        """
        return {(provider.account_id, provider.idp_id): str(provider) for provider in self}

    def names_beside_account(self) -> dict[tuple[int, str], str]:
        """Like `names`, for words that name the account as well: only providers of one account are told apart."""
        names: dict[tuple[int, str], str] = {}
        for account in {provider.account_id for provider in self}:
            own = [provider for provider in self if provider.account_id == account]
            names |= told_apart({(account, one.idp_id): (one.name or one.idp_id, *ids_of(one.idp_id)) for one in own})
        return names

    def tell_apart(self) -> None:
        """Write the labels of all providers anew, as their names or those of their accounts may have changed."""
        rows = list(self.select_related("account"))
        named = {row.pk: (row.name, str(row.account), *ids_of(row.idp_id)) for row in rows if row.name}
        _write_labels(self, rows, told_apart(named))


class ApplicationQuerySet(models.QuerySet["Application"]):
    def tell_apart(self) -> None:
        """Write the labels of all applications anew, as their names or those of their accounts may have changed."""
        rows = list(self.select_related("account"))
        named = {row.pk: (row.name, str(row.account), row.domain, *ids_of(row.app_uid)) for row in rows if row.name}
        _write_labels(self, rows, told_apart(named))


def ids_of(id: str) -> tuple[str, str]:
    """The short form of an id, and the whole of it, to tell equal names apart by."""
    return id[:8].rstrip("-"), id


Named = TypeVar("Named", "IdentityProvider", "Application")


def _write_labels(queryset: models.QuerySet[Named], rows: Iterable[Named], labels: Mapping[int, str]) -> None:
    changed = [row for row in rows if row.label != labels.get(row.pk, "")]
    for row in changed:
        row.label = labels.get(row.pk, "")
    queryset.bulk_update(changed, ["label"], batch_size=200)


class Labelled(models.Model):
    """Something whose `name` others may have as well.

    `label` is the name as told from those, by the account if that does. It is written with the name, and by
    `tell_apart` where the others or their accounts have changed.
    """

    name = models.TextField(blank=True)
    label = models.TextField(blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if self.name and not self.label.startswith(self.name):
            type(self)._default_manager.filter(name__iexact=self.name).tell_apart()  # type: ignore[attr-defined]
            self.refresh_from_db(fields=["label"])


class IdentityProvider(Labelled):
    """An identity provider of an account, without any secret.

    `user_deprovision` and `identity_update_behavior` say what Cloudflare does to sessions when SCIM changes a person;
    None and blank if Cloudflare did not say. Cloudflare's `config` is never kept: it may hold a client secret.
    `first_listed_at` is when it was first listed, `vanished_at` when it was first missing; None if it is not missing.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identity_providers")
    idp_id = models.CharField(max_length=64)
    type = models.TextField(blank=True)
    scim_enabled = models.BooleanField(default=False)
    user_deprovision = models.BooleanField(null=True)
    identity_update_behavior = models.TextField(blank=True)
    first_listed_at = models.DateTimeField(null=True)
    vanished_at = models.DateTimeField(null=True)

    objects = VisibleManager.from_queryset(IdentityProviderQuerySet)()

    class Meta:
        ordering = ["name", "idp_id"]
        constraints = [models.UniqueConstraint(fields=["account", "idp_id"], name="one_row_per_provider")]

    def __str__(self) -> str:
        return self.label or self.name or self.idp_id


def provider_name(provider: IdentityProvider | None, idp_id: str) -> str:
    """The name of the provider of a row, or its id where it is not listed."""
    return str(provider) if provider else idp_id or UNNAMED_PROVIDER


def provider_at_start(provider: IdentityProvider | None, idp_id: str) -> str:
    """The same at the start of a sentence; a name and an id stay as they are."""
    return str(provider) if provider else idp_id or UNNAMED_PROVIDER.capitalize()


class Application(Labelled):
    """An Access application; `app_uid` is what the login log calls it.

    `hosts` are all hosts at which it is reached, or hosts with a path, one on each line; `domain` is the first of them.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="applications")
    app_uid = models.CharField(max_length=64)
    domain = models.TextField(blank=True)
    hosts = models.TextField(blank=True)
    type = models.TextField(blank=True)
    aud = models.TextField(blank=True)

    objects = VisibleManager.from_queryset(ApplicationQuerySet)()

    class Meta:
        ordering = ["name", "app_uid"]
        constraints = [models.UniqueConstraint(fields=["account", "app_uid"], name="one_row_per_application")]

    def __str__(self) -> str:
        return self.label or self.name or self.app_uid
