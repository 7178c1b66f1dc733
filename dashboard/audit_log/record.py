"""Writing an entry into the audit log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import LONGEST_NAME, LONGEST_SUBJECT, AuditEntry


def record(
    request: HttpRequest | None, action: Action, subject: str = "", *, username: str = "", **details: Any
) -> AuditEntry:
    """Write down what the user of this request does; without a request it is a command that does it.

    `username` is for a request whose user is not signed in, such as a refused sign-in. `details` must fit into JSON.
    """
    user = getattr(request, "user", None)
    name = username or (user.get_username() if user is not None and user.is_authenticated else "")
    return AuditEntry.objects.create(
        at=timezone.now(),
        username=name[:LONGEST_NAME],
        ip_address=request.META.get("REMOTE_ADDR") or None if request else None,
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        details=details,
    )
