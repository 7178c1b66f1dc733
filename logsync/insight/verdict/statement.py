"""What a verdict is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logsync.insight.verdict.facts import App, Attempts, Failures, Row
from logsync.insight.verdict.sentences import Sentence


class Certainty(StrEnum):
    """How sure a sentence is: the rows are the statement; true of the time that is known; two facts lie near each
    other in time; or not known."""

    ON_RECORD = "on record"
    COVERED = "in the covered time"
    FITS = "fits"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Selection:
    """A number of login rows of the person that a list shows: of an app, by what became of them, since <= t <= last."""

    rows: int
    allowed: bool
    account_id: int
    app_uid: str | None
    since: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody who tried an app since a moment, the denied beside the allowed."""

    account_id: int
    app_uid: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a verdict, with the rows that prove it; `selection` are all of them where they are many.

    `comparison` is what may be looked at beside a sentence about others, `failures` the SCIM requests that fail.
    """

    id: str
    sentence: Sentence
    certainty: Certainty
    evidence: tuple[Row, ...] = ()
    selection: Selection | None = None
    comparison: Comparison | None = None
    failures: tuple[Failures, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a person: what is known of the time, the one thing to know, further facts, and the limits.

    `headline` is None only where no time of the range is known. `out` are the other apps that are out.
    """

    coverage: tuple[Statement, ...]
    headline: Statement | None
    out: tuple[App, ...]
    notes: tuple[Statement, ...]
    cannot_tell: tuple[Statement, ...]
    ask_next: tuple[Statement, ...]


def rows_of(*found: Row | Attempts | None) -> tuple[Row, ...]:
    """Rows that prove something, each once: of attempts the first and the last."""
    rows: dict[str, Row] = {}
    for one in found:
        for row in (one.first, one.last) if isinstance(one, Attempts) else (one,):
            if row is not None:
                rows.setdefault(row.key, row)
    return tuple(rows.values())


def selection_of(attempts: Attempts, app_uid: str | None = None) -> Selection:
    """The list of these attempts, at one app or at any."""
    first, last = attempts.first, attempts.last
    return Selection(attempts.rows, bool(first.allowed), first.account_id, app_uid, first.at, last.at)
