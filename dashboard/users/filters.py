"""Filters of the list of users."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db.models import Q

from dashboard.lists.filters import ChoicesFilter, EventFilterSet, TextFilter
from dashboard.lists.parameters import any_text
from dashboard.permissions.roles import Role
from dashboard.users.rows import STATES, State

NONE, SUPERUSER = "none", "superuser"
ROLES = {role.value: Q(pk__in=Group.objects.filter(name=role).values("user")) for role in Role}
_WITH_ROLE = Group.objects.filter(name__in=Role.values, user__isnull=False).values("user")
FIELDS = ("username", "email", "first_name", "last_name")


class NameFilter(TextFilter):
    """Users with all words of one of the texts in their user name, e-mail address or name."""

    def condition(self, values: list[str]) -> Q:
        def holds(word: str) -> Q:
            found = Q()
            for field in FIELDS:
                found |= Q(**{f"{field}__holds": word})
            return found

        return any_text(values, holds)


class UserFilter(EventFilterSet):
    """Users by name, role and state."""

    account = None  # type: ignore[assignment]

    q = NameFilter(label="Name", field_name="username")
    role = ChoicesFilter(
        label="Role",
        choices=[("", "Any role"), *Role.choices, (SUPERUSER, "Superuser"), (NONE, "No role")],
        conditions={**ROLES, SUPERUSER: Q(is_superuser=True), NONE: Q(is_superuser=False) & ~Q(pk__in=_WITH_ROLE)},
    )
    state = ChoicesFilter(
        label="State",
        choices=[("", "Any state"), *State.choices],
        conditions={state.value: condition for state, condition in STATES.items()},
    )

    class Meta:
        fields: list[str] = []
