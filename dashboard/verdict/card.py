"""A verdict as HTML: its sentences on the viewer's clock, with links to the rows that prove them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.page.links import app_href, can_filter_by, updates_href
from dashboard.page.query_string import QueryString
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.card import WhyCard
from logsync.insight.verdict.facts import NO_TIME, App, Login, Row
from logsync.insight.verdict.statement import Certainty, Comparison, Selection, Statement, Verdict
from logsync.models import Account
from logsync.words import rfc3339

# The icon beside a headline, and its colour.
ICONS = {
    "H1": ("user-off", "warn"),
    "H2": ("user-off", "warn"),
    "H3": ("users", "bad"),
    "H4": ("lock", "bad"),
    "H5": ("lock", "bad"),
    "H6": ("lock-open", "good"),
    "H7": ("circle-check", "good"),
    "H11": ("world", ""),
    "C1": ("circle-dashed", ""),
}
MOST_LISTS = 3
RESULTS = {True: ("Allowed", "circle-check"), False: ("Denied", "ban"), None: ("Login", "login-2")}


@dataclass(frozen=True, slots=True)
class Proof:
    """A link to a row, or to a list of rows."""

    href: str
    icon: str
    words: SafeString


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement as HTML, with links to its proof. `certainty` is blank if the rows are the statement."""

    id: str
    html: SafeString
    detail: SafeString | str
    certainty: str
    proofs: list[Proof]

    @property
    def icon(self) -> str:
        return ICONS.get(self.id, ("info-circle", ""))[0]

    @property
    def kind(self) -> str:
        return ICONS.get(self.id, ("info-circle", ""))[1]


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """What templates/verdict/card.html shows.

    `lost` are the other apps the person is locked out of, `never` those that never let them in, each with the time of
    the last denial. `why` is what the policies asked of the login that the headline is about; None if it is about none,
    or if the page shows that of another login.
    """

    headline: ShownStatement
    coverage: list[ShownStatement]
    notes: list[ShownStatement]
    lost: list[tuple[App, SafeString | str]]
    never: list[tuple[App, SafeString | str]]
    limits: list[SafeString]
    next_steps: list[SafeString]
    why: WhyCard | None = None


class VerdictRenderer(SentenceRenderer):
    """Renders a verdict for one viewer at one moment, on the page at the path `here`."""

    def __init__(self, viewer: Viewer, now: datetime, query_string: QueryString, here: str) -> None:
        super().__init__(viewer, now)
        self.accounts = {account.pk: account for account in Account.objects.all()}
        self.query_string = query_string
        self.here = here

    def card(self, verdict: Verdict) -> VerdictCard:
        """The whole verdict; if no time is known, that is the headline."""
        return VerdictCard(
            headline=self.statement(verdict.headline or verdict.coverage[0]),
            coverage=[self.statement(statement) for statement in verdict.coverage] if verdict.headline else [],
            notes=[self.statement(statement) for statement in verdict.notes],
            lost=self._denied(verdict.lost),
            never=self._denied(verdict.never),
            limits=[self.html(statement.sentence) for statement in verdict.limits],
            next_steps=[self.html(statement.sentence) for statement in verdict.next_steps],
        )

    def statement(self, statement: Statement) -> ShownStatement:
        return ShownStatement(
            id=statement.id,
            html=self.html(statement.sentence),
            detail=self.html(statement.detail) if statement.detail else "",
            certainty="" if statement.certainty is Certainty.ON_RECORD else statement.certainty,
            proofs=list(self._proofs(statement)),
        )

    def _denied(self, apps: Iterable[App]) -> list[tuple[App, SafeString | str]]:
        return [
            (app, NO_TIME if app.denied_lacks_time else self.moment(app.denied_at)) for app in apps if app.denied_at
        ]

    def _time(self, row: Row) -> SafeString | str:
        """Of a row that is a proof: to the second, which tells it from others."""
        return NO_TIME if row.lacks_time else self.clock(row.at, seconds=True)

    def _proofs(self, statement: Statement) -> Iterator[Proof]:
        for row in statement.evidence:
            yield self._proof(row)
        selection = statement.selection
        if selection and selection.rows > sum(_is_of(row, selection) for row in statement.evidence):
            yield from self._list(selection)
        if statement.comparison:
            yield from self._compared(statement.comparison)
        for failures in statement.failures[:MOST_LISTS]:
            since = {"since": rfc3339(failures.since, "auto")}
            href = updates_href(problem=failures.problem, resource=failures.resource, **since)
            yield Proof(href, "exclamation-circle", format_html("All {} failed", f"{failures.requests:,}"))

    def _proof(self, row: Row) -> Proof:
        if isinstance(row, Login):
            word, icon = RESULTS[row.allowed]
            return Proof(reverse("logins:event", args=[row.key]), icon, format_html("{} {}", word, self._time(row)))
        words = format_html("SCIM update {}", self._time(row))
        return Proof(reverse("scim:event", args=[row.key]), "replace", words)

    def _list(self, selection: Selection) -> Iterator[Proof]:
        if selection.app_uid is not None and not can_filter_by(selection.app_uid):
            return
        until = selection.last + datetime.resolution
        query = self.query_string.replacing(
            range=None,
            account=self.accounts[selection.account_id].account_id if len(self.accounts) > 1 else None,
            since=rfc3339(selection.since, "auto"),
            until=rfc3339(until, "auto"),
            log="logins",
            allowed="true" if selection.allowed else "false",
            app_uid=selection.app_uid or None,
        )
        word = "allowed" if selection.allowed else "denied"
        words = format_html("All {} {} rows", f"{selection.rows:,}", word)
        yield Proof(f"{self.here}{query}#timeline", "login-2", words)

    def _compared(self, comparison: Comparison) -> Iterator[Proof]:
        since = QueryString(QueryDict(f"since={rfc3339(comparison.since, 'auto')}"))
        if href := app_href(since, self.accounts[comparison.account_id], comparison.app_uid):
            yield Proof(href, "users", mark_safe("Everyone who tried, and what the denied have in common"))


def _is_of(row: Row, selection: Selection) -> bool:
    return isinstance(row, Login) and row.allowed is selection.allowed
