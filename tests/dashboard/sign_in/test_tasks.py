"""What is over is deleted: sessions with their addresses, and counts of tries."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from dashboard.sign_in.models import CachedValue
from dashboard.sign_in.tasks import forget_ended_sessions
from tests.conftest import NOW


def test_ended_sessions_are_forgotten(make_user, time_machine, settings):
    settings.SESSION_COOKIE_AGE = 12 * 3600
    user, old, new = make_user("sam"), Client(), Client()
    old.force_login(user)
    cache.set("old", 1, 60)
    time_machine.move_to(NOW + timedelta(hours=13), tick=False)
    new.force_login(user)
    cache.set("new", 1, 60)
    forget_ended_sessions()
    key = new.session.session_key
    assert [session.session_key for session in Session.objects.all()] == [key]
    assert [session.session_key for session in UserSession.objects.all()] == [key]
    assert [value.cache_key for value in CachedValue.objects.all()] == [":1:new"]
