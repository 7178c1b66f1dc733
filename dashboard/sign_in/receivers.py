"""Writes down what allauth tells by its signals: changed passwords and second factors, and wrong codes."""

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
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record


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
