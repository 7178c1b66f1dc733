"""What `manage.py check` says about the declarations."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from dashboard.permissions.declare import declared_for, declared_routes


def every_url_is_declared(**kwargs: Any) -> list[CheckMessage]:
    """An error for each URL that nobody may open because the code doesn't say who may."""
    return [
        Error(
            f"The URL /{route} doesn’t declare who may open it, so it is refused to everyone.",
            hint="Wrap its view in requires(Permission.X, view), signed_in(view) or public(view).",
            obj=view,
            id="permissions.E001",
        )
        for route, view in declared_routes()
        if not declared_for(view)
    ]
