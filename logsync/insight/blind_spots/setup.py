"""What Access is set up to do in one account, as it was last read."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from logsync.cloudflare.policies import AppSettings, Policy, RuleGroup
from logsync.cloudflare.references import (
    APP,
    GROUP,
    LIST,
    POLICY,
    PROVIDER,
    SERVICE_TOKEN,
    Reference,
    references,
)
from logsync.insight.why.facts import ListItems, Surroundings
from logsync.insight.why.judge import in_order


@dataclass(frozen=True, slots=True)
class App:
    """An application. `type` is Cloudflare's word, such as self_hosted or bookmark."""

    settings: AppSettings
    type: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A service token; `expires_at` None if Cloudflare did not say."""

    name: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Setup:
    """All that was read and is not gone, by id.

    `still_there` are the policies that the newest reading showed. `providers` are the identity providers by
    name, None if they can't be listed. `gone` is what Cloudflare said that it no longer has. `is_read` says of each
    kind whether all of it was read; what nothing else refers to is only then used nowhere.
    """

    apps: Mapping[str, App] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    still_there: frozenset[str] = frozenset()
    groups: Mapping[str, RuleGroup] = field(default_factory=dict)
    tokens: Mapping[str, Token] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    providers: Mapping[str, str] | None = None
    gone: frozenset[Reference] = frozenset()
    is_read: frozenset[str] = frozenset()

    def policies_of(self, app_uid: str) -> list[Policy]:
        """The policies of an application that were read, in the order in which Cloudflare judges them."""
        listed = self.apps[app_uid].settings.policies or ()
        known = [(self.policies.get(policy_id), policy_id, place) for policy_id, place in listed]
        found = [replace(one, policy_id=policy_id, precedence=place) for one, policy_id, place in known if one]
        return in_order(found)

    @cached_property
    def users(self) -> Mapping[Reference, tuple[Reference, ...]]:
        """What uses each thing: the applications of a policy, the policies and rule groups that refer to the others."""
        found: dict[Reference, dict[Reference, None]] = {}
        for user, used in self._uses():
            found.setdefault(used, {})[user] = None
        return {used: tuple(users) for used, users in found.items()}

    def _uses(self) -> Iterator[tuple[Reference, Reference]]:
        for app_uid, app in self.apps.items():
            for policy_id, _ in app.settings.policies or ():
                yield Reference(APP, app_uid), Reference(POLICY, policy_id)
            for idp_id in app.settings.allowed_idps:
                yield Reference(APP, app_uid), Reference(PROVIDER, idp_id)
        for policy_id, policy in self.policies.items():
            for used in references(policy.rules):
                yield Reference(POLICY, policy_id), used
        for group_id, group in self.groups.items():
            for used in references(group.rules):
                yield Reference(GROUP, group_id), used

    @cached_property
    def _parts(self) -> Mapping[Reference, tuple[Reference, ...]]:
        found: dict[Reference, list[Reference]] = {}
        for user, used in self._uses():
            found.setdefault(user, []).append(used)
        return {user: tuple(used) for user, used in found.items()}

    def parts_of(self, thing: Reference) -> frozenset[Reference]:
        """Something with all that it uses, and all that these use; rule groups may be nested, also in a circle."""
        found, ahead = {thing}, [thing]
        while ahead:
            new = [used for used in self._parts.get(ahead.pop(), ()) if used not in found]
            found.update(new)
            ahead += new
        return frozenset(found)

    @cached_property
    def surroundings(self) -> Surroundings:
        """The same for the words of a rule."""
        return Surroundings(
            groups=self.groups,
            provider_names=self.providers or {},
            lists={list_id: ListItems(name, None) for list_id, name in self.lists.items()},
            names={token_id: token.name for token_id, token in self.tokens.items()},
        )

    def has(self, thing: Reference) -> bool:
        """Whether it was read, even if it is gone."""
        kinds: dict[str, Container[str]] = {
            APP: self.apps,
            POLICY: self.policies,
            GROUP: self.groups,
            LIST: self.lists,
            SERVICE_TOKEN: self.tokens,
        }
        return thing in self.gone or thing.object_id in kinds.get(thing.kind, ())

    def name_of(self, thing: Reference) -> str:
        """What something is called; its id if it has no name, or isn't known."""
        return self._name_of(thing) or thing.object_id

    def _name_of(self, thing: Reference) -> str:
        kind, object_id = thing
        if kind == APP and object_id in self.apps:
            return self.apps[object_id].settings.name
        if kind == POLICY and object_id in self.policies:
            return self.policies[object_id].name
        if kind == GROUP and object_id in self.groups:
            return self.groups[object_id].name
        if kind == SERVICE_TOKEN and object_id in self.tokens:
            return self.tokens[object_id].name
        return {LIST: self.lists, PROVIDER: self.providers or {}}.get(kind, {}).get(object_id, "")
