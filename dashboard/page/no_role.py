"""The one page of an account without a role: whom to ask, and nothing from the logs."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.permissions.refusals import no_role


@dataclass(frozen=True, kw_only=True)
class NoRoleContext:
    """What `page/no_role.html` is given."""

    sentence: str


def no_role_page(request: HttpRequest) -> HttpResponse:
    """In place of the overview."""
    return render(request, "page/no_role.html", vars(NoRoleContext(sentence=no_role())))
