"""What somebody is told who may not do something, and how it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.audit_log.record import record
from dashboard.permissions.permission import DESCRIPTIONS, Permission, may
from dashboard.permissions.roles import Role, roles_of, roles_with

# A loop must not flood the audit log: so many refusals of one person are recorded in so long a time.
MOST_RECORDED = 20
RECORDED_WITHIN = timedelta(minutes=10)
UNDECLARED = "Nobody may open this address, because Gatehouse’s code doesn’t say who may. Tell whoever runs Gatehouse."


def refusal(request: HttpRequest, permission: Permission) -> str:
    """Why somebody without this permission is refused, what is missing, and whom to ask."""
    if not may(request, Permission.VIEW_EVENTS):
        return no_role()
    assert isinstance(request.user, User)
    roles = roles_of(request.user)
    yours = f"Your {'roles' if len(roles) > 1 else 'role'}, {_listed(roles)}," if roles else "Your account"
    allow = f"{_listed(others)} {'do' if len(others) > 1 else 'does'}" if (others := roles_with(permission)) else ""
    return (
        f"{yours} {'don’t' if len(roles) > 1 else 'doesn’t'} let you {DESCRIPTIONS[permission]}"
        f"{f'; {allow}' if allow else ''}. If you need to, ask {whom_to_ask()}."
    )


def no_role() -> str:
    """What somebody without any role is told."""
    return f"Your account doesn’t have a role yet, so it can’t see anything here. Ask {whom_to_ask()} for a role."


def whom_to_ask() -> str:
    """Who gives people their roles; the names of the admins are not shown to strangers."""
    contact: str = settings.ACCESS_CONTACT
    return contact or "whoever runs Gatehouse"


def record_refusal(request: HttpRequest, permission: Permission) -> None:
    """Write a refusal into the audit log, unless many of the same person were written there just now."""
    user: User | AnonymousUser = request.user
    lately = AuditEntry.objects.filter(
        at__gt=timezone.now() - RECORDED_WITHIN, action=Action.REFUSED, username=user.get_username()
    )
    before = len(lately.order_by().values_list("pk")[:MOST_RECORDED])
    if before >= MOST_RECORDED:
        return
    further = f"not recorded for up to {RECORDED_WITHIN.seconds // 60} minutes" if before + 1 == MOST_RECORDED else ""
    record(
        request,
        Action.REFUSED,
        request.path,
        permission=permission.codename,
        **({"further_refusals": further} if further else {}),
    )


def _listed(roles: Sequence[Role]) -> str:
    """ "Helpdesk", "Helpdesk and Analyst", "Analyst, Security and Admin"."""
    *first, last = [role.label for role in roles]
    return f"{', '.join(first)} and {last}" if first else last
