"""What admins change about an account: each change is checked, made in one transaction, and recorded."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import Group, User
from django.contrib.auth.models import Permission as StoredPermission
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from dashboard.accounts.factors import remove_factors
from dashboard.accounts.password_link import password_link
from dashboard.accounts.sessions import end_sessions
from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.permissions.account_limits import limit_of, set_limit
from dashboard.permissions.group_roles import give_by_hand, roles_from_groups
from dashboard.permissions.permission import LIMITED, Permission
from dashboard.permissions.roles import Role, roles_of
from logsync.models import Account

LAST_ADMIN = "{} is the last admin who can sign in, so nothing was changed. Make someone else an admin first."
OWN_ACCOUNT = "You can’t disable your own account. Ask another admin to do it."
OF_SUPERUSER = "Only a superuser can change a superuser’s account."


class RefusedChangeError(Exception):
    """A change that would do harm; the message says why it was not made, and what to do."""


def refuse_superusers(request: HttpRequest, user: User) -> None:
    """Whoever could change a superuser's account could become one."""
    assert isinstance(request.user, User)
    if user.is_superuser and not request.user.is_superuser:
        raise RefusedChangeError(OF_SUPERUSER)


def change_role(request: HttpRequest, user: User, role: Role | None) -> None:
    """Give somebody this role by hand and take other roles given by hand; those from groups stay."""
    with transaction.atomic():
        refuse_superusers(request, user)
        admins = _admins_locked()
        before = roles_of(user)
        by_groups = roles_from_groups(user)
        after = {role for role in before if role in by_groups} | ({role} if role else set())
        if Role.ADMIN in before and Role.ADMIN not in after and not user.is_superuser:
            _refuse_last_admin(user, admins)
        user.groups.remove(*Group.objects.filter(name__in=[one for one in before if one not in after]))
        if role:
            give_by_hand(user, role)
        _record_roles(request, user, before, [one for one in Role if one in after])


def change_reveal(request: HttpRequest, user: User, is_given: bool) -> None:
    """Give or take the permission to reveal masked data, besides what the role allows."""
    permission = StoredPermission.objects.get(codename=Permission.REVEAL.codename)
    with transaction.atomic():
        refuse_superusers(request, user)
        before = user.user_permissions.filter(pk=permission.pk).exists()
        (user.user_permissions.add if is_given else user.user_permissions.remove)(permission)
        if before != is_given:
            name = user.get_username()
            record(request, Action.ROLES_CHANGED, name, before={"reveal": before}, after={"reveal": is_given})


def change_accounts(request: HttpRequest, user: User, accounts: Sequence[Account]) -> None:
    """Limit somebody to some Cloudflare accounts; to none lifts the limit."""
    with transaction.atomic():
        refuse_superusers(request, user)
        if accounts:
            _refuse_last_admin(user, _admins_locked())
        before = sorted(account.account_id for account in limit_of(user))
        after = sorted(account.account_id for account in accounts)
        set_limit(user, accounts)
        if before != after:
            names = [{"accounts": ids or "all"} for ids in (before, after)]
            record(request, Action.ROLES_CHANGED, user.get_username(), before=names[0], after=names[1])


def change_active(request: HttpRequest, user: User, is_active: bool) -> None:
    """Disable an account and end its sessions, or enable it again."""
    with transaction.atomic():
        refuse_superusers(request, user)
        if not is_active:
            if user == request.user:
                raise RefusedChangeError(OWN_ACCOUNT)
            _refuse_last_admin(user, _admins_locked())
            end_sessions(request, user)
        before, user.is_active = user.is_active, is_active
        user.save(update_fields=["is_active"])
        if before != is_active:
            words = {True: "enabled", False: "disabled"}
            record(request, Action.ACCOUNT_CHANGED, user.get_username(), before=words[before], after=words[is_active])


def end_all_sessions(request: HttpRequest, user: User) -> int:
    """Sign somebody out everywhere, and say how many sessions that were."""
    refuse_superusers(request, user)
    return end_sessions(request, user)


def reset_second_factor(request: HttpRequest, user: User) -> None:
    """Take away every second factor, for somebody who has lost theirs."""
    refuse_superusers(request, user)
    remove_factors(request, user)


def new_link(request: HttpRequest, user: User) -> str:
    """A link that sets the password of an account, once.

    Somebody who has no password yet gets a new one that nobody can know, so that earlier links stop working.
    """
    refuse_superusers(request, user)
    if not user.is_active:
        raise RefusedChangeError("This account is disabled. Enable it first.")
    if not user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    record(request, Action.ACCOUNT_CHANGED, user.get_username(), made="a link that sets the password")
    return password_link(request, user)


def invite(request: HttpRequest, username: str, email: str, role: Role | None) -> User:
    """Make an account without a password; `new_link` makes the link by which its owner sets one."""
    with transaction.atomic():
        user = User.objects.create_user(username, email)
        if role:
            give_by_hand(user, role)
        record(request, Action.ACCOUNT_CHANGED, username, after="invited", role=role.value if role else "none")
    return user


def _record_roles(request: HttpRequest, user: User, before: list[Role], after: list[Role]) -> None:
    if before != after:
        names = [[role.value for role in roles] for roles in (before, after)]
        record(request, Action.ROLES_CHANGED, user.get_username(), before=names[0], after=names[1])


def _admins_locked() -> list[User]:
    """Everyone who can make others admins, while no other request changes that."""
    # Two admins who take each other's role at once wait for one another here.
    Group.objects.select_for_update().get(name=Role.ADMIN)
    is_admin = Q(is_superuser=True) | Q(pk__in=Group.objects.filter(name=Role.ADMIN).values("user"))
    # A limit to some accounts takes that away.
    limited = StoredPermission.objects.filter(codename=LIMITED.partition(".")[2], user__isnull=False).values("user")
    can_manage = is_admin & (Q(is_superuser=True) | ~Q(pk__in=limited))
    # Someone who has never signed in may not be able to.
    return list(User.objects.filter(can_manage, is_active=True, last_login__isnull=False))


def _refuse_last_admin(user: User, admins: list[User]) -> None:
    if admins == [user]:
        raise RefusedChangeError(LAST_ADMIN.format(user.get_username()))
