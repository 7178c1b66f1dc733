"""What is said of failed sign-ins to the person whose user name was tried."""

from __future__ import annotations

from django.contrib.auth.models import User

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.page.wording import exact_moment


def failures_since(user: User) -> str:
    """A sentence about the failed sign-ins since the last successful one; blank if there were none."""
    since = user.last_login or user.date_joined
    failed = AuditEntry.objects.filter(username=user.get_username(), at__gt=since, action=Action.SIGN_IN_FAILED)
    count = failed.count()
    if not count:
        return ""
    times = "1 failed sign-in" if count == 1 else f"{count:,} failed sign-ins"
    wish = "If that wasn’t you, change your password and tell whoever runs Gatehouse."
    return f"{times} since {exact_moment(since)}. {wish}"
