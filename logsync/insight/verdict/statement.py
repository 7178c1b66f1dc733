"""The parts of a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logsync.insight.explain.load import Explained
from logsync.insight.sentence import Sentence
from logsync.insight.verdict.facts import App, Attempts, Failures, Row


class Certainty(StrEnum):
    """How sure a sentence is: the rows say so; true in the known time; two facts close in time; or not known.

    All but the first are shown behind the sentence.
    """

    ON_RECORD = "on record"
    COVERED = "in the logs we have"
    FITS = "close in time; the cause isn’t known"
    UNKNOWN = "may not apply here"


@dataclass(frozen=True, slots=True)
class Selection:
    """The login rows behind a sentence, for a list: allowed or not, from `since` through `last`.

    At the app with this `app_uid`; None means any app.
    """

    rows: int
    allowed: bool
    account_id: int
    app_uid: str | None
    since: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everyone who tried an app since a moment, denied and allowed, to compare with."""

    account_id: int
    app_uid: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a verdict, with the rows that prove it. `detail` is a second sentence, to be shown smaller.

    `evidence` has a few of these rows, `selection` stands for all of them. `comparison` backs a sentence about other
    people, `failures` one about failing SCIM requests.
    """

    sentence: Sentence
    certainty: Certainty
    evidence: tuple[Row, ...] = ()
    selection: Selection | None = None
    comparison: Comparison | None = None
    failures: tuple[Failures, ...] = ()
    detail: Sentence | None = None

    @property
    def id(self) -> str:
        """The id of the sentence, without the word for its variant: "H7" of "H7 unsaid"."""
        return self.sentence.id.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the logs show about a person.

    `coverage` says which time is known, `headline` is the one thing to know (None only if no time of the range is
    known), `lost` the other apps the person is locked out of, `never` those that never let them in, `notes` further
    facts, `limits` what the logs can't show, and `next_steps` what to do next. `explained` is what the policies asked
    of the denied login that the headline is about; None if it is about none.
    """

    coverage: tuple[Statement, ...]
    headline: Statement | None
    lost: tuple[App, ...]
    never: tuple[App, ...]
    notes: tuple[Statement, ...]
    limits: tuple[Statement, ...]
    next_steps: tuple[Statement, ...]
    explained: Explained | None = None


def rows_of(*found: Row | Attempts | None) -> tuple[Row, ...]:
    """Rows as evidence, each once; of attempts, the first and the last."""
    rows: dict[str, Row] = {}
    for one in found:
        for row in (one.first, one.last) if isinstance(one, Attempts) else (one,):
            if row is not None:
                rows.setdefault(row.key, row)
    return tuple(rows.values())


def selection_of(attempts: Attempts, app_uid: str | None = None) -> Selection:
    """All of these attempts, for a list: at one app, or at any."""
    first, last = attempts.first, attempts.last
    return Selection(attempts.rows, bool(first.allowed), first.account_id, app_uid, first.at, last.at)
