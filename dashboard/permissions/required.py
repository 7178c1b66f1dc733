"""Checks each request against the declaration beside its URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.permissions.declare import PUBLIC, SIGNED_IN, declared_for
from dashboard.permissions.permission import DESCRIPTIONS, Permission, may

UNDECLARED = "Nobody may open this address, as the code does not say who may. Tell whoever runs Gatehouse."


class RequiredPermission:
    """Refuses whoever lacks the permission that a view is declared with; a view without a declaration is nobody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> None:
        declared = declared_for(view_func)
        if declared in (PUBLIC, SIGNED_IN):
            return
        if not declared:
            raise PermissionDenied(UNDECLARED)
        permission = Permission(declared)
        if not may(request, permission):
            record(request, Action.REFUSED, request.path, permission=permission.codename)
            raise PermissionDenied(refusal(permission))


def refusal(permission: Permission) -> str:
    """Why somebody without this permission is refused, and what to do."""
    return f"Your role may not {DESCRIPTIONS[permission]}. Ask an admin of Gatehouse if you need to."
