"""Your account: the password, two-step sign-in and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.views import PasswordChangeView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.accounts.factors import has_second_factor
from dashboard.accounts.sessions import end_sessions, sessions_of
from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.saved.models import signed_in_user
from dashboard.sign_in.browsers import browser_words
from dashboard.sign_in.session_limits import NOTICE

NO_PASSWORD = "Your account has no password in Gatehouse: change the one that you sign in with elsewhere."


@dataclass(frozen=True, kw_only=True)
class AccountContext:
    """The page of an account. Whoever signs in only by a provider has no password here."""

    has_password: bool
    has_second_factor: bool
    # How many sessions there are besides this one.
    others: int


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session as it is shown; `key` tells it from the others and is no secret."""

    key: int
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class SessionsContext:
    """The page of sessions."""

    sessions: Sequence[Session]


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What there is to set."""
    user = signed_in_user(request)
    context = AccountContext(
        has_password=user.has_usable_password(),
        has_second_factor=has_second_factor(user),
        others=len(sessions_of(user)) - 1,
    )
    return render(request, "sign_in/account.html", vars(context))


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where somebody is signed in; a form ends one session, or all but this one."""
    user = signed_in_user(request)
    if request.method != "POST":
        context = SessionsContext(sessions=[_shown(request, session) for session in sessions_of(user)])
        return render(request, "sign_in/sessions.html", vars(context))
    this = request.session.session_key
    if "session" in request.POST:
        only = [session for session in sessions_of(user) if str(session.pk) == request.POST["session"]]
        ended = end_sessions(request, user, but=this, only=only)
    else:
        ended = end_sessions(request, user, but=this)
    messages.success(request, _words_of(ended))
    return redirect("usersessions_list")


class ChangePasswordView(PasswordChangeView):
    """Changing a password, for whoever has one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not signed_in_user(request).has_usable_password():
            raise PermissionDenied(NO_PASSWORD)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


class PasswordLinkView(PasswordResetConfirmView):
    """Setting a password by the link that an admin made (`accounts/password_link.py`)."""

    template_name = "sign_in/password_link.html"
    success_url = reverse_lazy("account_login")

    def get_user(self, uidb64: str) -> User | None:
        """The user of the link; None, as for a wrong link, if the account is disabled."""
        user: User | None = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record(self.request, Action.PASSWORD_CHANGED, form.user.get_username(), by="link")
        self.request.session[NOTICE] = "Your password is set. Sign in with it."
        return response


def _shown(request: HttpRequest, session: UserSession) -> Session:
    return Session(
        key=session.pk,
        browser=browser_words(session.user_agent),
        address=session.ip,
        began_at=session.created_at,
        seen_at=session.last_seen_at,
        is_this=session.session_key == request.session.session_key,
    )


def _words_of(ended: int) -> str:
    if not ended:
        return "No session was ended: there was no other."
    return "1 session was ended." if ended == 1 else f"{ended} sessions were ended."
