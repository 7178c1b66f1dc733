"""A session ends when nothing was done for a while, and in any case after some hours."""

from __future__ import annotations

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.page.headers import BACKGROUND
from logsync.words import duration

# In the session, as seconds since 1970: when somebody signed in, and when they last did something.
STARTED, ACTIVE = "started", "active"
# In the session of somebody who is not signed in: a sentence for the page to sign in on.
NOTICE = "notice"
# So seldom is it noted that somebody is there.
NOTE_EVERY_SECONDS = 60


def begin(request: HttpRequest) -> None:
    """Note that the session of this request begins."""
    request.session[STARTED] = request.session[ACTIVE] = int(time.time())


def end_if_over(request: HttpRequest) -> bool:
    """End the session of this request if it is over, or else note that somebody is there; whether it ended.

    Where Cloudflare Access signs people in, it says how long; a session that ended here would begin anew at once.
    """
    if settings.CF_ACCESS_AUD:
        return False
    now = int(time.time())
    started, active = request.session.get(STARTED, now), request.session.get(ACTIVE, now)
    if now - active >= settings.SESSION_IDLE.total_seconds():
        words = f"You were signed out because nothing happened for {duration(settings.SESSION_IDLE)}. Sign in to go on."
        return _end(request, "idle", words)
    if now - started >= settings.SESSION_LENGTH.total_seconds():
        words = f"You were signed out because a session lasts {duration(settings.SESSION_LENGTH)}. Sign in to go on."
        return _end(request, "length", words)
    if BACKGROUND not in request.headers and (ACTIVE not in request.session or now - active >= NOTE_EVERY_SECONDS):
        request.session.setdefault(STARTED, now)
        request.session[ACTIVE] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
    return False


def _end(request: HttpRequest, reason: str, words: str) -> bool:
    record(request, Action.SESSIONS_ENDED, request.user.get_username(), reason=reason)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
    request.session[NOTICE] = words
    return True
