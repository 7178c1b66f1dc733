"""Rule groups within the lists of a policy: nested, in a circle, or so many that not all of them can be shown.

The value of a group is worked out once for a login, without recursion. In a circle each group starts as unknown, and
is worked out again until nothing changes: so it is known just if it follows without the group itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from logsync.cloudflare.policies import Rule, RuleGroup, RuleLists
from logsync.insight.why.answer import RuleAnswer
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules import find
from logsync.insight.why.rules.finding import Finding, unknown
from logsync.insight.why.truth import UNKNOWN, of_lists, result_and_source, truth

# So many levels of nested groups, and so many of their rules for each policy, are shown with the rules in them.
DEEPEST_SHOWN = 60
MOST_SHOWN = 1_000

_NO_INCLUDE = "its include list is empty or could not be read"
_ITSELF = "the rule group contains itself"
_NOT_SHOWN = "the rules in it are not shown: there are too many"


@dataclass(slots=True)
class _Shown:
    """How many rules of groups may still be shown for a policy."""

    left: int = MOST_SHOWN


@dataclass(slots=True)
class RuleGroups:
    """The rule groups that a login's policies lead to, and what is known of each."""

    evidence: Evidence
    _values: dict[str, int] = field(default_factory=dict)

    def answers(self, lists: RuleLists) -> tuple[int, tuple[RuleAnswer, ...]]:
        """What is known of three lists together, and of each of their rules."""
        rules = tuple(self._rules(lists, (), _Shown()))
        return _value_of(rules), rules

    def _rules(self, lists: RuleLists, inside: tuple[str, ...], shown: _Shown) -> Iterator[RuleAnswer]:
        if not lists.include:
            yield _answer("include", Rule("", None), unknown(_NO_INCLUDE))
        for name, rules in lists.named():
            for rule in rules:
                yield (
                    self._group(name, rule, inside, shown)
                    if rule.kind == "group"
                    else _answer(name, rule, find(rule, self.evidence))
                )

    def _group(self, name: str, rule: Rule, inside: tuple[str, ...], shown: _Shown) -> RuleAnswer:
        group_id = rule.text("id")
        group = self.evidence.surroundings.groups.get(group_id)
        if group is None:
            missing = self.evidence.surroundings.missing.get("groups", "")
            return _answer(name, rule, unknown(missing or "the rule group could not be read"))
        result, source = result_and_source(self.value(group_id))
        if group_id in inside:
            return RuleAnswer(name, rule, result, source, reason=_ITSELF)
        size = sum(len(rules) for _, rules in group.rules.named())
        if len(inside) >= DEEPEST_SHOWN or size > shown.left:
            return RuleAnswer(name, rule, result, source, reason=_NOT_SHOWN)
        shown.left -= size
        parts = tuple(self._rules(group.rules, (*inside, group_id), shown))
        return RuleAnswer(name, rule, result, source, parts=parts)

    def value(self, group_id: str) -> int:
        """What is known of a rule group, as a truth value."""
        if group_id not in self._values:
            self._settle(group_id)
        return self._values[group_id]

    def _settle(self, first: str) -> None:
        """Work out a group and all that it leads to that is not known yet."""
        groups = self.evidence.surroundings.groups
        order, has_circle = _in_order(first, groups, self._values)
        found = {group_id: self._parts(groups[group_id].rules) for group_id in order}
        self._values.update(dict.fromkeys(order, UNKNOWN))
        is_changed = True
        while is_changed:
            is_changed = False
            for group_id, parts in found.items():
                value = of_lists(*([self._part(one) for one in rules] for rules in parts))
                if value != self._values[group_id]:
                    self._values[group_id] = value
                    is_changed = has_circle

    def _parts(self, lists: RuleLists) -> list[list[int | str]]:
        """Each list with its rules: their values, and the ids of the rule groups."""
        return [
            [rule.text("id") if rule.kind == "group" else _value(find(rule, self.evidence)) for rule in rules]
            for _, rules in lists.named()
        ]

    def _part(self, part: int | str) -> int:
        return part if isinstance(part, int) else self._values.get(part, UNKNOWN)


def _in_order(first: str, groups: Mapping[str, RuleGroup], known: Container[str]) -> tuple[list[str], bool]:
    """A group and those it leads to, each after those within it, and whether any of them leads back to itself."""
    order: list[str] = []
    entered, left = {first}, set[str]()
    has_circle = False
    path = [(first, _within(groups[first]))]
    while path:
        group_id, within = path[-1]
        inner = next(within, None)
        if inner is None:
            path.pop()
            left.add(group_id)
            order.append(group_id)
        elif inner in entered:
            has_circle = has_circle or inner not in left
        elif inner in groups and inner not in known:
            entered.add(inner)
            path.append((inner, _within(groups[inner])))
    return order, has_circle


def _within(group: RuleGroup) -> Iterator[str]:
    return (rule.text("id") for _, rules in group.rules.named() for rule in rules if rule.kind == "group")


def _answer(name: str, rule: Rule, found: Finding) -> RuleAnswer:
    return RuleAnswer(name, rule, found.result, found.source, found.seen, found.where, found.at, found.reason)


def _value(found: Finding) -> int:
    return truth(found.result, found.source)


def _value_of(rules: Iterable[RuleAnswer]) -> int:
    lists: dict[str, list[int]] = {"include": [], "require": [], "exclude": []}
    for rule in rules:
        lists[rule.list].append(truth(rule.result, rule.source))
    return of_lists(*lists.values())
