"""A second factor for the roles that the operator names in REQUIRE_MFA."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from dashboard.accounts.factors import has_second_factor
from dashboard.permissions.role import Role
from dashboard.saved.models import signed_in_user

FIRST = "Your role needs two-step sign-in. Set it up under your name in the sidebar first."


def lacks_required_factor(request: HttpRequest) -> bool:
    """Whether this person has to set up a second factor before anything else.

    Whoever has no password here signs in elsewhere, and is asked for a second factor there.
    """
    if not settings.REQUIRE_MFA or settings.CF_ACCESS_AUD or request.path.startswith(reverse("account")):
        return False
    user = signed_in_user(request)
    return _needs_factor(user) and not has_second_factor(user)


def ask_for_factor(request: HttpRequest) -> HttpResponseRedirect:
    """Lead a page to where a factor is set up; whatever else was asked for is refused with a sentence."""
    is_page = request.method == "GET" and request.path.endswith("/") and "HX-Request" not in request.headers
    if not is_page:
        raise PermissionDenied(FIRST)
    return HttpResponseRedirect(reverse("mfa_index"))


def _needs_factor(user: User) -> bool:
    if not user.has_usable_password():
        return False
    if user.is_superuser and Role.ADMIN in settings.REQUIRE_MFA:
        return True
    return user.groups.filter(name__in=settings.REQUIRE_MFA).exists()
