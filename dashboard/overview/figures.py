"""The four numbers at the top of the overview, for the range and for the span before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from dashboard.overview.scope import Scope
from dashboard.overview.wording import NOT_COUNTED, NOT_KNOWN, before_words
from dashboard.page.coverage_words import COMPLETE, PROVISIONAL, count_words
from dashboard.page.links import OF_PEOPLE
from logsync.derived.counts import Denials, count_denials, count_denied_attempts
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.insight.past_problems import PastProblems, past_problems
from logsync.insight.problem_queries import Problems, count_open_resources, failed_or_open
from logsync.models import Log
from logsync.words import counted, counted_attempts

LOCKED_OUT, NEVER_HAD_ACCESS = "locked_out", "never_had_access"
# Who was locked out in the span before takes reading all its logins. In a longer span they are too many.
LONGEST_COMPARED = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with a link to its rows. `change` compares it with the span before; None if that is not known.

    `shown` is the number in words: a zero is "0" only where all of the range is settled. `beside` says in how many
    rows, where these are more than the number.
    """

    label: str
    number: int
    shown: str
    href: str
    words: str
    change: int | None = None
    beside: str = ""


class Figures:
    """What happened in the range, and how much of it in the span before; None where that span is not known.

    Denials are attempts of people, and people are counted by the e-mail addresses in these. Who is locked out, and who
    never had access, is as of now.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.outcomes = Outcomes(scope.logins(), scope.range.span)

    # Logins

    @cached_property
    def denials(self) -> Denials:
        return count_denials(self.scope.logins(), self.scope.hours(), self.scope.range.span)

    @property
    def denied(self) -> int:
        return self.denials.attempts

    @cached_property
    def denied_before(self) -> int | None:
        before = self.scope.known_before(Log.ACCESS_REQUESTS)
        return None if before is None else count_denied_attempts(self.scope.logins(), self.scope.hours(), before)

    @cached_property
    def outcomes_before(self) -> Outcomes | None:
        """What became of those denied in the span before, as it stood one range length ago."""
        before = self.scope.known_before(Log.ACCESS_REQUESTS)
        if before is None:
            return None
        return Outcomes(self.scope.logins(), before, as_of=self.scope.range.now - before.length)

    @cached_property
    def locked_out_before(self) -> int | None:
        outcomes = self.outcomes_before
        if outcomes is None or outcomes.as_of is None or self.is_before_too_long:
            return None
        if not self.scope.is_known_until(Log.ACCESS_REQUESTS, outcomes.as_of):
            return None
        return outcomes.locked_out.people

    @property
    def is_before_too_long(self) -> bool:
        """Whether the span before is too long to count who was locked out in it."""
        return self.scope.before is not None and self.scope.before.length > LONGEST_COMPARED

    # SCIM

    @cached_property
    def past(self) -> PastProblems | None:
        """Where problems stood at the end of a range in the past; None as of now, or if that cannot be worked out."""
        until, now = self.scope.range.until, self.scope.range.now
        return past_problems(until) if until and until < now else None

    @cached_property
    def problems(self) -> Problems:
        """The problems that failed in the range, or are or were open at its end."""
        problems: Problems = failed_or_open(self.scope.problems(), self.scope.range.span, self.past)
        return problems

    @cached_property
    def failing_resources(self) -> int:
        return count_open_resources(self.problems, self.past)

    @cached_property
    def failures(self) -> int:
        return int(self.scope.updates().between(*self.scope.range.span).failed().count())

    @cached_property
    def failures_before(self) -> int | None:
        before = self.scope.known_before(Log.SCIM_UPDATES)
        return None if before is None else int(self.scope.updates().between(*before).failed().count())


# Tiles


def tiles_of(figures: Figures) -> list[Tile]:
    """The four numbers, each with its link and its change."""
    return [_denied(figures), _people(figures), _locked_out(figures), _failing(figures)]


def _denied(figures: Figures) -> Tile:
    before = figures.denied_before
    words = NOT_KNOWN if before is None else f"{before:,} {before_words(figures.scope.range)}"
    denials, href = figures.denials, figures.scope.href("logins:list", **OF_PEOPLE)
    tile = _tile(figures, "Denied logins", denials.attempts, before, href, words)
    if denials.attempts == denials.rows:
        return tile
    _, _, unit = counted_attempts(denials.attempts, denials.rows).partition(" ")
    return replace(tile, beside=unit)


def _people(figures: Figures) -> Tile:
    before = None if figures.outcomes_before is None else figures.outcomes_before.people_denied
    number = figures.outcomes.people_denied
    words = NOT_KNOWN if before is None else f"{before:,}"
    return _tile(figures, "People denied", number, before, figures.scope.href("logins:by-person"), words)


def _locked_out(figures: Figures) -> Tile:
    out, before = figures.outcomes.locked_out, figures.locked_out_before
    words = NOT_KNOWN if before is None else f"{before:,}"
    if figures.is_before_too_long:
        words = NOT_COUNTED
    if apps := len(out.apps):
        words = f"{words}, at {counted(apps, 'app')}"
    href = figures.scope.href("logins:by-person", outcome=LOCKED_OUT)
    return _tile(figures, "People still locked out", out.people, before, href, words + figures.scope.now_words)


def _failing(figures: Figures) -> Tile:
    """Where resources stood before is not worked out, so the change is that of the failed requests."""
    failures, before = figures.failures, figures.failures_before
    line, number = figures.scope.lines[Log.SCIM_UPDATES], figures.failing_resources
    words = counted(failures, "failed request") if failures else f"failed requests: {count_words(0, line.kind)}"
    words += f", {NOT_KNOWN}" if before is None else f", {before:,} {before_words(figures.scope.range)}"
    href = figures.scope.href("scim:problems", state=["regressed", "open"])
    if not number and line.has_no_scim:
        words = line.sentence
    else:
        words += f", as of {figures.scope.moment(figures.past.at)}" if figures.past else figures.scope.now_words
    return Tile("SCIM resources failing", number, count_words(number, line.kind), href, words)


def _tile(figures: Figures, label: str, number: int, before: int | None, href: str, words: str) -> Tile:
    kind = figures.scope.lines[Log.ACCESS_REQUESTS].kind
    # A range of which a part is missing cannot be compared.
    change = number - before if before is not None and kind in (COMPLETE, PROVISIONAL) else None
    return Tile(label, number, count_words(number, kind), href, words, change)
