"""Who lost access, who never had it, and who was denied and then got in: the rows of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict
from django.urls import reverse

from dashboard.page.links import app_href, can_filter_by, rows_href
from dashboard.page.query_string import QueryString
from logsync.coverage import KNOWN, spans_of
from logsync.insight.app_names import AppKey
from logsync.insight.connection_names import connection_names
from logsync.insight.failures_by_app import FailuresByApp
from logsync.insight.lockouts.outcomes import DenialRun, GotIn
from logsync.models import Account, Log, Stream
from logsync.words import rfc3339

MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class LockoutRow:
    """A person and an app of an `account`, and the name of the `provider` that the newest denial came through.

    `known_since` is when the known logins of its account begin, None if none are known. `allowed_at` is when the person
    got in since, None while they can't.
    """

    run: DenialRun
    account: Account
    app_name: str
    provider: str
    app_href: str
    rows_href: str
    known_since: datetime | None

    @property
    def person_href(self) -> str:
        return reverse("people:person", args=[self.run.person])

    @property
    def allowed_at(self) -> datetime | None:
        return self.run.allowed_at if isinstance(self.run, GotIn) else None


@dataclass(frozen=True, slots=True)
class Lockouts:
    """The newest of each list, and how many there are in all.

    `out` are those who had access and lost it, `never_in` those who never had it.
    """

    out: list[LockoutRow]
    out_count: int
    never_in: list[LockoutRow]
    never_in_count: int
    got_in: list[LockoutRow]
    got_in_count: int


def lockouts_of(
    failures: FailuresByApp, query_string: QueryString, *, app: AppKey | None = None, most: int | None = MOST_SHOWN
) -> Lockouts:
    """Everyone, or the people at one app; of each list the newest, as many as may be."""
    outcomes = failures.outcomes
    out, never_in, got_in = (
        denials if app is None else denials.at(app)
        for denials in (outcomes.locked_out, outcomes.never_had_access, outcomes.got_in)
    )
    rows = _Rows(failures, query_string)
    return Lockouts(
        out=rows.of(outcomes.still_locked_out(app=app, most=most)),
        out_count=len(out),
        never_in=rows.of(outcomes.never_let_in(app=app, most=most)),
        never_in_count=len(never_in),
        got_in=rows.of(outcomes.then_allowed(app=app, most=most)),
        got_in_count=len(got_in),
    )


class _Rows:
    """Makes rows of lockouts: with names, links, and since when logins are known."""

    def __init__(self, failures: FailuresByApp, query_string: QueryString) -> None:
        self.failures = failures
        self.query_string = query_string
        self.connections = connection_names()
        streams = Stream.objects.filter(log=Log.ACCESS_REQUESTS).with_ranges()
        self.known_since = {stream.account_id: _first_known(stream) for stream in streams}

    def of(self, runs: Sequence[DenialRun]) -> list[LockoutRow]:
        names = self.failures.names_of((run.account_id, run.app_uid) for run in runs)
        return [self._row(run, names[run.account_id, run.app_uid]) for run in runs]

    def _row(self, run: DenialRun, name: str) -> LockoutRow:
        account = self.failures.accounts[run.account_id]
        href = app_href(self.query_string, account, run.app_uid)
        provider = self.connections.name(run.connection, run.account_id)
        known_since = self.known_since.get(run.account_id)
        return LockoutRow(run, account, name, provider, href, _rows_href(run, account), known_since)


def _rows_href(run: DenialRun, account: Account) -> str:
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
