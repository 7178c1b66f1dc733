"""Celery tasks of signing in. When they run is in `dashboard/celery.py`."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from dashboard.sign_in.models import CachedValue


@shared_task
def forget_ended_sessions() -> None:
    """Delete sessions that have ended, with the addresses and browsers of their people, and counts of old tries."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    CachedValue.objects.filter(expires__lt=now).delete()
