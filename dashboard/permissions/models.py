"""What the database knows of roles and permissions, besides Django's own groups.

Which roles the identity provider gave, and which accounts somebody is limited to.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from dashboard.permissions.permission import DESCRIPTIONS, LIMITED, LIMITED_WORDS
from logsync.models import Account


class PageAccess(models.Model):  # noqa: DJ008  # there are no instances to print
    """Only carries the permissions: Django hangs them on a model, and these are about pages and actions."""

    class Meta:
        default_permissions = ()
        permissions = [
            *((permission.codename, words) for permission, words in DESCRIPTIONS.items()),
            (LIMITED.partition(".")[2], LIMITED_WORDS),
        ]


class RolesFromGroups(models.Model):
    """Which of a user's roles follow from their groups at the identity provider; all others were given by hand.

    `as_of` is when the identity provider said so: an older token, which may still be valid, changes nothing.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="roles_from_groups"
    )
    roles = models.JSONField(default=list)
    as_of = models.DateTimeField()

    class Meta:
        verbose_name_plural = "roles from groups"

    def __str__(self) -> str:
        return f"{self.user}: {', '.join(self.roles)}"


class AccountLimit(models.Model):
    """The Cloudflare accounts that a user is limited to; see `account_limits`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="account_limit"
    )
    accounts = models.ManyToManyField(Account, related_name="+")

    def __str__(self) -> str:
        return f"the accounts of {self.user}"
