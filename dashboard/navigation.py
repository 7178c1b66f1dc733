"""What surrounds every page: links to the rooms, how fresh the data is, and whether it is real."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.changes.views import ChangeListView
from dashboard.lists.views import FilteredList
from dashboard.logins.by_app.views import AppListView
from dashboard.logins.by_person import PersonListView
from dashboard.logins.views import LoginListView
from dashboard.page.limits import LONGEST_QUERY
from dashboard.page.viewer import Viewer
from dashboard.people.deprovisioned import DeprovisionedView
from dashboard.people.views import PeopleView
from dashboard.permissions.permission import Permission, may
from dashboard.policies.list import ObjectListView
from dashboard.scim.problems.views import ProblemListView
from dashboard.scim.views import ScimListView
from logsync.derived.counts import count_denied_attempts
from logsync.health.streams import is_late
from logsync.models import AccessRequest, HourlyCount, ScimProblemStatus, Stream
from logsync.scim.history.problem_lifecycle import UNANSWERED
from logsync.spans import END, Span


class Room(NamedTuple):
    """A link: the name of its address, its icon and word, and whether it belongs under one before.

    `number` stands beside it; `is_bad` if it counts something to fix. Who lacks `permission` isn't offered the link.
    """

    name: str
    icon: str
    word: str
    is_sub: bool = False
    number: str = ""
    is_bad: bool = False
    permission: Permission | None = None

    @classmethod
    def of(
        cls, view: type[FilteredList], icon: str, *, is_sub: bool = False, permission: Permission | None = None
    ) -> Room:
        """The link to a list, under the list's own word."""
        return cls(view.list_name, icon, view.word, is_sub, permission=permission)


ROOMS = (
    Room.of(LoginListView, "login-2"),
    Room.of(AppListView, "apps", is_sub=True),
    Room.of(PersonListView, "users", is_sub=True),
    Room.of(ScimListView, "replace"),
    Room.of(ProblemListView, "exclamation-circle", is_sub=True),
    Room.of(PeopleView, "user-search"),
    Room.of(DeprovisionedView, "user-off", is_sub=True),
    Room.of(ObjectListView, "shield-lock", permission=Permission.VIEW_POLICIES),
    Room.of(ChangeListView, "history", is_sub=True, permission=Permission.VIEW_POLICIES),
    Room("what-if:edit", "player-play", "What if", is_sub=True, permission=Permission.VIEW_POLICIES),
)
# Every page counts the denials of so long a time.
RECENT = timedelta(hours=24)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the frame, without any data for people who have not signed in."""
    address = request.get_full_path()
    rooms = [room for room in ROOMS if room.permission is None or may(request, room.permission)]
    context: dict[str, Any] = {
        "viewer": Viewer.of(request),
        "simulated": settings.SIMULATED,
        "rooms": rooms,
        # Where forms of the frame lead back to; an address that is too long is not written again.
        "here": address if len(address) <= LONGEST_QUERY else request.path,
    }
    if may(request, Permission.VIEW_EVENTS):
        context |= _freshness() | {"rooms": [_counted(room) for room in rooms]}
    return context


def freshness(request: HttpRequest) -> HttpResponse:
    """How fresh the data is now, for a page that has been open for a while."""
    return HttpResponse(render_to_string("page/freshness.html", _freshness()))


def _freshness() -> dict[str, Any]:
    streams = list(Stream.objects.filter(is_active=True))
    succeeded = [stream.succeeded_at for stream in streams if stream.succeeded_at]
    now = timezone.now()
    return {
        "broken_streams": sum(1 for stream in streams if stream.error),
        # The data is as fresh as the stream that lags most.
        "synced_at": min(succeeded) if succeeded and len(succeeded) == len(streams) else None,
        "is_late": any(is_late(stream, now) for stream in streams),
        "now": now,
    }


def _counted(room: Room) -> Room:
    if room.name == "logins:by-app":
        return room._replace(number=_denials())
    if room.name == "scim:problems":
        return room._replace(number=_open_problems(), is_bad=True)
    return room


def _denials() -> str:
    """How many denied attempts of people there were lately."""
    lately = Span(timezone.now() - RECENT, END)
    count = count_denied_attempts(AccessRequest.objects.all(), HourlyCount.objects.all(), lately)
    return f"{count:,}" if count else ""


def _open_problems() -> str:
    """How many SCIM problems still have failing resources, by the index of their states."""
    unanswered = ScimProblemStatus.objects.filter(state__in=UNANSWERED, problem__is_ignored=False)
    count = unanswered.order_by().values("problem").distinct().count()
    return f"{count:,} open" if count else ""
