"""The answer on one login as JSON: its headline, and the policies with their rules as far as the user may see them.

    {"headline": "Y2", "sentence": …, "read_at": "2026-11-19T14:06:12.000000Z", "form": "full", "form_note": "",
     "policies": [{"name": …, "decision": "allow", "precedence": 1, "result": "not_met", "rules": [
       {"list": "require", "kind": "geo", "value": {"country_code": "DE"}, "result": "not_met", "evidence": "row",
        "at": …, "seen": "NL", "reason": "", "rules": []}]}],
     "policies_left_out": 0, "rules_left_out": 0}

`list`, `kind` and `value` are Cloudflare's. `rules` of a rule are those of a rule group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.lists.json import by_name
from dashboard.page.wording import exact_moment
from dashboard.why.discretion import Discretion
from logsync.insight.explain.load import Explained
from logsync.insight.why.answer import PolicyAnswer, RuleAnswer
from logsync.insight.why.sentences import headline_of

SHORT = (
    "Your role doesn’t let you see Access policies rule by rule: rules have no values, and only those of the nearest "
    "policy that were not met or can’t be told are listed."
)
# So many policies and rules are in one answer; the rest is counted.
MOST_POLICIES = 1_000
MOST_RULES = 5_000
DEEPEST = 20


def why_in_json(explained: Explained, discretion: Discretion) -> dict[str, Any]:
    """The answer, for `in_json`."""
    explained = discretion.told(explained)
    why, in_full = explained.why, discretion.sees_policies
    rules = _Rules(with_values=in_full)
    return {
        "headline": why.headline,
        "sentence": headline_of(why, explained.evidence, short=not in_full).text(exact_moment),
        "read_at": why.read_at,
        "form": "full" if in_full else "short",
        "form_note": "" if in_full else SHORT,
        "policies": [
            _policy(answer, rules.of(discretion.rules(answer, why))) for answer in why.policies[:MOST_POLICIES]
        ],
        "policies_left_out": max(len(why.policies) - MOST_POLICIES, 0),
        "rules_left_out": rules.left_out,
    }


def _policy(answer: PolicyAnswer, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": answer.policy.name,
        "decision": answer.policy.decision,
        "precedence": answer.policy.precedence,
        "result": answer.result.value,
        "rules": rules,
    }


@dataclass(slots=True)
class _Rules:
    """Rules as JSON, no more of them than an answer may hold: a rule group may be in many others."""

    with_values: bool
    left: int = MOST_RULES
    left_out: int = 0

    def of(self, rules: Sequence[RuleAnswer], depth: int = 0) -> list[dict[str, Any]]:
        if depth == DEEPEST:
            self.left_out += len(rules)
            return []
        shown = rules[: self.left]
        self.left -= len(shown)
        self.left_out += len(rules) - len(shown)
        return [self._rule(rule, depth) for rule in shown]

    def _rule(self, answer: RuleAnswer, depth: int) -> dict[str, Any]:
        return {
            "list": answer.list,
            "kind": answer.rule.kind,
            "value": by_name(answer.rule.value) if self.with_values else None,
            "result": answer.result.value,
            "evidence": answer.source.value,
            "at": answer.at,
            "seen": answer.seen,
            "reason": answer.reason,
            "rules": self.of(answer.parts, depth + 1),
        }
