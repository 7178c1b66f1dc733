"""An edit in words: one sentence for each thing that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from logsync.cloudflare.policies import Rule
from logsync.insight.explain.edit import LISTS, Content, Setup
from logsync.insight.policy_changes.differences import MISSING, differences
from logsync.insight.sentence import Quote, Sentence
from logsync.insight.why.facts import Surroundings
from logsync.insight.why.wording import DECISIONS, rule_words

WORDS = {
    "off": "{name} is switched off",
    "added": "{name} is added, with the decision {decision}",
    "decision": "{name} decides {after} instead of {before}",
    "precedence": "{name} is judged in place {after} instead of {before}",
    "name": "{before} is now called {after}",
    "rule added": "{name}, {list}: added {rule}",
    "rule removed": "{name}, {list}: removed {rule}",
}


def edit_words(before: Setup, after: Setup, surroundings: Surroundings) -> list[Sentence]:
    """What an edit changes, policy by policy, then rule group by rule group."""
    old = {one["id"]: one for one in (*before.policies, *before.groups)}
    contents = (*after.policies, *after.groups)
    return [sentence for one in contents for sentence in _words(old.get(one["id"]), one, surroundings)]


def _words(before: Content | None, after: Content, surroundings: Surroundings) -> Iterator[Sentence]:
    name = Quote(after["name"] or after["id"])
    if before is None:
        yield Sentence("added", WORDS, {"name": name, "decision": _decision(after)})
        before = {"name": after["name"], **{one: after.get(one) for one in ("decision", "precedence")}}
    if after.get("off"):
        yield Sentence("off", WORDS, {"name": name})
        return
    if before["name"] != after["name"]:
        yield Sentence("name", WORDS, {"before": Quote(before["name"]), "after": name})
    if before.get("decision") != after.get("decision"):
        values = {"name": name, "before": _decision(before), "after": _decision(after)}
        yield Sentence("decision", WORDS, values)
    if before.get("precedence") != after.get("precedence"):
        yield Sentence("precedence", WORDS, {"name": name, "before": _place(before), "after": _place(after)})
    yield from _rules(name, before, after, surroundings)


def _rules(name: Quote, before: Mapping[str, Any], after: Content, surroundings: Surroundings) -> Iterator[Sentence]:
    lists = ({one: content.get(one) or [] for one in LISTS} for content in (before, after))
    for found in differences(*lists):
        sides = {"rule removed": found.before, "rule added": found.after}
        for id, rule in sides.items():
            if rule is not MISSING:
                words = rule_words(Rule.from_json(rule), surroundings)
                yield Sentence(id, WORDS, {"name": name, "list": found.name, "rule": words})


def _decision(content: Mapping[str, Any]) -> Quote:
    decision = str(content.get("decision") or "")
    return Quote(DECISIONS.get(decision, decision) or "nothing that is known")


def _place(content: Mapping[str, Any]) -> str:
    place = content.get("precedence")
    return "no place" if place is None else str(place)
