"""The roles: each is a Django group with permissions."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.contrib.auth.models import Permission as StoredPermission

from dashboard.permissions.permission import Permission
from dashboard.permissions.role import Role as Role

_HELPDESK = frozenset({Permission.VIEW_EVENTS})
_ANALYST = _HELPDESK | {Permission.EXPORT, Permission.VIEW_UNMASKED}
_SECURITY = _ANALYST | {Permission.REVEAL, Permission.CHANGE_PROBLEMS, Permission.VIEW_POLICIES, Permission.VIEW_AUDIT}

PERMISSIONS = {
    Role.HELPDESK: _HELPDESK,
    Role.ANALYST: _ANALYST,
    Role.SECURITY: _SECURITY,
    Role.ADMIN: frozenset(Permission),
}


def roles_of(user: User) -> list[Role]:
    """The roles that somebody was given. A superuser may do everything without any."""
    names = {group.name for group in user.groups.all()}
    return [role for role in Role if role in names]


def roles_with(permission: Permission) -> list[Role]:
    """The roles that have this permission."""
    return [role for role in Role if permission in PERMISSIONS[role]]


def make_roles(using: str = "default") -> None:
    """Make each role's group, with exactly the permissions that it has here."""
    stored = StoredPermission.objects.using(using).filter(content_type__app_label="permissions")
    by_codename = {permission.codename: permission for permission in stored}
    for role, permissions in PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.set([by_codename[permission.codename] for permission in permissions])
