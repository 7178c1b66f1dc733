"""What of an answer its viewer may see.

Who may see policies sees every rule. Everyone else sees the short form: each policy with its result, and of the nearest
one the rules that keep the login out or can't be told, in words that name neither other people nor networks
(`logsync.insight.why.wording`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_network

from django.http import HttpRequest

from dashboard.permissions.permission import Permission, may
from logsync.cloudflare.policies import Rule
from logsync.insight.why.answer import PolicyAnswer, Result, RuleAnswer, Why
from logsync.models.masking import is_wide, masked_address, without_addresses
from logsync.models.sight import sight


@dataclass(frozen=True, slots=True)
class Discretion:
    """Whether a viewer sees policies in full, and whether IP addresses are masked for them."""

    sees_policies: bool
    is_masked: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Discretion:
        """That of the user of a request, and of what is revealed to them now."""
        return cls(may(request, Permission.VIEW_POLICIES), sight().is_masked)

    def seen(self, why: Why) -> Why:
        """The answer with as much as the viewer may see; results and the order of policies stay as they are."""
        if self.sees_policies and not self.is_masked:
            return why
        known = {id(answer): self._policy(answer, why) for answer in why.policies}
        return replace(
            why,
            policies=tuple(known.values()),
            subject=known[id(why.subject)] if why.subject else None,
            nearest=known[id(why.nearest)] if why.nearest else None,
        )

    def _policy(self, answer: PolicyAnswer, why: Why) -> PolicyAnswer:
        rules, deciding = (tuple(map(self._rule, found)) for found in (answer.rules, answer.deciding))
        if self.sees_policies:
            return replace(answer, rules=rules, deciding=deciding)
        is_told = answer is why.nearest or answer is why.subject
        shown = tuple(_missing(rules)) if is_told else ()
        return replace(answer, rules=shown, deciding=deciding if is_told else ())

    def _rule(self, answer: RuleAnswer) -> RuleAnswer:
        if not self.is_masked:
            return answer
        return replace(
            answer,
            rule=self._masked(answer.rule),
            seen=without_addresses(answer.seen),
            parts=tuple(map(self._rule, answer.parts)),
        )

    def _masked(self, rule: Rule) -> Rule:
        if rule.kind == "ip":
            return Rule(rule.kind, {"ip": _masked_network(rule.text("ip"))})
        return Rule(rule.kind, without_addresses(rule.value))


def _missing(rules: Iterable[RuleAnswer]) -> Iterable[RuleAnswer]:
    """The rules that keep a policy from being met, or can't be told, without those that are in order."""
    for rule in rules:
        if rule.result is Result.UNKNOWN or rule.holds_against:
            yield replace(rule, parts=tuple(_missing(rule.parts)))


def _masked_network(text: str) -> str:
    """A network as those see it who see addresses masked; one that is wide enough stays."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return str(without_addresses(text))
    return text if is_wide(network) else masked_address(str(network[0]))
