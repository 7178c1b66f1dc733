"""Who is still locked out, and who was denied and then got in, as the pages list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.links import app_href, can_filter_by, rows_href
from dashboard.page.query_string import QueryString
from logsync.coverage import KNOWN, spans_of
from logsync.insight.failures_by_app import NAMELESS
from logsync.insight.lockouts.outcomes import GotIn, LockedOut, Outcomes
from logsync.insight.lockouts.pairs import AppKey
from logsync.models import Account, Application, Log, Stream
from logsync.words import rfc3339

MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class LockoutRow:
    """A person and an application. `known_since` is the first moment on record there, None if none is.

    `allowed_at` is when the person got in since, None while they are locked out.
    """

    run: LockedOut
    app_name: str
    app_href: str
    rows_href: str
    known_since: datetime | None

    @property
    def person_href(self) -> str:
        return reverse("people:person", args=[self.run.person])

    @property
    def person(self) -> SafeString:
        """The address as it was last written, leading to the person."""
        address = cells.address(self.run.user_email)
        return format_html('<a class="gh-plain" href="{}">{}</a>', self.person_href, address)

    @property
    def allowed_at(self) -> datetime | None:
        return self.run.allowed_at if isinstance(self.run, GotIn) else None


@dataclass(frozen=True, slots=True)
class Lockouts:
    """The newest of both lists, and how many there are in all; `out_people` counts people, however many the apps."""

    out: list[LockoutRow]
    out_count: int
    out_people: int
    got_in: list[LockoutRow]
    got_in_count: int


def lockouts_of(
    outcomes: Outcomes, address: QueryString, *, app: AppKey | None = None, most: int = MOST_SHOWN
) -> Lockouts:
    """Everybody, or those at one application."""
    out = outcomes.locked_out if app is None else outcomes.locked_out.at(app)
    got_in = outcomes.got_in if app is None else outcomes.got_in.at(app)
    rows = _Rows(address)
    return Lockouts(
        out=rows.of(outcomes.still_locked_out(app=app, most=most)),
        out_count=len(out),
        out_people=out.people,
        got_in=rows.of(outcomes.then_allowed(app=app, most=most)),
        got_in_count=len(got_in),
    )


class _Rows:
    """What the rows need to know beside the runs: names, accounts, and since when logins are on record."""

    def __init__(self, address: QueryString) -> None:
        self.query_string = address
        self.accounts = {account.pk: account for account in Account.objects.all()}
        named = Application.objects.exclude(name="")
        self.names = {(app.account_id, app.app_uid): app.name for app in named}
        streams = Stream.objects.filter(log=Log.ACCESS_REQUESTS).with_ranges()
        self.known_since = {stream.account_id: _first_known(stream) for stream in streams}

    def of(self, runs: Sequence[LockedOut]) -> list[LockoutRow]:
        return [self._row(run) for run in runs]

    def _row(self, run: LockedOut) -> LockoutRow:
        name = self.names.get((run.account_id, run.app_uid)) or run.app_name or run.app_uid or NAMELESS
        account = self.accounts[run.account_id]
        href = app_href(self.query_string, account, run.app_uid)
        return LockoutRow(run, name, href, _rows_href(run, account), self.known_since.get(run.account_id))


def _rows_href(run: LockedOut, account: Account) -> str:
    """The list of exactly these denials; blank if no address can ask for them."""
    if not can_filter_by(run.person):
        return ""
    ends = {"since": run.first_denied, "until": run.last_denied + timedelta.resolution}
    span = {name: rfc3339(end, "auto") for name, end in ends.items()}
    asked = {"person": run.person, "allowed": "false", "identity": "people", **span}
    return rows_href(QueryString(QueryDict()), account, run.app_uid, **asked)


def _first_known(stream: Stream) -> datetime | None:
    known = spans_of(stream, *KNOWN)
    return known[0].since if known else None
