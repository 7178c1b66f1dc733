"""The table that there is not: Django hangs permissions on a model, and these are about pages and actions."""

from __future__ import annotations

from django.db import models

from dashboard.permissions.permission import DESCRIPTIONS


class PageAccess(models.Model):  # noqa: DJ008  # there are no instances to print
    """Only carries the permissions; it has no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [(permission.codename, words) for permission, words in DESCRIPTIONS.items()]
