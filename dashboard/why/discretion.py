"""What of an answer its viewer may see.

Who may see policies sees every rule. Everyone else sees the short form: each policy with its result, and of the nearest
one the rules that keep the login out or can't be told, in words that name neither other people nor networks
(`logsync.insight.why.wording`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from django.http import HttpRequest

from dashboard.permissions.permission import Permission, may
from logsync.cloudflare.policies import DENY, Rule
from logsync.insight.explain.load import Explained
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

    def told(self, explained: Explained) -> Explained:
        """What is known of a login, with an answer as `masked` has it."""
        return replace(explained, why=self.masked(explained.why))

    def masked(self, why: Why) -> Why:
        """The answer; addresses that were seen and networks in rules are masked if they are for the viewer."""
        if not self.is_masked:
            return why
        masked = _Masked()
        known = {id(answer): masked.policy(answer) for answer in why.policies}
        return replace(
            why,
            policies=tuple(known.values()),
            subject=known.get(id(why.subject)),
            nearest=known.get(id(why.nearest)),
            against=known.get(id(why.against)),
            admitting=known.get(id(why.admitting)),
        )

    def shown(self, rule: Rule) -> Rule:
        """A rule with as much of its value as the viewer may see."""
        return _masked_rule(rule) if self.is_masked else rule

    def rules(self, answer: PolicyAnswer, why: Why) -> Sequence[RuleAnswer]:
        """The rules of a policy that the viewer sees; their words are to be those of the short form."""
        if self.sees_policies:
            return answer.rules
        if answer.policy.decision == DENY:
            return answer.deciding if answer is why.subject else ()
        return tuple(_missing(answer.rules)) if answer is why.nearest or answer is why.subject else ()


class _Masked:
    """Rules as those see them who see addresses masked; each once, as rule groups may be in many others."""

    def __init__(self) -> None:
        self._known: dict[int, RuleAnswer] = {}

    def policy(self, answer: PolicyAnswer) -> PolicyAnswer:
        rules, deciding = (tuple(map(self.rule, found)) for found in (answer.rules, answer.deciding))
        return replace(answer, rules=rules, deciding=deciding)

    def rule(self, answer: RuleAnswer) -> RuleAnswer:
        found = self._known.get(id(answer))
        if found is None:
            found = self._known[id(answer)] = replace(
                answer,
                rule=_masked_rule(answer.rule),
                seen=without_addresses(answer.seen),
                parts=tuple(map(self.rule, answer.parts)),
            )
        return found


def _masked_rule(rule: Rule) -> Rule:
    if rule.kind == "ip":
        return Rule(rule.kind, {"ip": _masked_network(rule.text("ip"))})
    return Rule(rule.kind, without_addresses(rule.value))


def _missing(rules: Sequence[RuleAnswer]) -> Iterator[RuleAnswer]:
    """The rules that keep a policy from being met, or can't be told, without those that are in order."""
    is_included = any(rule.list == "include" and rule.result is Result.MET for rule in rules)
    for rule in rules:
        if (rule.result is Result.UNKNOWN or rule.holds_against) and not (rule.list == "include" and is_included):
            yield replace(rule, parts=())


def _masked_network(text: str) -> str:
    """A network as those see it who see addresses masked; one that is wide enough stays."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return str(without_addresses(text))
    return text if is_wide(network) else masked_address(str(network[0]))
