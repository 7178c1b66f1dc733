"""Refused sign-ins in the audit log: whoever is refused can repeat it at will, so not each one is written down."""

from __future__ import annotations

import logging
from datetime import timedelta
from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.client_ip import client_ip
from dashboard.audit_log.record import record

logger = logging.getLogger(__name__)

# For each address and reason there is one entry in so long, and for everyone together so many.
ONCE_IN = timedelta(minutes=1)
MOST_IN_ALL = 60


def record_sometimes(request: HttpRequest, action: Action, *, by: str, reason: str, username: str = "") -> None:
    """Write a refusal down, unless the same one was written down a moment ago."""
    seconds = ONCE_IN.total_seconds()
    same = sha256(f"{by} {reason} {client_ip(request)}".encode()).hexdigest()
    # Looked up first, so that a flood of refusals only reads.
    if cache.get(f"refused:{same}") or not cache.add(f"refused:{same}", True, seconds):
        return
    cache.add("refused", 0, seconds)
    try:
        count = cache.incr("refused")
    except ValueError:
        # The minute ended just now.
        count = 1
    if count <= MOST_IN_ALL:
        logger.warning("%s: a request was refused (%s)", by, reason)
        record(request, action, request.path, username=username, by=by, reason=reason)
