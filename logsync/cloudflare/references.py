"""What a rule refers to by its id: rule groups, providers, lists, service tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logsync.cloudflare.policies import Rule, RuleLists

# The kinds of objects, as snapshots call them.
APP, POLICY, GROUP, LIST = "app", "policy", "group", "list"
PROVIDER, SERVICE_TOKEN = "identity_provider", "service_token"
# Where each kind of rule has the id, and of what it is one.
_BY_KIND = {
    "group": ("id", GROUP),
    "login_method": ("id", PROVIDER),
    "service_token": ("token_id", SERVICE_TOKEN),
    "email_list": ("id", LIST),
    "ip_list": ("id", LIST),
}
# In the rules about groups and claims of a provider.
_OF_PROVIDER = ("identity_provider_id", PROVIDER)


class Reference(NamedTuple):
    """Something by its kind and id."""

    kind: str
    object_id: str


def references(rules: RuleLists) -> Iterator[Reference]:
    """What the rules of these lists refer to, in their order; rules within a rule group are the group's."""
    for _, listed in rules.named():
        for rule in listed:
            yield from references_of(rule)


def references_of(rule: Rule) -> Iterator[Reference]:
    """What one rule refers to."""
    for name, kind in filter(None, (_BY_KIND.get(rule.kind), _OF_PROVIDER)):
        for object_id in rule.texts(name):
            yield Reference(kind, object_id)
