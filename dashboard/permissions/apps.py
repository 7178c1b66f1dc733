"""The Django application that holds the permissions and roles."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PermissionsConfig(AppConfig):
    name = "dashboard.permissions"
    label = "permissions"

    def ready(self) -> None:
        # Like Django's own permissions, roles are made after each migration, so they are always those of this code.
        post_migrate.connect(_make_roles, sender=self)


def _make_roles(using: str, **kwargs: Any) -> None:
    from dashboard.permissions.roles import make_roles

    make_roles(using)
