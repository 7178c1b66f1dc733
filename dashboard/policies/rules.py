"""The rules of policies and rule groups, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from dashboard.page.sentences import SentenceRenderer
from dashboard.policies.findings import Place, place_of
from dashboard.policies.rows import Configured
from dashboard.policies.wording import LIST_WORDS
from logsync.cloudflare.policies import Policy, Rule, RuleGroup, RuleLists
from logsync.cloudflare.references import GROUP, PROVIDER, Reference, references_of
from logsync.insight.blind_spots.setup import Setup
from logsync.insight.explain.group_names import provider_group_names
from logsync.insight.why.wording import rule_words
from logsync.models.masking import without_addresses
from logsync.models.sight import sight

# A page shows so many rules of one list, an application's page fewer of each of its policies.
MOST_RULES = 500
MOST_OF_APP = 5
# Rules of rule groups within rule groups are shown so deep, and so many of them on one page.
DEEPEST = 3
MOST_RULES_INSIDE = 20
MOST_NESTED = 300


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its words, and the page of what it refers to.

    `note` says what is odd about a rule group, blank mostly. `inside` has the lists of a rule group, then those of the
    groups in it, and so on.
    """

    words: SafeString
    place: Place | None
    inside: Sequence[RuleList] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleList:
    """Include, require or exclude; `more` rules are not shown. `of` names the rule group within another that has it."""

    word: str
    hint: str
    rules: Sequence[RuleLine]
    more: int
    of: str = ""


class RuleLines:
    """Words the rules of one page; `nested` is how many rules of rule groups may still be shown."""

    def __init__(self, configured: Configured, renderer: SentenceRenderer, nested: int = MOST_NESTED) -> None:
        self.configured = configured
        self.renderer = renderer
        self.nested = nested
        setup = configured.setup
        called = provider_group_names([configured.account.pk], {*_entra_groups(setup)})
        names = {group: name for (_, group), name in called.items()}
        self.surroundings = replace(setup.surroundings, names={**setup.surroundings.names, **names})

    def lists(self, rules: RuleLists, most: int, inside: tuple[str, ...] = ()) -> list[RuleList]:
        """The lists that have rules; `inside` is the rule group that they are of, if they are of one."""
        found = []
        for name, listed in rules.named():
            if listed:
                lines = [self._with_inside(rule, self._line(rule, inside), inside) for rule in listed[:most]]
                found.append(RuleList(*LIST_WORDS[name], lines, max(len(listed) - most, 0)))
        return found

    def _line(self, rule: Rule, inside: tuple[str, ...]) -> RuleLine:
        shown = replace(rule, value=without_addresses(rule.value)) if sight().is_masked else rule
        words = self.renderer.html(rule_words(shown, self.surroundings))
        used = next((one for one in references_of(rule) if one.kind != PROVIDER), None)
        place = place_of(used, self.configured) if used else None
        note = self._note(used, inside) if used and used.kind == GROUP else ""
        return RuleLine(words, place if place and place.href else None, note=note)

    def _note(self, group: Reference, inside: tuple[str, ...]) -> str:
        if group.object_id in inside:
            return "contains itself"
        if group.object_id in self.configured.setup.groups:
            return ""
        return "no longer exists" if group in self.configured.setup.gone else "couldn’t be read"

    def _with_inside(self, rule: Rule, line: RuleLine, inside: tuple[str, ...]) -> RuleLine:
        if rule.kind != "group" or line.note:
            return line
        return replace(line, inside=list(self._inside(rule.text("id"), inside, "")))

    def _inside(self, group_id: str, around: tuple[str, ...], name: str) -> Iterator[RuleList]:
        """The lists of a rule group, and of those in it."""
        group = self.configured.setup.groups.get(group_id)
        if group is None or len(around) >= DEEPEST or self.nested <= 0:
            return
        inside = (*around, group_id)
        for list_name, listed in group.rules.named():
            shown = listed[: max(min(MOST_RULES_INSIDE, self.nested), 0)]
            self.nested -= len(shown)
            if shown:
                lines = [self._line(rule, inside) for rule in shown]
                yield RuleList(*LIST_WORDS[list_name], lines, len(listed) - len(shown), name)
        for rule in (rule for _, listed in group.rules.named() for rule in listed[:MOST_RULES_INSIDE]):
            if rule.kind == "group" and rule.text("id") not in inside:
                nested = Reference(GROUP, rule.text("id"))
                yield from self._inside(nested.object_id, inside, self.configured.setup.name_of(nested))


def _entra_groups(setup: Setup) -> Iterator[str]:
    """The ids by which rules name groups of Entra ID; SCIM says what these are called."""
    holders: list[Policy | RuleGroup] = [*setup.policies.values(), *setup.groups.values()]
    for holder in holders:
        for _, listed in holder.rules.named():
            yield from (rule.text("id") for rule in listed if rule.kind == "azureAD")
