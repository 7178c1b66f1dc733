"""The sentences about why a login was denied. `catalogue` has all of their words."""

from __future__ import annotations

from logsync.insight.why.sentences.catalogue import WHY
from logsync.insight.why.sentences.headlines import headline_of
from logsync.insight.why.sentences.limits import limits_of
from logsync.insight.why.sentences.next_steps import ask_for
from logsync.insight.why.sentences.phrases import policy_words, seen_words

__all__ = ["WHY", "ask_for", "headline_of", "limits_of", "policy_words", "seen_words"]
