"""Marks for what was met, was not, or can't be told: always an icon with a word, and a colour only where it matters."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from dashboard.page import cells
from logsync.cloudflare.policies import DENY
from logsync.insight.why.answer import PolicyAnswer, Result


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its icon and colour."""

    word: str
    icon: str
    kind: str = ""

    @property
    def badge(self) -> SafeString:
        return cells.badge(self.word, self.icon, self.kind)


WORDS = {
    Result.MET: ("Met", "circle-check"),
    Result.NOT_MET: ("Not met", "square-rounded-x"),
    Result.UNKNOWN: ("Can’t be told", "circle-dashed"),
}


# Of what keeps a login out if it is met.
SHUTS_OUT = Mark("Met", "ban", "bad")


def rule_mark(result: Result, *, lets_in: bool, matters: bool) -> Mark:
    """The mark of a rule. `lets_in` if the login needs it to be met, not if it needs it not to be.

    What doesn't matter, since another rule of its list is enough, has no colour.
    """
    if result is Result.MET and not lets_in:
        return SHUTS_OUT
    colours = {Result.MET: "good", Result.NOT_MET: "bad"} if lets_in else {}
    return Mark(*WORDS[result], colours.get(result, "") if matters else "")


def policy_mark(answer: PolicyAnswer) -> Mark:
    """The mark of a policy. One that isn't met has no colour, as most policies are for other people."""
    if answer.result is not Result.MET:
        return Mark(*WORDS[answer.result])
    return SHUTS_OUT if answer.policy.decision == DENY else Mark(*WORDS[Result.MET], "good")
