"""Proofs that no login can meet some rules, or that each that meets these meets those as well.

A proof tries every way in which rules can be met: any of include, all of require, none of exclude, and the same within
rule groups. If each way needs something that no login has (two countries), there is none. Where a way is left, nothing
is said; nor where a proof would take more steps than are allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from logsync.cloudflare.policies import Rule, RuleGroup, RuleLists
from logsync.insight.blind_spots.known import Atom, Known, atom_of

# A proof about two policies of 500 rules each takes fewer.
MOST_STEPS = 20_000


@dataclass(slots=True)
class Budget:
    """How many steps may still be taken. `ran_out` once a proof was given up for want of them."""

    left: int
    ran_out: bool = False

    def spend(self, most: int) -> int:
        """How many steps the next proof may take, at most so many."""
        return min(self.left, most)


@dataclass(frozen=True, slots=True)
class Lists:
    """That the three lists are met, or that they are not; `inside` are the rule groups around them."""

    rules: RuleLists
    sign: bool
    inside: frozenset[str] = frozenset()

    @property
    def parts(self) -> Iterator[Claim]:
        """What this comes to. Cloudflare has no lists without include: what they would mean isn't known."""
        include, require, exclude = (
            tuple(One(rule, sign, self.inside) for rule in rules)
            for rules, sign in (
                (self.rules.include, self.sign),
                (self.rules.require, self.sign),
                (self.rules.exclude, not self.sign),
            )
        )
        if not self.sign:
            yield Any((All(include), *require, *exclude))
            return
        if include:
            yield Any(include)
        yield from require
        yield from exclude


@dataclass(frozen=True, slots=True)
class One:
    """That one rule is met, or not."""

    rule: Rule
    sign: bool
    inside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Any:
    """That any of these holds."""

    options: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class All:
    """That all of these hold."""

    parts: tuple[Claim, ...]


Claim: TypeAlias = Lists | One | Any | All
# Claims that are still to be looked at: the next one and the rest.
Ahead: TypeAlias = "tuple[Claim, Ahead] | None"
# A way that is left to try: what is ahead on it, the choices there, and how much was known before.
Way: TypeAlias = tuple[Ahead, tuple[Any, ...], int]


class Prover:
    """Proves by the rule groups of an account, within a budget of steps for all proofs together."""

    def __init__(self, groups: Mapping[str, RuleGroup], budget: Budget) -> None:
        self.groups = groups
        self.budget = budget

    def nobody_meets(self, rules: RuleLists) -> bool:
        """Whether it is proved that no login can meet these lists."""
        return self.is_impossible(Lists(rules, True))

    def all_meet(self, rules: RuleLists, others: RuleLists) -> bool:
        """Whether it is proved that each login that meets the first lists meets the others as well."""
        return self.is_impossible(Lists(rules, True), Lists(others, False))

    def is_impossible(self, *claims: Claim) -> bool:
        """Whether it is proved that these claims can't all hold of one login."""
        allowed = self.budget.spend(MOST_STEPS)
        search = _Search(self.groups, allowed)
        is_impossible = search.fails(claims)
        self.budget.left -= search.steps
        self.budget.ran_out |= search.steps >= allowed
        return is_impossible


class _Search:
    """One search for a way in which claims can hold."""

    def __init__(self, groups: Mapping[str, RuleGroup], most: int) -> None:
        self.groups = groups
        self.most = most
        self.steps = 0
        self.known = Known()

    def fails(self, claims: tuple[Claim, ...]) -> bool:
        """Whether there is no way. No, too, if it was given up."""
        ahead: Ahead = None
        for claim in claims:
            ahead = (claim, ahead)
        others: list[Way] = [(ahead, (), 0)]
        while others:
            ahead, choices, length = others.pop()
            self.known.undo(length)
            if self._goes_on(ahead, choices, others):
                return False
        return self.steps < self.most

    def _goes_on(self, ahead: Ahead, choices: tuple[Any, ...], others: list[Way]) -> bool:
        """Whether one way leads to the end; where it forks, it takes the first and leaves the others for later."""
        while ahead or choices:
            self.steps += 1
            if self.steps >= self.most:
                return True
            if ahead:
                claim, ahead = ahead
            else:
                # Choices come last, when most is known that rules them out; the smallest is the first of them.
                choice = min(choices, key=lambda one: len(one.options))
                choices = tuple(one for one in choices if one is not choice)
                claim, *rest = choice.options
                others.extend(((option, None), choices, len(self.known)) for option in reversed(rest))
                self.steps += len(rest)
            if isinstance(claim, Any) and len(claim.options) > 1:
                choices = (*choices, claim)
            elif isinstance(claim, One):
                meaning = self._meaning(claim)
                if isinstance(meaning, Lists):
                    ahead = (meaning, ahead)
                elif not (meaning if isinstance(meaning, bool) else self.known.add(meaning, claim.sign)):
                    return False
            else:
                for part in claim.options if isinstance(claim, Any) else claim.parts:
                    ahead = (part, ahead)
        return self.known.has_an_address()

    def _meaning(self, claim: One) -> Atom | Lists | bool:
        """What a claim about one rule says: something of the login, or lists of a rule group; or it is true or not."""
        rule = claim.rule
        if rule.kind == "everyone":
            return claim.sign
        group = self.groups.get(rule.text("id")) if rule.kind == "group" else None
        if group is None:
            return atom_of(rule)
        if group.group_id in claim.inside:
            # A circle: what it means nobody knows.
            return "group", object()
        return Lists(group.rules, claim.sign, claim.inside | {group.group_id})
