"""The names that go with the logs: accounts, identity providers, applications."""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    """A Cloudflare account whose logs are kept.

    `providers_error` says why its identity providers could not be listed, without which no SCIM log can be asked for;
    `applications_error` the same of its applications, which only lack their names then. Blank if they could.
    """

    account_id = models.CharField(max_length=64, unique=True)
    name = models.TextField(blank=True)
    providers_error = models.TextField(blank=True)
    applications_error = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "account_id"]

    def __str__(self) -> str:
        return self.name or self.account_id


class IdentityProvider(models.Model):
    """An identity provider of an account, less every secret.

    `user_deprovision` and `identity_update_behavior` say what Cloudflare does to sessions when SCIM changes a person;
    None and blank where Cloudflare did not say. Cloudflare's `config` is never kept: it may hold a client secret.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identity_providers")
    idp_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    type = models.TextField(blank=True)
    scim_enabled = models.BooleanField(default=False)
    user_deprovision = models.BooleanField(null=True)
    identity_update_behavior = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "idp_id"]
        constraints = [models.UniqueConstraint(fields=["account", "idp_id"], name="one_row_per_provider")]

    def __str__(self) -> str:
        return self.name or self.idp_id


class Application(models.Model):
    """An Access application; `app_uid` is what the login log calls it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="applications")
    app_uid = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    domain = models.TextField(blank=True)
    type = models.TextField(blank=True)
    aud = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "app_uid"]
        constraints = [models.UniqueConstraint(fields=["account", "app_uid"], name="one_row_per_application")]

    def __str__(self) -> str:
        return self.name or self.app_uid
