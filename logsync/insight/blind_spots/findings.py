"""Look through the setup of an account: what is odd, where it stands, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, Policy, RuleLists
from logsync.cloudflare.references import (
    APP,
    GROUP,
    POLICY,
    PROVIDER,
    SERVICE_TOKEN,
    Reference,
    references,
)
from logsync.insight.blind_spots.impossible import why_impossible
from logsync.insight.blind_spots.proof import Budget, Prover
from logsync.insight.blind_spots.sentences import meaning, what
from logsync.insight.blind_spots.setup import Setup
from logsync.insight.sentence import Quote, Sentence
from logsync.insight.why.wording import needed_words

# Steps of all proofs about one account together: about a second.
MOST_STEPS_IN_ALL = 1_000_000
# Applications of this type lead to a site that Access doesn't protect, so they have no policies.
_WITHOUT_POLICIES = ("bookmark",)


class Kind(StrEnum):
    """What is odd, the worst first."""

    BYPASS = "bypass"
    SHADOWED = "shadowed"
    NOBODY = "nobody"
    NO_POLICIES = "no_policies"
    MISSING = "missing"
    EXPIRED_TOKEN = "expired_token"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd: what is so, and what that means. It stands at `of`, and is also about `others`."""

    kind: Kind
    of: Reference
    sentence: Sentence
    meaning: Sentence
    others: tuple[Reference, ...] = ()

    def is_about(self, thing: Reference) -> bool:
        return thing == self.of or thing in self.others


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found, the worst first; `is_complete` unless some proofs would have taken too long."""

    found: tuple[Finding, ...]
    is_complete: bool


def findings_of(setup: Setup, now: datetime) -> Findings:
    """All that is odd in the setup of an account."""
    holders = [Reference(POLICY, one) for one in setup.policies] + [Reference(GROUP, one) for one in setup.groups]
    return _found(setup, now, holders, setup.apps)


def findings_about(setup: Setup, thing: Reference, now: datetime) -> Findings:
    """What is odd about one thing; only that is looked at which bears on it."""
    near = [thing, *setup.users.get(thing, ())]
    apps = [one.object_id for one in near if one.kind == APP and one.object_id in setup.apps]
    theirs = [Reference(POLICY, policy.policy_id) for app_uid in apps for policy in setup.policies_of(app_uid)]
    found = _found(setup, now, [*near, *theirs], apps)
    return Findings(tuple(one for one in found.found if one.is_about(thing)), found.is_complete)


def _found(setup: Setup, now: datetime, holders: Iterable[Reference], apps: Iterable[str]) -> Findings:
    budget = Budget(MOST_STEPS_IN_ALL)
    found = [*_Look(setup, budget, now).all(dict.fromkeys(holders), apps)]
    order = list(Kind)
    return Findings(tuple(sorted(found, key=lambda one: order.index(one.kind))), not budget.ran_out)


class _Look:
    def __init__(self, setup: Setup, budget: Budget, now: datetime) -> None:
        self.setup = setup
        self.now = now
        self.prover = Prover(setup.groups, budget)
        self.impossible: set[str] = set()
        # What was proved about two policies, as many applications have the same ones.
        self.covering: dict[tuple[str, str], bool] = {}

    def all(self, holders: Iterable[Reference], apps: Iterable[str]) -> Iterator[Finding]:
        """What is odd about these policies and rule groups, then these applications, and what is unused at all."""
        for thing in holders:
            policy = self.setup.policies.get(thing.object_id) if thing.kind == POLICY else None
            group = self.setup.groups.get(thing.object_id) if thing.kind == GROUP else None
            if policy:
                yield from self._nobody(thing, policy.rules, policy.decision)
                yield from self._of_rules(thing, policy.rules)
            if group:
                yield from self._nobody(thing, group.rules, "group")
                yield from self._of_rules(thing, group.rules)
        for app_uid in apps:
            yield from self._of_app(app_uid)
        yield from self._unused()

    def _quote(self, thing: Reference) -> Quote:
        return Quote(self.setup.name_of(thing))

    def _nobody(self, thing: Reference, rules: RuleLists, decision: str) -> Iterator[Finding]:
        words = partial(needed_words, surroundings=self.setup.surroundings)
        why = why_impossible(rules, self.prover, words)
        if why is None:
            return
        self.impossible.add(thing.object_id)
        called = "the policy" if thing.kind == POLICY else "the rule group"
        means = decision if decision in (ALLOW, DENY, "group") else "other"
        sentence = what("nobody", what=called, name=self._quote(thing), reason=why)
        yield Finding(Kind.NOBODY, thing, sentence, meaning(f"nobody_{means}"))

    def _of_rules(self, thing: Reference, rules: RuleLists) -> Iterator[Finding]:
        """What rules name that isn't there, or no longer valid."""
        for used in dict.fromkeys(used for used in references(rules)):
            if used.kind == PROVIDER:
                yield from self._missing_provider(thing, used, "missing_provider")
            elif used.kind == GROUP and used in self.setup.gone:
                yield self._missing("gone_group", thing, used, "gone_group")
            elif used.kind == GROUP and used.object_id not in self.setup.groups and GROUP in self.setup.is_read:
                yield self._missing("unknown_group", thing, used, "unknown_group")
            elif used.kind == SERVICE_TOKEN:
                yield from self._expired_token(thing, used)

    def _missing_provider(self, thing: Reference, used: Reference, means: str) -> Iterator[Finding]:
        if self.setup.providers is not None and used.object_id not in self.setup.providers:
            yield self._missing("missing_provider", thing, used, means)

    def _missing(self, id: str, thing: Reference, used: Reference, means: str) -> Finding:
        sentence = what(id, name=self._quote(thing), thing=self._quote(used))
        return Finding(Kind.MISSING, thing, sentence, meaning(means), (used,))

    def _expired_token(self, thing: Reference, used: Reference) -> Iterator[Finding]:
        token = self.setup.tokens.get(used.object_id)
        if token and token.expires_at and token.expires_at <= self.now:
            sentence = what("expired_token", name=self._quote(thing), token=self._quote(used), at=token.expires_at)
            yield Finding(Kind.EXPIRED_TOKEN, thing, sentence, meaning("expired_token"), (used,))

    def _of_app(self, app_uid: str) -> Iterator[Finding]:
        thing, app = Reference(APP, app_uid), self.setup.apps[app_uid]
        if app.settings.policies == () and app.type not in _WITHOUT_POLICIES:
            yield Finding(Kind.NO_POLICIES, thing, what("no_policies", app=self._quote(thing)), meaning("no_policies"))
        for idp_id in app.settings.allowed_idps:
            yield from self._missing_provider(thing, Reference(PROVIDER, idp_id), "missing_provider_of_app")
        policies = [one for one in self.setup.policies_of(app_uid) if one.policy_id not in self.impossible]
        for place, policy in enumerate(policies):
            its = Reference(POLICY, policy.policy_id)
            if policy.decision == BYPASS:
                sentence = what("bypass", policy=self._quote(its))
                yield Finding(Kind.BYPASS, thing, sentence, meaning("bypass"), (its,))
            elif policy.decision == ALLOW and (deny := self._shadow(policy, policies[:place])):
                other = Reference(POLICY, deny.policy_id)
                names = {"app": thing, "policy": its, "deny": other}
                sentence = what("shadowed", **{name: self._quote(one) for name, one in names.items()})
                yield Finding(Kind.SHADOWED, its, sentence, meaning("shadowed"), (thing, other))

    def _shadow(self, policy: Policy, earlier: list[Policy]) -> Policy | None:
        """The first policy before this one that denies everyone who meets it; None if there is none for certain."""
        for other in earlier:
            pair = policy.policy_id, other.policy_id
            if other.decision == DENY:
                if pair not in self.covering:
                    self.covering[pair] = self.prover.all_meet(policy.rules, other.rules)
                if self.covering[pair]:
                    return other
        return None

    def _unused(self) -> Iterator[Finding]:
        setup = self.setup
        if not {APP, POLICY, GROUP} <= setup.is_read or any(a.settings.policies is None for a in setup.apps.values()):
            return
        for policy_id in setup.policies:
            thing = Reference(POLICY, policy_id)
            if policy_id in setup.still_there and thing not in setup.users:
                sentence = what("unused_policy", policy=self._quote(thing))
                yield Finding(Kind.UNUSED, thing, sentence, meaning("unused_policy"))
        for group_id in setup.groups:
            thing = Reference(GROUP, group_id)
            if not [user for user in setup.users.get(thing, ()) if user != thing]:
                sentence = what("unused_group", group=self._quote(thing))
                yield Finding(Kind.UNUSED, thing, sentence, meaning("unused_group"))
