"""The words of this room: kinds of objects, decisions, kinds of findings, further steps, parts that are read."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.safestring import SafeString

from dashboard.page import cells
from logsync.cloudflare.policies import ALLOW, BYPASS, DENY, SERVICE_AUTH, RuleLists
from logsync.insight.blind_spots.findings import Kind as FindingKind
from logsync.insight.why.wording import DECISIONS
from logsync.models import AccessObject
from logsync.words import counted

Kind = AccessObject.Kind

# In the plural, as the tabs have them, and as parts of a sentence.
PLURALS = {
    Kind.APP: "Applications",
    Kind.POLICY: "Policies",
    Kind.GROUP: "Rule groups",
    Kind.LIST: "Lists",
    Kind.SERVICE_TOKEN: "Service tokens",
    Kind.PROVIDER: "Identity providers",
}
KIND_CHOICES = [(kind.value, word.lower()) for kind, word in PLURALS.items()]
# Icon, colour: allowing and denying are what policies are for, so neither is an alarm.
_DECISION_LOOKS = {
    ALLOW: ("circle-check", ""),
    DENY: ("ban", ""),
    SERVICE_AUTH: ("key", ""),
    BYPASS: ("lock-open", "warn"),
}
DECISION_CHOICES = list(DECISIONS.items())
FINDING_WORDS = {
    FindingKind.BYPASS: "Bypasses Access",
    FindingKind.SHADOWED: "Never lets anyone in",
    FindingKind.NOBODY: "Nobody can meet it",
    FindingKind.NO_POLICIES: "No policies",
    FindingKind.MISSING: "Names something missing",
    FindingKind.EXPIRED_TOKEN: "Names an expired token",
    FindingKind.UNUSED: "Not used",
}
FINDING_CHOICES = [(kind.value, word) for kind, word in FINDING_WORDS.items()]
# What needs no more than tidying up.
_MILD = (FindingKind.UNUSED, FindingKind.EXPIRED_TOKEN)
LIST_WORDS = {
    "include": ("Include", "any one is enough"),
    "require": ("Require", "all must be met"),
    "exclude": ("Exclude", "none may be met"),
}
STEP_WORDS = {
    "approval_required": "another person has to approve each request",
    "purpose_justification_required": "people have to say why they need access",
    "mfa_config": "people have to confirm with a second factor",
    "isolation_required": "the application opens in an isolated browser",
}


def decision_word(decision: str) -> str:
    return DECISIONS.get(decision, decision)


def decision_badge(decision: str) -> SafeString:
    """What a policy does with those who meet it; an unknown word is shown as it is."""
    if decision in DECISIONS:
        return cells.badge(DECISIONS[decision], *_DECISION_LOOKS[decision])
    return cells.badge(cells.text(decision) if decision else "No decision", "circle-dashed")


def finding_badge(kind: FindingKind) -> SafeString:
    """A kind of finding in a word or two."""
    return cells.badge(FINDING_WORDS[kind], *(("info-circle", "") if kind in _MILD else ("alert-triangle", "warn")))


def rule_counts(rules: RuleLists) -> str:
    """How many rules each list has: "include 3, require 1"."""
    return ", ".join(f"{name} {len(listed):,}" for name, listed in rules.named() if listed) or "no rules"


def use_words(kinds: Iterable[str]) -> str:
    """What uses something, counted: "2 policies, 1 rule group"."""
    found = list(kinds)
    number = {kind: found.count(kind) for kind in dict.fromkeys(found)}
    words = {Kind.APP: ("app", "apps"), Kind.POLICY: ("policy", "policies"), Kind.GROUP: ("rule group", "rule groups")}
    return ", ".join(counted(many, *words[Kind(kind)]) for kind, many in number.items())
