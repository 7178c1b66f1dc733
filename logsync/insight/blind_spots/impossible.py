"""Why nobody can meet a policy or a rule group: the fewest rules that contradict one another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

from logsync.cloudflare.policies import Rule, RuleLists
from logsync.insight.blind_spots.known import COUNTRY, DOMAIN, EMAIL, METHOD, NETWORK
from logsync.insight.blind_spots.proof import One, Prover
from logsync.insight.blind_spots.sentences import reason
from logsync.insight.sentence import Sentence

Words = Callable[[Rule], Sentence]
# More rules than these are not tried in pairs.
MOST_PAIRED = 40
_PAIRS = {
    (COUNTRY, COUNTRY): "two_countries",
    (METHOD, METHOD): "two_methods",
    (EMAIL, EMAIL): "two_emails",
    (EMAIL, DOMAIN): "two_emails",
    (DOMAIN, EMAIL): "two_emails",
    (DOMAIN, DOMAIN): "two_emails",
    (NETWORK, NETWORK): "two_networks",
}


def why_impossible(rules: RuleLists, prover: Prover, words: Words) -> Sentence | None:
    """Why nobody can meet these lists; None if that can't be proved.

    `words` says what a rule needs.
    """
    if not prover.nobody_meets(rules):
        return None
    require, exclude = rules.require[:MOST_PAIRED], rules.exclude[:MOST_PAIRED]
    for pair in combinations(require, 2):
        if prover.is_impossible(*(One(rule, True) for rule in pair)):
            return _pair(pair, words)
    if any(rule.kind == "everyone" for rule in rules.exclude):
        return reason("everyone_excluded")
    for required, excluded in product(require, exclude):
        if prover.is_impossible(One(required, True), One(excluded, False)):
            return reason("required_and_excluded", first=words(required), second=words(excluded))
    if prover.nobody_meets(RuleLists(require=rules.require)):
        return reason("require")
    if prover.nobody_meets(RuleLists(include=rules.include, exclude=rules.exclude)):
        return reason("included_and_excluded")
    if prover.nobody_meets(RuleLists(include=rules.include, require=rules.require)):
        return reason("included_and_required")
    return reason("all")


def _pair(pair: tuple[Rule, Rule], words: Words) -> Sentence:
    first, second = pair
    return reason(_PAIRS.get((first.kind, second.kind), "two_rules"), first=words(first), second=words(second))
