"""What Gatehouse decides differently from allauth."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.audit_log.actions import Action
from dashboard.audit_log.client_ip import client_ip
from dashboard.audit_log.record import record
from dashboard.page.views import is_own_address
from dashboard.sign_in.failures import failures_since
from dashboard.sign_in.rate_limits import count_try, remember

MESSAGES = {
    "account/messages/password_changed.txt": "Your password is changed, and your other sessions have ended.",
    "account/messages/password_set.txt": "Your password is set.",
    "mfa/messages/totp_activated.txt": "The authenticator app is set up.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "The passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "mfa/messages/recovery_codes_generated.txt": "You have new recovery codes. Keep them somewhere safe.",
}

NOTHING_TO_CONFIRM = (
    "To change this you have to confirm that it’s you, and your account has neither a password nor a second step in "
    "Gatehouse. Sign out, sign in again, and change it within five minutes."
)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; tries are limited; who signs in or out is written down."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "There were too many wrong codes. Wait five minutes, then try again.",
        "rate_limited": "There were too many wrong codes. Wait five minutes, then try again.",
        "incorrect_password": "The password is wrong.",
        "enter_current_password": "This isn’t your current password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return is_own_address(context.request, url or "")

    def get_client_ip(self, request: HttpRequest) -> str:
        # A server that listens on a socket of the file system sees no address; all its clients count as one.
        return client_ip(request) or "0.0.0.0"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say what allauth has a template for in words of ours; whatever has none there is not worth saying."""
        if words := message or MESSAGES.get(message_template or ""):
            messages.add_message(request, level, words, extra_tags)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        # `authenticate` rolls this back if the password is right.
        self._login_failed_rl_usage = count_try(request, credentials["username"])

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record(request, Action.SIGN_IN_FAILED, username=credentials["username"], by="password")

    def login(self, request: HttpRequest, user: User) -> None:
        by = [_words(entry) for entry in get_authentication_records(request, user)]
        failed = failures_since(user)
        super().login(request, user)
        record(request, Action.SIGNED_IN, by=", ".join(by))
        if failed:
            messages.warning(request, failed)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(request, response, user.get_username())
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """How somebody can show again that it is they. Raises PermissionDenied if there is no way."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not methods:
            raise PermissionDenied(NOTHING_TO_CONFIRM)
        return methods

    def logout(self, request: HttpRequest) -> None:
        record(request, Action.SIGNED_OUT)
        super().logout(request)


def _words(entry: dict[str, Any]) -> str:
    """How somebody proved who they are, as allauth noted it in the session."""
    kind = entry.get("type") or entry["method"]
    if kind == "webauthn":
        return "passkey" if entry.get("passwordless") else "security key"
    if kind == "socialaccount":
        return "OpenID Connect"
    return {"totp": "authenticator app", "recovery_codes": "recovery code"}.get(kind, kind)
