"""Notes when each user was last here, without a write for each request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from dashboard.users.models import LastSeen

# While somebody keeps opening pages, it is noted once in so long a time.
EVERY = timedelta(minutes=5)
NOTED = "last_seen_noted"


class NoteLastSeen:
    """Notes the visit of whoever is signed in; the session knows when that was done, so nothing more is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> None:
        # A page for everyone may have to work without a database.
        if getattr(view_func, "login_required", True) and request.user.is_authenticated:
            _note(request)


def _note(request: HttpRequest) -> None:
    now = timezone.now()
    noted, moment = request.session.get(NOTED, 0), int(now.timestamp())
    if 0 <= moment - noted < EVERY.total_seconds():
        return
    request.session[NOTED] = moment
    LastSeen.objects.update_or_create(user=request.user, defaults={"at": now})
