"""The four numbers of the overview, and what they are counted from: in the range, and in as long a time before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from dashboard.overview.scope import Scope
from dashboard.overview.wording import NOT_COUNTED, NOT_KNOWN, before_words
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.insight.problem_queries import Problems, count_open_resources, failed_or_open
from logsync.models import Log
from logsync.words import counted

LOCKED_OUT = "locked_out"
# Who was locked out before is asked of every login of the time before, which of a longer time are too many.
LONGEST_COMPARED = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that leads to its rows. `change` is against the time before, None where that cannot be said."""

    label: str
    number: int
    href: str
    words: str
    change: int | None = None


class Figures:
    """What happened in the range, and how many of each there were before; None where that time is not known.

    A person, here and everywhere, is an address that a denied login bears; who is still locked out is said as of now.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.outcomes = Outcomes(scope.logins(), scope.range.span)

    # Logins

    @cached_property
    def denied(self) -> int:
        return int(self.scope.logins().between(self.scope.range.since, self.scope.range.until).denied().count())

    @cached_property
    def denied_before(self) -> int | None:
        if not (before := self.scope.before) or not self.scope.is_before_known(Log.ACCESS_REQUESTS):
            return None
        return int(self.scope.logins().between(*before).denied().count())

    @cached_property
    def outcomes_before(self) -> Outcomes | None:
        """Who was denied in the time before, and who of them had not got in as long ago as the range is long."""
        if not (before := self.scope.before) or not self.scope.is_before_known(Log.ACCESS_REQUESTS):
            return None
        return Outcomes(self.scope.logins(), before, as_of=self.scope.range.now - before.length)

    @cached_property
    def locked_out_before(self) -> int | None:
        before, span = self.outcomes_before, self.scope.before
        if before is None or span is None or span.length > LONGEST_COMPARED:
            return None
        if not self.scope.is_before_known(Log.ACCESS_REQUESTS, before.as_of):
            return None
        return before.locked_out.people

    # SCIM

    @cached_property
    def problems(self) -> Problems:
        """The problems that the range is about: they failed in it, or are open now."""
        problems: Problems = failed_or_open(self.scope.problems(), self.scope.range.span)
        return problems

    @cached_property
    def failing_resources(self) -> int:
        return count_open_resources(self.problems)

    @cached_property
    def failures(self) -> int:
        return int(self.scope.updates().between(self.scope.range.since, self.scope.range.until).failed().count())

    @cached_property
    def failures_before(self) -> int | None:
        if not (before := self.scope.before) or not self.scope.is_before_known(Log.SCIM_UPDATES):
            return None
        return int(self.scope.updates().between(*before).failed().count())


# Tiles


def tiles_of(figures: Figures) -> list[Tile]:
    """The four numbers, each with its rows and its change."""
    return [_denied(figures), _people(figures), _locked_out(figures), _failing(figures)]


def _denied(figures: Figures) -> Tile:
    before = figures.denied_before
    words = NOT_KNOWN if before is None else f"{before:,} {before_words(figures.scope.range)}"
    return _tile("Denied logins", figures.denied, before, figures.scope.href("logins:list"), words)


def _people(figures: Figures) -> Tile:
    before = None if figures.outcomes_before is None else figures.outcomes_before.people_denied
    number = figures.outcomes.people_denied
    words = NOT_KNOWN if before is None else f"{before:,}"
    return _tile("People denied", number, before, figures.scope.href("logins:by-person"), words)


def _locked_out(figures: Figures) -> Tile:
    out, before = figures.outcomes.locked_out, figures.locked_out_before
    words = f"{before:,}" if before is not None else NOT_KNOWN
    if figures.scope.before and figures.scope.before.length > LONGEST_COMPARED:
        words = NOT_COUNTED
    if apps := len(out.apps):
        words = f"{words}, at {counted(apps, 'app')}"
    href = figures.scope.href("logins:by-person", outcome=LOCKED_OUT)
    return _tile("People still locked out", out.people, before, href, words)


def _failing(figures: Figures) -> Tile:
    """Where resources stood before is not kept, so the change is that of the failed requests."""
    failures, before = figures.failures, figures.failures_before
    words = counted(failures, "failed request")
    words += f", {NOT_KNOWN}" if before is None else f", {before:,} {before_words(figures.scope.range)}"
    href = figures.scope.href("scim:problems", state=["regressed", "open"])
    return Tile("SCIM resources failing", figures.failing_resources, href, words)


def _tile(label: str, number: int, before: int | None, href: str, words: str) -> Tile:
    return Tile(label, number, href, words, None if before is None else number - before)
