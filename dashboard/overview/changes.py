"""The apps, people, providers and SCIM errors that changed most against the span before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.charts.sparkline import shares_of
from dashboard.overview.scope import Scope
from dashboard.page import cells
from dashboard.page.badges import template_text
from dashboard.page.links import OF_PEOPLE, app_href, can_filter_by
from logsync.insight.app_names import AppKey, app_names
from logsync.insight.changes import Change, most_changed, most_changed_attempts
from logsync.insight.connection_names import connection_names
from logsync.insight.trends import Bar, attempt_bars_by
from logsync.models import Account, Log
from logsync.spans import BEGINNING, Span

MOST_APPS = 7
MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something that failed `now` times in the range and `before` times in the span before; None if not compared.

    Denials are attempts; `rows` and `rows_before` are in how many rows, None where the numbers are rows. `now_href` and
    `before_href` lead to exactly these rows; blank where no filter can ask for them. `href` is the link of the name.
    """

    name: SafeString | str
    now: int
    before: int | None
    href: str
    now_href: str
    before_href: str
    beside: str = ""
    bars: Sequence[Bar] = field(default_factory=list)
    rows: int | None = None
    rows_before: int | None = None

    @property
    def change(self) -> int:
        return self.now - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Table:
    """What changed most, or failed most if the span before is not known. `what` names a row, `verb` what it did."""

    title: str
    what: str
    verb: str
    rows: list[Row]
    is_compared: bool


@dataclass(frozen=True, slots=True)
class AppTable:
    """The apps whose denials changed most. `known_parts` of the range are known, in per cent from and to."""

    rows: list[Row]
    is_compared: bool
    known_parts: list[tuple[float, float]]


def tables(scope: Scope) -> list[Table]:
    """The people, the providers and the SCIM errors that changed most."""
    logins, updates = (scope.known_before(log) is not None for log in (Log.ACCESS_REQUESTS, Log.SCIM_UPDATES))
    return [
        Table("People", "Person", "denied", people(scope), logins),
        Table("Providers", "Provider", "denied", providers(scope), logins),
        Table("SCIM errors", "Error", "failed", errors(scope), updates),
    ]


def apps(scope: Scope) -> AppTable:
    """The apps whose denials changed most, with a sparkline each."""
    changes = _changed_logins(scope, scope.logins().denied(), ("account", "app_uid"), MOST_APPS)
    keys: list[AppKey] = [(account, app_uid) for account, app_uid in (change.key for change in changes)]
    names, bars = app_names(keys), _bars(scope, keys)
    accounts = {account.pk: account for account in Account.objects.all()}
    rows = []
    for key, change in zip(keys, changes, strict=True):
        account, app_uid = accounts[key[0]], key[1]
        filters = OF_PEOPLE | {"account": account.account_id, "app_uid": app_uid}
        beside = str(account) if len(accounts) > 1 else ""
        name = cells.text(names[key])
        href = app_href(scope.filterset.query_string, account, app_uid)
        row = _row(scope, "logins:list", change, name, filters, href=href, beside=beside, bars=bars.get(key, []))
        rows.append(row)
    return AppTable(rows, scope.known_before(Log.ACCESS_REQUESTS) is not None, _known_parts(scope))


def people(scope: Scope) -> list[Row]:
    """The people whose denials changed most."""
    rows = []
    for change in _changed_logins(scope, scope.logins().denied(), ("person",), MOST):
        [person] = change.key
        href, filters = reverse("people:person", args=[person]), OF_PEOPLE | {"person": person}
        rows.append(_row(scope, "logins:list", change, cells.address(person), filters, href=href))
    return rows


def providers(scope: Scope) -> list[Row]:
    """The connections whose denials changed most."""
    changes = _changed_logins(scope, scope.logins().denied().exclude(connection=""), ("connection",), MOST)
    names = connection_names()
    return [
        _row(
            scope,
            "logins:list",
            change,
            cells.text(names.name(change.key[0])),
            OF_PEOPLE | {"connection": change.key[0]},
        )
        for change in changes
    ]


def errors(scope: Scope) -> list[Row]:
    """The SCIM problems whose failed requests changed most, without the ignored ones."""
    failed = scope.updates().failed().filter(problem__is_ignored=False)
    before = scope.known_before(Log.SCIM_UPDATES)
    keys = ("problem__key", "problem__template")
    changes = most_changed(failed, "logged_at", keys, scope.range.span, before, MOST)
    return [
        _row(scope, "scim:list", change, template_text(change.key[1]), {"problem": change.key[0]}) for change in changes
    ]


def _changed_logins(scope: Scope, logins: Any, keys: Sequence[str], most: int) -> list[Change]:
    before = scope.known_before(Log.ACCESS_REQUESTS)
    return most_changed_attempts(logins, keys, scope.range.span, before, most)


def _row(
    scope: Scope, list_name: str, change: Change, name: SafeString, filters: dict[str, str | None], **values: Any
) -> Row:
    is_linked = can_filter_by(*(value for value in filters.values() if value is not None))
    now_href = scope.href(list_name, **filters) if is_linked else ""
    before_href = scope.href_before(list_name, **filters) if is_linked and change.before is not None else ""
    values = {"href": now_href} | values
    return Row(
        name=name,
        now=change.now,
        before=change.before,
        rows=change.rows,
        rows_before=change.rows_before,
        now_href=now_href,
        before_href=before_href,
        **values,
    )


def _bars(scope: Scope, apps: Sequence[AppKey]) -> dict[tuple[Any, ...], list[Bar]]:
    span = scope.range.span
    denied = scope.logins().denied().between(*span).filter(app_uid__in=[app_uid for _, app_uid in apps])
    return attempt_bars_by(denied.logins_of_people(), ("account", "app_uid"), span, now=scope.range.now)


def _known_parts(scope: Scope) -> list[tuple[float, float]]:
    """The parts of the range that are known of the logins; none if the range has no beginning."""
    if scope.range.span.since == BEGINNING:
        return []
    whole = Span(scope.range.span.since, scope.range.until or scope.range.now)
    return shares_of(scope.lines[Log.ACCESS_REQUESTS].coverage.known_everywhere, whole)
