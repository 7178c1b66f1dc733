"""The parts that sentences are made of: policies and what they need, what was seen and when, what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from logsync.cloudflare.policies import DENY
from logsync.insight.sentence import Quote, Sentence, Value
from logsync.insight.why import wording
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Why
from logsync.insight.why.conditions import inner
from logsync.insight.why.facts import Change, Evidence
from logsync.insight.why.rules.finding import IDENTITY, SCIM
from logsync.insight.why.sentences.catalogue import fill

_KINDS = {
    "app": "the application",
    "policy": "the policy",
    "group": "the rule group",
    "list": "the list",
    "service_token": "the service token",
    "identity_provider": "the identity provider",
}
_SEEN = {
    "email": "seen email",
    "email_domain": "seen email",
    "email_list": "seen email",
    "ip": "seen ip",
    "ip_list": "seen ip",
    "geo": "seen country",
    "login_method": "seen provider",
    "service_token": "seen person",
    "any_valid_service_token": "seen person",
}
# Older evidence this close to the login was seen with it.
_AT_LOGIN = timedelta(minutes=1)
# So many changes are named in a sentence.
_MOST_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Telling:
    """One answer to be worded, in full or in short."""

    why: Why
    evidence: Evidence
    short: bool

    @property
    def app(self) -> Value:
        return Quote(self.why.app.app) if self.why.app.app else "this application"

    @property
    def app_at_start(self) -> Value:
        return Quote(self.why.app.app) if self.why.app.app else "This application"

    @property
    def who(self) -> Value:
        email = self.evidence.login.user_email
        return Quote(email) if email else "this person"

    @property
    def read(self) -> Value:
        return self.why.read_at or ""

    @property
    def is_of_login(self) -> bool:
        """Whether the policies are proved to be those at the time of the login."""
        return self.why.app.as_of_login

    def asks(self, rules: Iterable[RuleAnswer], by_row: bool = False, *, verb: str = "needs") -> Sentence:
        """What is still to be met: "needs A or B, and excludes C"."""
        needed, excluded = self.rules(rules, by_row)
        if needed and excluded:
            return fill(f"{verb} and excludes", rules=needed, excluded=excluded)
        if excluded:
            return fill("excludes", excluded=excluded)
        return fill(verb, rules=needed or wording.any_of([]))

    def asks_of(self, answer: PolicyAnswer) -> Sentence:
        """The same of a policy, which may be one that blocks."""
        return self.asks(answer.deciding, verb="blocks" if answer.policy.decision == DENY else "needs")

    def rules(self, rules: Iterable[RuleAnswer], by_row: bool = False) -> tuple[Sentence | None, Sentence | None]:
        """What these rules need, and what they exclude."""
        lists: dict[str, list[RuleAnswer]] = {"include": [], "require": [], "exclude": []}
        for rule in rules:
            lists[rule.list].append(rule)
        include, require, exclude = lists.values()
        needed = wording.all_of(self.needed(rule, by_row) for rule in require) if require else None
        if include:
            first = self.any_of(include, by_row)
            needed = fill("include and require", include=first, require=needed) if needed else first
        return needed, self.any_of(exclude, by_row) if exclude else None

    def any_of(self, rules: Iterable[RuleAnswer], by_row: bool = False) -> Sentence:
        """What these rules need of which one is enough."""
        groups: list[RuleAnswer] = []
        others: list[RuleAnswer] = []
        for rule in rules:
            (groups if rule.parts else others).append(rule)
        surroundings = self.evidence.surroundings
        alike = wording.merged(rule.rule for rule in others)
        found = [wording.needed_words(rule, surroundings, short=self.short) for rule in alike]
        return wording.any_of([*found, *(self.needed(rule, by_row) for rule in groups)])

    def needed(self, rule: RuleAnswer, by_row: bool = False) -> Sentence:
        """What a rule needs, and what a rule group needs that keeps it from being met."""
        words = wording.needed_words(rule.rule, self.evidence.surroundings, short=self.short)
        if not rule.parts or rule.list == "exclude" or rule.result is Result.MET:
            return words
        return fill("in group", group=words, asks=self.asks(inner(rule, by_row), by_row))

    @property
    def wrong_provider(self) -> RuleAnswer | None:
        """The providers that the application takes, if the login came through another."""
        provider = self.why.provider
        return provider if provider and provider.result is Result.NOT_MET else None

    def provider_values(self, provider: RuleAnswer) -> dict[str, Value]:
        rules = wording.needed_words(provider.rule, self.evidence.surroundings)
        return {"rules": rules, "seen": seen_value(provider, self.evidence)}

    def step_names(self, about: PolicyAnswer) -> Sentence:
        return wording.all_of(fill(step) for step in about.policy.further_steps)


def policy_words(answer: PolicyAnswer, evidence: Evidence, *, short: bool = False) -> Sentence:
    """How a policy stands: "Not met: needs a location in Germany (DE)"."""
    if answer.result is Result.MET:
        return fill("met")
    asks = Telling(Why("", evidence.app, ()), evidence, short).asks_of(answer)
    return fill("not met" if answer.result is Result.NOT_MET else "unknown", asks=asks)


def seen_words(rule: RuleAnswer, evidence: Evidence) -> Sentence | None:
    """What was seen of a rule, and when; None if nothing was."""
    if not rule.seen:
        return None
    if rule.where in (IDENTITY, SCIM):
        name = "seen SCIM" if rule.where == SCIM else "seen value"
        return fill(name, seen=Quote(rule.seen), when=when(rule.at, evidence))
    name = _SEEN.get(rule.rule.kind, "")
    return fill(name, seen=seen_value(rule, evidence)) if name else None


def policy_name(answer: PolicyAnswer) -> Value:
    name = answer.policy.name or answer.policy.policy_id
    return Quote(name) if name else fill("unnamed")


def when(at: datetime | None, evidence: Evidence) -> Sentence:
    """When something was seen: "4 days before this login"."""
    login_at = evidence.login.at
    if at is None:
        return fill("sometime")
    if login_at is None:
        return fill("moment", at=at)
    if abs(at - login_at) < _AT_LOGIN:
        return fill("with")
    return fill("before", age=login_at - at) if at < login_at else fill("after", age=at - login_at)


def seen_value(rule: RuleAnswer, evidence: Evidence) -> Value:
    if rule.rule.kind == "geo":
        return wording.country(rule.seen)
    if rule.rule.kind == "login_method":
        surroundings = evidence.surroundings
        types = surroundings.provider_types or {}
        names = {surroundings.provider_names.get(idp_id, "") for idp_id, kind in types.items() if kind == rule.seen}
        return Quote(names.pop() or rule.seen) if len(names) == 1 else Quote(rule.seen)
    return Quote(rule.seen)


def changes_words(changes: tuple[Change, ...]) -> Sentence:
    """The newest changes."""
    found = [_change(change) for change in sorted(changes, key=lambda one: one.by, reverse=True)]
    if len(found) > _MOST_CHANGES:
        found[_MOST_CHANGES:] = [fill("more changes", count=len(found) - _MOST_CHANGES)]
    return wording.all_of(found)


def _change(change: Change) -> Sentence:
    values: dict[str, Value] = {
        "kind": _KINDS.get(change.kind, "something"),
        "name": Quote(change.name or change.object_id),
    }
    if change.at:
        return fill("change", **values, at=change.at)
    if change.after:
        return fill("change between", **values, after=change.after, by=change.by)
    return fill("change by", **values, by=change.by)
