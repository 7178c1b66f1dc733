"""The closed catalogue of verdicts: from what is known of a person to what may be said.

A verdict is every sentence about coverage that holds, exactly one headline, every note that holds, and what the log
cannot tell beside them. Where nothing is covered, nothing else is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from logsync.insight.verdict.coverage_rules import COVERED, coverage_lines, nothing_known
from logsync.insight.verdict.facts import App, Facts
from logsync.insight.verdict.headline_rules import HEADLINES
from logsync.insight.verdict.note_rules import NOTES, OUT
from logsync.insight.verdict.sentences import Quote, Sentence, say
from logsync.insight.verdict.statement import Certainty, Statement, Verdict

# What the log cannot tell, by the headline or note beside which it is said.
LIMITS: Mapping[str, tuple[str, ...]] = {
    "H1": ("K2", "K5"),
    "H2": ("K2", "K5"),
    "H3": ("K1",),
    "H4": ("K1", "K6"),
    "H5": ("K1",),
    "H6": ("K3",),
    "H7": ("K3", "K4"),
    "H8": ("K4", "K7"),
    "H9": ("K4",),
    "H10": ("K4", "K6"),
    "N5": ("K2",),
    "N7": ("K2",),
}
# With these, part of the time is not known, and a sentence says so of itself.
PARTIAL = ("C2", "C3", "C5")


def judge(facts: Facts) -> Verdict:
    """The verdict on a person. Raises nothing, whatever the rows say."""
    if nothing := nothing_known(facts):
        return Verdict((nothing,), None, (), (), (), ())
    coverage = coverage_lines(facts)
    covered = COVERED if any(line.id in PARTIAL for line in coverage) else ""
    headline = next(line for rule in HEADLINES if (line := rule(facts, covered)))
    notes = tuple(line for rule in NOTES if (line := rule(facts, headline.id, covered)))
    said = [line.id for line in (headline, *notes)]
    limits = sorted({limit for line_id in said for limit in LIMITS.get(line_id, ())})
    return Verdict(
        coverage=coverage,
        headline=headline,
        out=_others_out(facts, headline.id),
        notes=notes,
        cannot_tell=tuple(Statement(limit, say(limit), Certainty.UNKNOWN) for limit in limits),
        ask_next=tuple(
            Statement(limit, NEXT[limit](facts, said), Certainty.UNKNOWN) for limit in limits if limit in NEXT
        ),
    )


def _others_out(facts: Facts, headline: str) -> tuple[App, ...]:
    """The apps that are out, less the one that the headline is about."""
    about = facts.lockout.app if facts.lockout and headline in OUT else None
    return tuple(app for app in facts.out if app != about)


def _open_the_ray(facts: Facts, said: Collection[str]) -> Sentence:
    ray = facts.lockout.run.last.ray_id if facts.lockout else ""
    email = Quote(facts.email)
    return say("K1 next", ray=Quote(ray), email=email) if ray else say("K1 no ray", email=email)


def _check_the_account(facts: Facts, said: Collection[str]) -> Sentence:
    """Where the first update comes from that the verdict speaks of."""
    off, removal = facts.deactivation and facts.deactivation.update, facts.lockout and facts.lockout.removal
    rows = {"H1": off, "H2": off, "N7": removal, "N5": facts.failing and facts.failing.last}
    update = next(row for line_id, row in rows.items() if row and line_id in said)
    return say("K2 next", provider=Quote(update.provider), setting=update.setting)


NEXT: Mapping[str, Callable[[Facts, Collection[str]], Sentence]] = {
    "K1": _open_the_ray,
    "K2": _check_the_account,
    "K4": lambda facts, said: say("K4 next"),
    "K6": lambda facts, said: say("K6 next"),
}
