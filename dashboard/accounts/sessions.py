"""The sessions of a person, and ending them.

Permissions are read from the database at each request, so a role that is taken away needs no ended session, and a
disabled account is nobody from the next request on.
"""

from __future__ import annotations

from collections.abc import Sequence

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record


def sessions_of(user: User) -> list[UserSession]:
    """The sessions that somebody can still use, the latest used first."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda session: session.last_seen_at, reverse=True)


def end_sessions(
    request: HttpRequest, user: User, *, but: str | None = "", only: Sequence[UserSession] | None = None
) -> int:
    """End all sessions of `user`, or `only` some, and write it down; how many there were.

    The one with the key `but` goes on.
    """
    chosen = sessions_of(user) if only is None else only
    ended = [session for session in chosen if session.session_key != but]
    for session in ended:
        session.end()
    if ended:
        record(request, Action.SESSIONS_ENDED, user.get_username(), sessions=len(ended))
    return len(ended)
