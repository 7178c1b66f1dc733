"""The details of an app with failed logins: who was denied, what they have in common, and what the logs can't show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import QueryDict

from dashboard.logins.by_app.facts import Fact, facts_of
from dashboard.logins.by_app.failures import APP_FILTERS
from dashboard.logins.by_app.lockouts import LockoutRow, Lockouts, lockouts_of
from dashboard.logins.by_app.ticket import ticket_text
from dashboard.logins.filters import LoginFilter
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.links import app_href, can_filter_by, rows_href
from dashboard.page.query_string import QueryString
from logsync.coverage import FRESH
from logsync.insight.comparison.compare import Comparison, Line
from logsync.insight.comparison.load import MOST_ROWS, Compared, compare_people
from logsync.insight.comparison.observations import Field
from logsync.insight.comparison.phrases import (
    BEFORE,
    NAMES,
    difference_words,
    line_words,
    p_words,
    summary,
    value_words,
)
from logsync.insight.failures_by_app import App, FailuresByApp
from logsync.spans import Span
from logsync.words import rfc3339

MOST_NAMED = 5
# The filter of the list of logins for each field; the other fields have none.
PARAMETERS = {
    Field.CONNECTION: "connection",
    Field.COUNTRY: "country",
    Field.APP_HOST: "app_domain",
    Field.APP_TYPE: "app_type",
    Field.EMAIL_DOMAIN: "user_email",
    Field.IP_ADDRESS: "ip_address",
}


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

    key: str
    app: App
    lockouts: Lockouts
    compared: Compared
    rows: list[ComparedRow]
    said: str
    facts: list[Fact]
    is_filtered: bool
    rows_href: str
    app_href: str
    ticket: str

    @property
    def comparison(self) -> Comparison | None:
        return self.compared.comparison

    @property
    def is_cut(self) -> bool:
        """Whether more is left out than the time since the last sync."""
        return self.compared.later is not None and self.compared.later.length > FRESH

    @property
    def named(self) -> list[LockoutRow]:
        """The newest of the people who are still locked out."""
        return self.lockouts.out[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        return self.lockouts.out_count - len(self.named)


def summary_of(
    app: App, failures: FailuresByApp, filterset: LoginFilter, line: CoverageLine, page_href: str
) -> Summary:
    """The details of one app. `page_href` is the page's whole address, for a ticket."""
    query_string = filterset.query_string
    compared = compare_people(app.account, app.app_uid, line.coverage.asked)
    lockouts = lockouts_of(failures, query_string, app=app.pair)
    said = _said(compared)
    lines = compared.comparison.lines if compared.comparison else ()
    sentences = [line_words(line, compared.comparison) for line in lines if compared.comparison] or [said]
    return Summary(
        key=app.key,
        app=app,
        lockouts=lockouts,
        compared=compared,
        rows=_rows(app, compared),
        said=said,
        facts=facts_of(app, failures, query_string, compared),
        is_filtered=any(name not in APP_FILTERS for name in filterset.in_force),
        rows_href=rows_href(query_string, app.account, app.app_uid),
        app_href=app_href(query_string, app.account, app.app_uid),
        ticket=ticket_text(app, lockouts, sentences, line.sentence, page_href),
    )


def _said(compared: Compared) -> str:
    if compared.too_many:
        return f"More than {MOST_ROWS:,} logins are in this range; choose a shorter one to compare them."
    if compared.comparison is None:
        return "None of this range is settled yet, so nothing is compared."
    return summary(compared.comparison)


def _rows(app: App, compared: Compared) -> list[ComparedRow]:
    """First what stands out, then what else most of the denied have."""
    if compared.comparison is None or compared.span is None:
        return []
    comparison, span = compared.comparison, compared.span
    return [_row(app, line, comparison, span) for line in (*comparison.lines, *comparison.others)]


def _row(app: App, line: Line, comparison: Comparison, span: Span) -> ComparedRow:
    is_before = line.field is Field.ALLOWED_BEFORE
    return ComparedRow(
        name=_sentence_case(BEFORE[line.value][0] if is_before else NAMES[line.field]),
        value="" if is_before else line.value,
        note=_note(line),
        denied=line.denied,
        allowed=line.allowed,
        denied_share=round(100 * line.denied / comparison.denied, 1),
        allowed_share=round(100 * line.allowed / comparison.allowed, 1),
        stands_out=line.stands_out,
        denied_href=_with_value(app, line, span, "false"),
        allowed_href=_with_value(app, line, span, "true"),
    )


def _sentence_case(words: str) -> str:
    return words[0].upper() + words[1:]


def _note(line: Line) -> str:
    if not line.stands_out:
        return "no difference that the numbers prove"
    same = ", ".join(value_words(field, value) for field, value in line.same_people)
    sure = f"{difference_words(line)}, {p_words(line)}"
    return f"The same people: {same}. {sure}" if same else sure


def _with_value(app: App, line: Line, span: Span, allowed: str) -> str:
    """The list of people's logins with this value; blank if no filter can ask for it."""
    name = PARAMETERS.get(line.field)
    if name is None or not can_filter_by(line.value):
        return ""
    value = f"@{line.value}" if line.field is Field.EMAIL_DOMAIN else line.value
    range = {"since": rfc3339(span.since, "auto"), "until": rfc3339(span.until, "auto")}
    filters = {name: value, "allowed": allowed, "identity": "people", **range}
    return rows_href(QueryString(QueryDict()), app.account, app.app_uid, **filters)
