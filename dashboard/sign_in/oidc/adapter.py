"""What Gatehouse decides about a sign-in by the identity provider, where allauth asks."""

from __future__ import annotations

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, Provider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from dashboard.audit_log.actions import Action
from dashboard.page.errors import error_page
from dashboard.permissions.group_roles import apply_groups
from dashboard.sign_in.oidc.identity import OidcLogin, account_of
from dashboard.sign_in.oidc.provider import ProviderAnswerError
from dashboard.sign_in.recorded import record_sometimes

logger = logging.getLogger(__name__)

FAILED = "Your identity provider’s answer can’t be used. Try again; if it happens again, tell whoever runs Gatehouse."
STALE = "This sign-in is too old, or was begun in another browser. Sign in again."


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Finds or makes the account, brings its roles up to date, and refuses with a page that says why."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if not isinstance(sociallogin, OidcLogin) or sociallogin.identity.nonce != sociallogin.state.get("nonce"):
            raise ImmediateHttpResponse(_refused(request, STALE, "nonce"))
        identity = sociallogin.identity
        try:
            user = account_of(sociallogin)
        except PermissionDenied as refused:
            raise ImmediateHttpResponse(_refused(request, str(refused), "account", identity.username)) from refused
        if not sociallogin.is_existing:
            sociallogin.user = user
            sociallogin.save(request, connect=True)
        apply_groups(request, user, identity.roles, identity.as_of)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Answer with a page. What the provider sent stays out of the log, because a token may be in it."""
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        is_stale = exception is None and "state_id" in (extra_context or {})
        if not is_stale:
            logger.warning("Sign-in by the identity provider failed: %s", _said(exception))
        raise ImmediateHttpResponse(_refused(request, STALE if is_stale else FAILED, "state" if is_stale else "answer"))


def _said(exception: Exception | None) -> str:
    if exception is None:
        return "the provider refused it."
    return str(exception) if isinstance(exception, ProviderAnswerError) else type(exception).__name__


def _refused(request: HttpRequest, sentence: str, reason: str, username: str = "") -> HttpResponse:
    record_sometimes(request, Action.SIGN_IN_FAILED, by="OpenID Connect", reason=reason, username=username)
    return error_page(request, 403, "You can’t be signed in", [sentence])
