"""What SCIM calls the groups of identity providers that rules mention by an id, such as those of Entra ID."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Max

from logsync.derived.scim_problems import updates_of
from logsync.models import ScimIdentifier
from logsync.models.events import root_of

Kind = ScimIdentifier.Kind
GROUP = "GROUP"


def group_roots(accounts: Collection[int], values: Collection[str]) -> dict[tuple[int, str], set[int]]:
    """The groups that bear one of these names or ids in these accounts: their roots by account and name or id.

    Names are compared without regard to case, and are here in lower case as SCIM's identifiers have them.
    """
    wanted = {*values, *(value.casefold() for value in values)}
    if not wanted:
        return {}
    rows = ScimIdentifier.objects.filter(account__in=accounts, resource_type=GROUP, value__in=wanted).order_by()
    found: dict[tuple[int, str], set[int]] = {}
    for account, value, root in rows.annotate(root=root_of("resource")).values_list("account_id", "value", "root"):
        found.setdefault((account, value), set()).add(root)
    return found


def names_of_groups(roots: Collection[int]) -> dict[int, str]:
    """The newest name of each of these groups, as SCIM writes it."""
    if not roots:
        return {}
    named = updates_of(roots).exclude(resource_group_name="").order_by()
    rows = named.values("root", "resource_group_name").annotate(newest=Max("logged_at"))
    return {
        root: name
        for root, name, _ in sorted(
            rows.values_list("root", "resource_group_name", "newest"), key=lambda row: (row[2], row[1])
        )
    }


def provider_group_names(accounts: Collection[int], values: Collection[str]) -> dict[tuple[int, str], str]:
    """The names of those groups of providers that are mentioned by an id: by account and id. Two queries."""
    found = group_roots(accounts, values)
    names = names_of_groups({root for roots in found.values() for root in roots})
    return {
        key: names[root]
        for key, roots in found.items()
        for root in sorted(roots)
        if root in names and names[root].casefold() != key[1].casefold()
    }
