"""What templates ask: `{% if perms.permissions.export %}`, by the same rule that checks requests."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from dashboard.permissions.permission import Permission, may


class Allowed:
    """Whether the user of a request has a permission, by the end of its name."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __getitem__(self, codename: str) -> bool:
        return may(self.request, Permission(f"permissions.{codename}"))


def allowed(request: HttpRequest) -> dict[str, Any]:
    """In place of Django's `perms`, which doesn't know that a limit to some accounts takes permissions away."""
    return {"perms": {"permissions": Allowed(request)}}
