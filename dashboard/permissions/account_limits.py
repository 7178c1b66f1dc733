"""Which Cloudflare accounts a user may see: all of them, or only those that an admin chose.

A user with a limit holds the permission LIMITED, which a page has read with the others by then; so a user without one
costs no query. A superuser sees every account.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.models import Permission as StoredPermission
from django.db import transaction

from dashboard.permissions.models import AccountLimit
from dashboard.permissions.permission import LIMITED, is_limited
from logsync.models import Account

ONLY_SOME_ACCOUNTS = (
    "This is about all Cloudflare accounts, and you may see only some of them. Ask an admin who may see them all."
)


def visible_accounts(user: User | AnonymousUser) -> frozenset[int] | None:
    """The primary keys of the accounts whose rows a user may see; None if they may see all."""
    if not is_limited(user):
        return None
    chosen = AccountLimit.accounts.through._default_manager.filter(accountlimit__user=user.pk)
    return frozenset(chosen.values_list("account_id", flat=True))


def limit_of(user: User) -> list[Account]:
    """The accounts that a user is limited to; none if they may see all."""
    limit = AccountLimit.objects.filter(user=user).first()
    return list(limit.accounts.all()) if limit else []


def set_limit(user: User, accounts: Iterable[Account]) -> None:
    """Limit a user to these accounts; to none lifts the limit. It holds from their next request on."""
    accounts = list(accounts)
    limited = StoredPermission.objects.get(codename=LIMITED.partition(".")[2], content_type__app_label="permissions")
    with transaction.atomic():
        if accounts:
            limit, _ = AccountLimit.objects.get_or_create(user=user)
            limit.accounts.set(accounts)
            user.user_permissions.add(limited)
        else:
            AccountLimit.objects.filter(user=user).delete()
            user.user_permissions.remove(limited)
