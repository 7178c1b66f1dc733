"""What follows from signals: a session begins; changed passwords and factors and wrong codes are written down."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.sign_in.session_limits import begin


@receiver(user_logged_in)
def _session_began(request: HttpRequest, user: User, **kwargs: Any) -> None:
    # allauth keeps a list of the sessions that it began; this keeps those of Cloudflare Access, too.
    begin(request)
    UserSession.objects.create_from_request(request, user=user)


@receiver([password_changed, password_set])
def _password_changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, Action.PASSWORD_CHANGED, user.get_username())


@receiver(authenticator_added)
def _factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, Action.FACTORS_CHANGED, user.get_username(), added=str(authenticator))


@receiver(authenticator_removed)
def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, Action.FACTORS_CHANGED, user.get_username(), removed=str(authenticator))


@receiver(authenticator_reset)
def _recovery_codes_made(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, Action.FACTORS_CHANGED, user.get_username(), replaced=str(authenticator))


@receiver(authentication_failed)
def _wrong_code(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, Action.SIGN_IN_FAILED, username=user.get_username(), by=str(authenticator))
