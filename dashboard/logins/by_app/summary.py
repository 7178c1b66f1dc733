"""The details of an app with failed logins: who was denied, what they have in common, and what the logs can't show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest

from dashboard.logins.by_app.compared_people import PeopleLinks
from dashboard.logins.by_app.facts import Fact, facts_of
from dashboard.logins.by_app.failures import APP_FILTERS
from dashboard.logins.by_app.lacking import LackingCard, lacking_card
from dashboard.logins.by_app.lockouts import LockoutRow, Lockouts, lockouts_of
from dashboard.logins.by_app.ticket import ticket_text
from dashboard.logins.by_app.window import ComparedTime, compared_time
from dashboard.logins.filters import LoginFilter
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import app_href, denials_href
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.discretion import Discretion
from logsync.coverage import FRESH
from logsync.insight.comparison.compare import Comparison, Line
from logsync.insight.comparison.load import MOST_ROWS, Compared, compare_people
from logsync.insight.comparison.observations import Field
from logsync.insight.comparison.phrases import (
    BEFORE,
    NAMES,
    NO_CAUSE,
    difference_words,
    line_words,
    p_words,
    shown_value,
    small_words,
    summary,
    value_words,
)
from logsync.insight.connection_names import ConnectionNames, connection_names
from logsync.insight.failures_by_app import App, FailuresByApp
from logsync.words import counted_attempts

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of the comparison: shares in per cent, links blank where no filter can ask for the rows."""

    name: str
    value: str
    note: str
    denied: int
    allowed: int
    denied_share: float
    allowed_share: float
    stands_out: bool
    denied_href: str
    allowed_href: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What `template` shows. `said` is there if nothing can be compared or nothing stands out."""

    template: ClassVar[str] = "logins/by_app/summary.html"
    no_cause: ClassVar[str] = NO_CAUSE

    key: str
    app: App
    lockouts: Lockouts
    time: ComparedTime
    other_time_href: str
    compared: Compared
    denied_href: str
    allowed_href: str
    rows: list[ComparedRow]
    said: str
    facts: list[Fact]
    is_filtered: bool
    rows_href: str
    app_href: str
    ticket: str
    lacking: LackingCard | None

    @property
    def denied_words(self) -> str:
        return counted_attempts(self.app.denied, self.app.rows, "denied attempt")

    @property
    def comparison(self) -> Comparison | None:
        return self.compared.comparison

    @property
    def is_cut(self) -> bool:
        """Whether more is left out than the time since the last sync."""
        return self.compared.later is not None and self.compared.later.length > FRESH

    @property
    def named(self) -> list[LockoutRow]:
        """The newest of the people who lost access."""
        return self.lockouts.out[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        return self.lockouts.out_count - len(self.named)

    @property
    def never_named(self) -> list[LockoutRow]:
        """The newest of the people who never had access."""
        return self.lockouts.never_in[:MOST_NAMED]

    @property
    def never_unnamed(self) -> int:
        return self.lockouts.never_in_count - len(self.never_named)


def summary_of(
    app: App, failures: FailuresByApp, filterset: LoginFilter, line: CoverageLine, request: HttpRequest
) -> Summary:
    """The details of one app, for whoever makes the request."""
    query_string = filterset.query_string
    time = compared_time(app.pair, filterset.data, filterset.range, line.coverage.of)
    compared = compare_people(app.account, app.app_uid, time.span)
    people = PeopleLinks(app, compared.span)
    lockouts = lockouts_of(failures, query_string, app=app.pair)
    names = connection_names().within(app.account.pk)
    said = _said(compared, names)
    lines = compared.comparison.lines if compared.comparison else ()
    sentences = [line_words(line, compared.comparison, names) for line in lines if compared.comparison] or [said]
    return Summary(
        key=app.key,
        app=app,
        lockouts=lockouts,
        time=time,
        other_time_href=time.other_href(query_string),
        compared=compared,
        denied_href=people.href(denied=True),
        allowed_href=people.href(denied=False),
        rows=_rows(compared, people, names),
        said=said,
        facts=facts_of(app, failures, query_string, compared, people),
        is_filtered=any(name not in APP_FILTERS for name in filterset.in_force),
        rows_href=denials_href(query_string, app.account, app.app_uid) if app.rows else "",
        app_href=app_href(query_string, app.account, app.app_uid),
        ticket=ticket_text(app, lockouts, compared.span, sentences, line.sentence, request.build_absolute_uri()),
        lacking=lacking_card(
            compared, people, SentenceRenderer(Viewer.of(request), filterset.range.now), Discretion.of(request)
        ),
    )


def _said(compared: Compared, names: ConnectionNames) -> str:
    if compared.too_many:
        return f"More than {MOST_ROWS:,} logins are in this range; choose a shorter one to compare them."
    if compared.comparison is None:
        return "None of this range is settled yet, so nothing is compared."
    return summary(compared.comparison, names)


def _rows(compared: Compared, people: PeopleLinks, names: ConnectionNames) -> list[ComparedRow]:
    """First what stands out, then what is significant, then what else most of the denied have."""
    comparison = compared.comparison
    if comparison is None:
        return []
    lines = (*comparison.lines, *comparison.small, *comparison.others)
    return [_row(line, comparison, people, names) for line in lines]


def _row(line: Line, comparison: Comparison, people: PeopleLinks, names: ConnectionNames) -> ComparedRow:
    is_before = line.field is Field.ALLOWED_BEFORE
    return ComparedRow(
        name=_sentence_case(BEFORE[line.value][0] if is_before else NAMES[line.field]),
        value="" if is_before else shown_value(line.field, line.value, names),
        note=_note(line, names),
        denied=line.denied,
        allowed=line.allowed,
        denied_share=round(100 * line.denied / comparison.denied, 1),
        allowed_share=round(100 * line.allowed / comparison.allowed, 1),
        stands_out=line.stands_out,
        denied_href=people.href(denied=True, field=line.field, value=line.value),
        allowed_href=people.href(denied=False, field=line.field, value=line.value),
    )


def _sentence_case(words: str) -> str:
    return words[0].upper() + words[1:]


def _note(line: Line, names: ConnectionNames) -> str:
    if not line.is_significant:
        return "no significant difference"
    if not line.stands_out:
        return small_words(line)
    same = ", ".join(value_words(field, value, names) for field, value in line.same_people)
    sure = f"{difference_words(line)}, {p_words(line)}"
    return f"The same people: {same}. {sure}" if same else sure
