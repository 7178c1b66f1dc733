"""From the facts about a person to a verdict.

A verdict has every coverage sentence that is true, exactly one headline, every note that is true, and what the logs
can't show about these. If no time is known, it says only that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from logsync.insight.explain.load import Explained
from logsync.insight.sentence import Quote, Sentence
from logsync.insight.verdict.coverage_rules import COVERED, coverage_statements, nothing_known
from logsync.insight.verdict.facts import App, Facts
from logsync.insight.verdict.headline_rules import HEADLINES
from logsync.insight.verdict.note_rules import NOTES, OUT
from logsync.insight.verdict.sentences import fill
from logsync.insight.verdict.statement import Certainty, Statement, Verdict
from logsync.insight.why.sentences import ask_for

# Which limits go with which headline or note.
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
    "H11": ("K8",),
    "N5": ("K2",),
    "N7": ("K2",),
    "N13": ("K2",),
}
# Headlines about somebody who is out, which the policies of the app say more about.
WHY_TOO = ("H2", *OUT)
# What is left of K1 where the policies say more than the logs, by the headline of their answer.
LEFT_UNKNOWN = {
    "Y1": "K1 on record",
    "Y2": "K1 on record",
    "Y3": "K1 as last seen",
    "Y4": "K1 unknown",
    "Y5": "K1 admitted",
}
# If one of these is true, part of the time is not known, and other sentences say "in the logs we have".
PARTIAL = ("C2", "C3", "C5")


def judge(facts: Facts) -> Verdict:
    """The verdict on a person. Never raises, whatever the rows say."""
    if nothing := nothing_known(facts):
        return Verdict((nothing,), None, (), (), (), (), ())
    coverage = coverage_statements(facts)
    covered = COVERED if any(statement.id in PARTIAL for statement in coverage) else ""
    headline = next(statement for rule in HEADLINES if (statement := rule(facts, covered)))
    notes = tuple(statement for rule in NOTES if (statement := rule(facts, headline.id, covered)))
    ids = [statement.id for statement in (headline, *notes)]
    explained = facts.explained if headline.id in WHY_TOO else None
    told = explained if explained and explained.why.headline in LEFT_UNKNOWN else None
    limits = sorted({limit for statement_id in ids for limit in LIMITS.get(statement_id, ())})
    others = _others_out(facts, headline.id)
    return Verdict(
        coverage=coverage,
        headline=headline,
        lost=tuple(app for app in others if app.is_lost),
        never=tuple(app for app in others if app.never_let_in),
        notes=notes,
        limits=tuple(Statement(_limit(limit, told), Certainty.UNKNOWN) for limit in limits),
        next_steps=tuple(Statement(step, Certainty.UNKNOWN) for step in _next_steps(facts, ids, limits, told)),
        explained=explained,
    )


def _limit(limit: str, told: Explained | None) -> Sentence:
    """A limit; of K1 only what the policies of the app don’t tell."""
    return fill(LEFT_UNKNOWN[told.why.headline] if limit == "K1" and told else limit)


def _next_steps(
    facts: Facts, ids: Collection[str], limits: Collection[str], told: Explained | None
) -> Iterator[Sentence]:
    """What to do next; what the policies ask for comes before everything else."""
    if told:
        yield from ask_for(told.why, told.evidence, short=True)
    for one in (*ids, *limits):
        if one == "K1" and told:
            yield from _open_the_ray_alone(facts, told)
        elif one in NEXT_STEPS:
            yield NEXT_STEPS[one](facts, ids)


def _open_the_ray_alone(facts: Facts, told: Explained) -> Iterator[Sentence]:
    """Where the policies leave open what denied the login, Cloudflare knows more of it."""
    ray = facts.lockout.run.last.ray_id if facts.lockout else ""
    if ray and told.why.headline not in ("Y1", "Y2"):
        yield fill("K1 ray", ray=Quote(ray))


def _others_out(facts: Facts, headline: str) -> tuple[App, ...]:
    """The apps the person is out of, except the one in the headline."""
    about = facts.lockout.app if facts.lockout and headline in OUT else None
    return tuple(app for app in facts.out if app != about)


def _open_the_ray(facts: Facts, ids: Collection[str]) -> Sentence:
    ray = facts.lockout.run.last.ray_id if facts.lockout else ""
    email = Quote(facts.email)
    return fill("K1 next", ray=Quote(ray), email=email) if ray else fill("K1 no ray", email=email)


def _check_the_account(facts: Facts, ids: Collection[str]) -> Sentence:
    """Name the provider of the first update that the verdict mentions."""
    off, removal = facts.deactivation and facts.deactivation.update, facts.lockout and facts.lockout.removal
    rows = {"H1": off, "H2": off, "N13": off, "N7": removal, "N5": facts.failing and facts.failing.last}
    update = next(row for statement_id, row in rows.items() if row and statement_id in ids)
    return fill("K2 next", provider=Quote(update.provider), setting=update.setting)


def _at_the_app(sentence_id: str) -> Callable[[Facts, Collection[str]], Sentence]:
    def step(facts: Facts, ids: Collection[str]) -> Sentence:
        assert facts.lockout
        return fill(sentence_id, app=Quote(facts.lockout.app.name))

    return step


# What to do about a headline, a note or a limit, in this order.
NEXT_STEPS: Mapping[str, Callable[[Facts, Collection[str]], Sentence]] = {
    "H1": lambda facts, ids: fill("H1 next"),
    "H3": _at_the_app("H3 next"),
    "H4": _at_the_app("H4 next"),
    "H10": lambda facts, ids: fill("H10 next"),
    "N9": lambda facts, ids: fill("N9 next"),
    "K1": _open_the_ray,
    "K2": _check_the_account,
    "K3": lambda facts, ids: fill("K3 next"),
    "K4": lambda facts, ids: fill("K4 next"),
    "K7": lambda facts, ids: fill("K7 next"),
    "K8": lambda facts, ids: fill("K8 next"),
}
