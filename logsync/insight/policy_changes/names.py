"""Names for what contents refer to by id, in two queries, whatever else the account has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logsync.cloudflare.policies import RuleGroup, RuleLists
from logsync.insight.policy_changes.references import Kind, mentioned
from logsync.insight.why.facts import ListItems, Surroundings
from logsync.models import AccessObject, IdentityProvider


@dataclass(frozen=True, slots=True)
class Names:
    """The newest names: of policies by id, and of what rules mention, as rules are worded by."""

    policies: Mapping[str, str] = field(default_factory=dict)
    surroundings: Surroundings = field(default_factory=Surroundings)


def names_in(account_id: int, kind: str, contents: Iterable[Mapping[str, Any] | None]) -> Names:
    """The names of all that these contents of a kind of object mention."""
    keys = {key for content in contents if content for key in mentioned(kind, content)}
    if not keys:
        return Names()
    rows = AccessObject.objects.filter(account=account_id, object_id__in={object_id for _, object_id in keys})
    by_kind: dict[str, dict[str, str]] = defaultdict(dict)
    for of, object_id, name in rows.values_list("kind", "object_id", "name"):
        by_kind[of][object_id] = name or object_id
    providers = IdentityProvider.objects.filter(account=account_id)
    return Names(
        by_kind[Kind.POLICY],
        Surroundings(
            groups={group: RuleGroup(group, name, RuleLists()) for group, name in by_kind[Kind.GROUP].items()},
            provider_names=by_kind[Kind.PROVIDER] | {provider.idp_id: str(provider) for provider in providers},
            lists={one: ListItems(name, None) for one, name in by_kind[Kind.LIST].items()},
            names=by_kind[Kind.SERVICE_TOKEN],
        ),
    )
