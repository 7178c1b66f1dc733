"""The second factors of a person: authenticator app, passkeys, recovery codes."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record


def has_second_factor(user: User) -> bool:
    """Whether a password alone doesn't sign this person in."""
    # Recovery codes come with another factor, and go with the last one.
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def remove_factors(request: HttpRequest, user: User) -> None:
    """Remove every second factor, for somebody who has lost them, and write it down."""
    removed = Authenticator.objects.filter(user=user)
    names = sorted(str(factor) for factor in removed)
    removed.delete()
    record(request, Action.FACTORS_CHANGED, user.get_username(), removed=names)
