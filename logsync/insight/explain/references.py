"""What the rules of policies refer to: rule groups, lists, service tokens, and groups of identity providers."""

from __future__ import annotations

from dataclasses import dataclass, field

from logsync.cloudflare.policies import Rule, RuleLists
from logsync.cloudflare.references import GROUP, LIST, SERVICE_TOKEN
from logsync.cloudflare.references import references_of as references_of_rule

# What each kind of rule calls a group of an identity provider by.
PROVIDER_GROUPS = {
    "azureAD": ("id",),
    "okta": ("name",),
    "gsuite": ("email",),
    "github-organization": ("name", "team"),
    "saml": ("attribute_value",),
    "oidc": ("claim_value",),
}


@dataclass(slots=True)
class References:
    """What some rules refer to, each by id or, for the groups of providers, by whatever the rule calls them.

    `unnamed_groups` are those of the groups of providers that are called by an id that says nothing to people.
    """

    rule_groups: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    service_tokens: set[str] = field(default_factory=set)
    provider_groups: set[str] = field(default_factory=set)
    unnamed_groups: set[str] = field(default_factory=set)

    def add(self, lists: RuleLists) -> None:
        """Take in what these rules refer to."""
        for _, rules in lists.named():
            for rule in rules:
                self._add(rule)

    def _add(self, rule: Rule) -> None:
        kept = {GROUP: self.rule_groups, LIST: self.lists, SERVICE_TOKEN: self.service_tokens}
        for kind, object_id in references_of_rule(rule):
            if kind in kept:
                kept[kind].add(object_id)
        for name in PROVIDER_GROUPS.get(rule.kind, ()):
            self.provider_groups.update(rule.texts(name))
        if rule.kind == "azureAD":
            self.unnamed_groups.update(rule.texts("id"))

    def update(self, other: References) -> None:
        """Take in all that others refer to."""
        self.rule_groups |= other.rule_groups
        self.lists |= other.lists
        self.service_tokens |= other.service_tokens
        self.provider_groups |= other.provider_groups
        self.unnamed_groups |= other.unnamed_groups


def references_of(lists: RuleLists) -> References:
    """What these rules refer to, without what those rule groups refer to in turn."""
    found = References()
    found.add(lists)
    return found
