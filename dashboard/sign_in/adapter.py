"""What Gatehouse decides differently from allauth."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest

from dashboard.page.views import is_own_address


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves, and messages are only those that somebody needs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return is_own_address(context.request, url or "")

    def add_message(self, *args: object, **kwargs: object) -> None:
        """The page after signing in or out says it all."""
