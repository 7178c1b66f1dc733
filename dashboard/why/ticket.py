"""The answer on one login for a ticket: the short form whoever copies it, as tickets are read by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from dashboard.page.markdown import code
from dashboard.why.discretion import Discretion
from logsync.insight.explain.load import Explained
from logsync.insight.why.sentences import headline_of, limits_of, policy_words


def why_lines(explained: Explained, discretion: Discretion, clock: Callable[[datetime], str]) -> Iterator[str]:
    """The headline, how the nearest policy stands, and how far that holds."""
    explained = discretion.told(explained)
    why, evidence = explained.why, explained.evidence
    yield headline_of(why, evidence, short=True).text(clock, code)
    if why.nearest:
        name = code(why.nearest.policy.name or why.nearest.policy.policy_id)
        yield f"- Nearest policy {name}: {policy_words(why.nearest, evidence, short=True).text(clock, code)}"
    for sentence in limits_of(why, evidence, short=True):
        yield f"- {sentence.text(clock, code)}"
