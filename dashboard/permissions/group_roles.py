"""Roles from the groups that somebody has at the identity provider, as ROLE_GROUPS maps them.

They are applied at each sign-in, and taken away when the group is gone. A role that an admin gave by hand stays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.permissions.models import RolesFromGroups
from dashboard.permissions.role import Role


def roles_for(groups: Collection[str]) -> frozenset[Role]:
    """The roles that ROLE_GROUPS gives to somebody in these groups; names of groups are compared exactly."""
    return frozenset(Role(role) for role, names in settings.ROLE_GROUPS.items() if not names.isdisjoint(groups))


def roles_from_groups(user: User) -> frozenset[Role]:
    """Which of a user's roles came from groups. An admin can't take these away for good: the next sign-in gives them
    back, so the group has to be left at the identity provider, or the account disabled."""
    kept = RolesFromGroups.objects.filter(user=user).first()
    return frozenset(Role(name) for name in kept.roles) if kept else frozenset()


def give_by_hand(user: User, role: Role) -> None:
    """Give a role that stays, whatever groups the user has; also one that came from a group until now."""
    with transaction.atomic():
        user.groups.add(Group.objects.get(name=role))
        kept = RolesFromGroups.objects.select_for_update().filter(user=user).first()
        if kept and role in kept.roles:
            kept.roles = [name for name in kept.roles if name != role]
            kept.save(update_fields=["roles"])


def apply_groups(request: HttpRequest, user: User, roles: Collection[Role], as_of: datetime) -> None:
    """Let a user have these roles from groups and no others, besides those given by hand; changes are recorded.

    `roles` is what `roles_for` says of the groups that the identity provider named at `as_of`.
    """
    with transaction.atomic():
        kept, _ = RolesFromGroups.objects.select_for_update().get_or_create(user=user, defaults={"as_of": as_of})
        if as_of < kept.as_of:
            return
        before, has = set(kept.roles), set(user.groups.filter(name__in=Role.values).values_list("name", flat=True))
        given, taken = set(roles) - has, before & has - set(roles)
        user.groups.add(*Group.objects.filter(name__in=given))
        user.groups.remove(*Group.objects.filter(name__in=taken))
        kept.roles, kept.as_of = sorted(set(roles) - (has - before)), as_of
        kept.save()
        if given or taken:
            record(
                request,
                Action.ROLES_CHANGED,
                user.get_username(),
                username=user.get_username(),
                before=sorted(has),
                after=sorted(has - taken | given),
                because="groups at the identity provider",
            )
