"""What somebody may do, as Django permissions."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest


class Permission(StrEnum):
    """A permission by its name in Django: `user.has_perm(Permission.EXPORT)`, `{% if perms.permissions.export %}`."""

    VIEW_EVENTS = "permissions.view_events"
    EXPORT = "permissions.export"
    VIEW_UNMASKED = "permissions.view_unmasked"
    REVEAL = "permissions.reveal"
    CHANGE_PROBLEMS = "permissions.change_problems"
    VIEW_POLICIES = "permissions.view_policies"
    VIEW_AUDIT = "permissions.view_audit"
    MANAGE_SYNC = "permissions.manage_sync"
    MANAGE_USERS = "permissions.manage_users"
    ERASE_PERSON = "permissions.erase_person"

    @property
    def codename(self) -> str:
        return self.value.partition(".")[2]


# What each one allows, as it is said to people: "Your role doesn’t let you …".
DESCRIPTIONS = {
    Permission.VIEW_EVENTS: "see logins, SCIM updates and people",
    Permission.EXPORT: "export lists",
    Permission.VIEW_UNMASKED: "see IP addresses and request bodies unmasked",
    Permission.REVEAL: "reveal masked IP addresses and request bodies, giving a reason",
    Permission.CHANGE_PROBLEMS: "ignore SCIM problems and write notes on them",
    Permission.VIEW_POLICIES: "see Access policies rule by rule, and how they changed",
    Permission.VIEW_AUDIT: "see the audit log",
    Permission.MANAGE_SYNC: "start syncs and backfills",
    Permission.MANAGE_USERS: "manage users and their roles",
    Permission.ERASE_PERSON: "export and erase everything about a person",
}


# Held by users who are limited to some accounts (see `account_limits`). No role has it: it only takes away.
LIMITED = "permissions.limited_to_accounts"
LIMITED_WORDS = "see only some Cloudflare accounts"


# What these allow is about every account at once, so nobody may who is limited to some; who manages users could lift
# the limit.
FOR_ALL_ACCOUNTS = (Permission.VIEW_AUDIT, Permission.MANAGE_USERS, Permission.ERASE_PERSON)


def is_limited(user: User | AnonymousUser) -> bool:
    """Whether a user may see only some Cloudflare accounts; a superuser, who has every permission, sees them all."""
    return not user.is_superuser and user.has_perm(LIMITED)


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the user of this request has the permission, and no limit that takes it away."""
    user: User | AnonymousUser | None = getattr(request, "user", None)
    if user is None or not user.has_perm(permission):
        return False
    return permission not in FOR_ALL_ACCOUNTS or not is_limited(user)
