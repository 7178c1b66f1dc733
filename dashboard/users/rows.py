"""Users with all that the pages say about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Permission as StoredPermission
from django.contrib.auth.models import User
from django.db.models import Q, TextChoices

from dashboard.permissions.models import AccountLimit, RolesFromGroups
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import PERMISSIONS, Role, roles_of
from dashboard.users.models import LastSeen
from logsync.models import Account


class State(TextChoices):
    """Whether an account can be used."""

    ACTIVE = "active", "Active"
    INVITED = "invited", "Invited"
    DISABLED = "disabled", "Disabled"


# Somebody who signs in elsewhere has no password here, but was here.
_NEVER_HERE = Q(last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
STATES = {
    State.ACTIVE: Q(is_active=True) & ~_NEVER_HERE,
    State.INVITED: Q(is_active=True) & _NEVER_HERE,
    State.DISABLED: Q(is_active=False),
}


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user. `roles` are all roles, `from_groups` those of them that follow from groups of the identity provider."""

    user: User
    roles: tuple[Role, ...]
    from_groups: frozenset[Role]
    # The Cloudflare accounts that they are limited to; none if they see all.
    accounts: tuple[Account, ...]
    # Whether they were given the permission to reveal masked data besides their role.
    may_reveal: bool
    has_second_factor: bool
    last_seen_at: datetime | None
    state: State

    @property
    def username(self) -> str:
        return self.user.get_username()

    @property
    def sort_name(self) -> str:
        return self.username.casefold()

    @property
    def name(self) -> str:
        return self.user.get_full_name()

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def account_words(self) -> str:
        """The accounts that they may see, by name."""
        return ", ".join(map(str, self.accounts)) or "All"

    @property
    def rank(self) -> int:
        """How much somebody may do, to sort by: a superuser most, somebody without a role least."""
        highest = max((list(Role).index(role) + 1 for role in self.roles), default=0)
        return len(Role) + 1 if self.user.is_superuser else highest

    @property
    def role_words(self) -> str:
        labels = [role.label for role in self.roles]
        return ", ".join([*(["Superuser"] if self.user.is_superuser else []), *labels])

    @property
    def by_hand(self) -> tuple[Role, ...]:
        """The roles that an admin gave here."""
        return tuple(role for role in self.roles if role not in self.from_groups)

    @property
    def source(self) -> str:
        """Where the roles come from; blank without any."""
        sources = [
            *(["createsuperuser"] if self.user.is_superuser else []),
            *(["by hand"] if self.by_hand else []),
            *(["group"] if self.from_groups else []),
        ]
        return ", ".join(sources)

    @property
    def sees_unmasked(self) -> bool:
        """Whether nothing is masked for them, so that there is nothing to reveal."""
        return self.user.is_superuser or any(Permission.VIEW_UNMASKED in PERMISSIONS[role] for role in self.roles)


def rows_of(users: Iterable[User]) -> list[UserRow]:
    """These users with what is said about them, by a fixed number of queries."""
    found = list(users)
    keys = [user.pk for user in found]
    groups = {kept.pk: frozenset(map(Role, kept.roles)) for kept in RolesFromGroups.objects.filter(pk__in=keys)}
    # Recovery codes alone are no second factor.
    factors = Authenticator.objects.filter(user__in=keys).exclude(type=Authenticator.Type.RECOVERY_CODES)
    with_factor = set(factors.values_list("user", flat=True))
    seen = dict(LastSeen.objects.filter(pk__in=keys).values_list("pk", "at"))
    limits = AccountLimit.objects.filter(pk__in=keys).prefetch_related("accounts")
    accounts = {limit.pk: tuple(limit.accounts.all()) for limit in limits}
    reveal = StoredPermission.objects.filter(codename=Permission.REVEAL.codename, user__in=keys)
    reveals = set(reveal.values_list("user", flat=True))
    return [
        UserRow(
            user=user,
            roles=tuple(roles_of(user)),
            from_groups=groups.get(user.pk, frozenset()) & frozenset(roles_of(user)),
            accounts=accounts.get(user.pk, ()),
            may_reveal=user.pk in reveals,
            has_second_factor=user.pk in with_factor,
            last_seen_at=seen.get(user.pk) or user.last_login,
            state=_state_of(user),
        )
        for user in found
    ]


def _state_of(user: User) -> State:
    if not user.is_active:
        return State.DISABLED
    return State.INVITED if user.last_login is None and not user.has_usable_password() else State.ACTIVE
