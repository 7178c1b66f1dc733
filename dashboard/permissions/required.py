"""Checks each request against the declaration beside its URL."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dashboard.permissions.account_limits import ONLY_SOME_ACCOUNTS
from dashboard.permissions.declare import PUBLIC, SIGNED_IN, declared_for, shown_otherwise
from dashboard.permissions.permission import Permission, may
from dashboard.permissions.refusals import UNDECLARED, record_refusal, refusal

logger = logging.getLogger(__name__)


class RequiredPermission:
    """Refuses whoever lacks the permission that a view is declared with; a view without a declaration is nobody's.

    It goes by the view, so every method (HEAD and OPTIONS, too) and every part of a page is treated alike. That
    somebody is signed in has been checked before.
    """

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
    ) -> HttpResponseBase | None:
        declared = declared_for(view_func)
        if declared in (PUBLIC, SIGNED_IN):
            return None
        if not declared:
            logger.error("Refused %s %s: its URL doesn’t declare who may open it.", request.method, request.path)
            raise PermissionDenied(UNDECLARED)
        permission = Permission(declared)
        if may(request, permission):
            return None
        if otherwise := shown_otherwise(view_func):
            return otherwise(request, *view_args, **view_kwargs)
        record_refusal(request, permission)
        is_for_the_limit = request.user.has_perm(permission)
        raise PermissionDenied(ONLY_SOME_ACCOUNTS if is_for_the_limit else refusal(request, permission))
