"""The Django application that holds the permissions and roles."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.core import checks
from django.db.models.signals import post_migrate


class PermissionsConfig(AppConfig):
    name = "dashboard.permissions"
    label = "permissions"

    def ready(self) -> None:
        from dashboard.permissions.checks import every_url_is_declared

        checks.register(every_url_is_declared, checks.Tags.urls)
        # Roles are made after each migration, as Django makes its own permissions, and not once by a migration: so
        # they are always those of this code, and a database that a test has emptied gets them back. Django connected
        # its own receiver before this one, so the permissions are there.
        post_migrate.connect(_make_roles, sender=self)


def _make_roles(using: str, apps: Apps = apps, **kwargs: Any) -> None:
    from dashboard.permissions.roles import make_roles

    try:
        apps.get_model("auth", "Group")
    except LookupError:
        # Only some other application was migrated; there is no table for groups yet.
        return
    make_roles(using)
