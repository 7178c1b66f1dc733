"""Whose desk it is."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest


def person_of(request: HttpRequest) -> User:
    """Who asks; every page has strangers sign in first."""
    return cast(User, request.user)
