"""What surrounds every page: the way to the rooms, how fresh the data is, whose it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from dashboard.ui.viewer import Viewer
from logsync.models import Stream

# Address, icon, word, and whether it belongs under the one before.
ROOMS = (
    ("logins:list", "login-2", "Logins", False),
    ("logins:by-app", "", "Failed by app", True),
    ("scim:list", "replace", "SCIM", False),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the frame; nothing of the data for one who has not signed in."""
    context: dict[str, Any] = {"viewer": Viewer.of(request), "simulated": settings.SIMULATED, "rooms": ROOMS}
    # A request that is refused early, for its host name, has not got as far as having a user.
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context |= _freshness()
    return context


def _freshness() -> dict[str, Any]:
    streams = list(Stream.objects.filter(is_active=True))
    succeeded = [stream.succeeded_at for stream in streams if stream.succeeded_at]
    return {
        "broken_streams": sum(1 for stream in streams if stream.error),
        # The stream that lags most says how fresh the whole is.
        "synced_at": min(succeeded) if succeeded and len(succeeded) == len(streams) else None,
        "now": timezone.now(),
    }
