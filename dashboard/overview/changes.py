"""What changed most against the time before: applications, people, providers and SCIM errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, TextField, Value
from django.db.models.functions import Abs, Coalesce
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.charts.sparkline import known_of
from dashboard.overview.scope import Scope
from dashboard.page import cells
from dashboard.page.badges import template_text
from dashboard.page.links import can_filter_by
from logsync.insight.app_names import app_names
from logsync.insight.trends import Bar, bars_by
from logsync.models import Account, Log
from logsync.spans import Span

MOST_APPS = 7
MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that failed so often in the range, and so often before; None where that time is not known.

    The addresses are of exactly the rows that are counted, blank where no filter can ask for these. `href` is where
    the name leads.
    """

    name: SafeString | str
    now: int
    before: int | None
    href: str
    now_href: str
    before_href: str
    beside: str = ""
    bars: Sequence[Bar] = field(default_factory=list)

    @property
    def change(self) -> int:
        return self.now - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Table:
    """What failed most, or what changed most where the time before is known. `what` is in each row, `verb` its fate."""

    title: str
    what: str
    verb: str
    rows: list[Change]
    is_compared: bool


def tables(scope: Scope) -> list[Table]:
    """The people, the providers and the SCIM errors that changed most."""
    logins, updates = scope.is_before_known(Log.ACCESS_REQUESTS), scope.is_before_known(Log.SCIM_UPDATES)
    return [
        Table("People", "Person", "denied", people(scope), logins),
        Table("Providers", "Connection", "denied", providers(scope), logins),
        Table("SCIM errors", "Error", "failed", errors(scope), updates),
    ]


@dataclass(frozen=True, slots=True)
class _Count:
    key: tuple[Any, ...]
    now: int
    before: int | None
    newest: int


def apps(scope: Scope) -> list[Change]:
    """The applications whose denials changed most, with a sparkline each."""
    counts = _changed_most(scope, Log.ACCESS_REQUESTS, scope.logins().denied(), ("account", "app_uid"), MOST_APPS)
    names = app_names((account, app_uid) for account, app_uid in (count.key for count in counts))
    accounts = {account.pk: account for account in Account.objects.all()}
    bars = _bars(scope, counts)
    found = []
    for count in counts:
        account, app_uid = accounts[count.key[0]], count.key[1]
        asked = {"account": account.account_id, "app_uid": app_uid}
        beside = str(account) if len(accounts) > 1 else ""
        name = cells.text(names[account.pk, app_uid])
        found.append(_change(scope, "logins:list", count, name, asked, beside=beside, bars=bars.get(count.key, [])))
    return found


def people(scope: Scope) -> list[Change]:
    """The people whose denials changed most."""
    # By a value of its own: SQLite would walk the whole index on people to have them in order.
    rows = (
        scope.logins().denied().exclude(person="").annotate(who=Coalesce("person", Value(""), output_field=TextField()))
    )
    return [
        _change(
            scope,
            "logins:list",
            count,
            cells.address(count.key[0]),
            {"person": count.key[0]},
            href=reverse("people:person", args=[count.key[0]]),
        )
        for count in _changed_most(scope, Log.ACCESS_REQUESTS, rows, ("who",), MOST)
    ]


def providers(scope: Scope) -> list[Change]:
    """The connections through which denials changed most."""
    rows = scope.logins().denied().exclude(connection="")
    counts = _changed_most(scope, Log.ACCESS_REQUESTS, rows, ("connection",), MOST)
    return [
        _change(scope, "logins:list", count, cells.text(count.key[0]), {"connection": count.key[0]}) for count in counts
    ]


def errors(scope: Scope) -> list[Change]:
    """The SCIM problems whose failed requests changed most, less those that are ignored."""
    rows = scope.updates().failed().filter(problem__is_ignored=False)
    counts = _changed_most(scope, Log.SCIM_UPDATES, rows, ("problem__key", "problem__template"), MOST)
    return [
        _change(scope, "scim:list", count, template_text(count.key[1]), {"problem": count.key[0]}) for count in counts
    ]


# Counting


def _changed_most(scope: Scope, log: Log, rows: Any, keys: Sequence[str], most: int) -> list[_Count]:
    """Rows counted by these fields: most changed first, then the most, then the newest; one bounded query."""
    is_known = scope.is_before_known(log)
    since = scope.before.since if scope.before and is_known else scope.range.since
    time = "created_at" if log == Log.ACCESS_REQUESTS else "logged_at"
    inside = Q(**{f"{time}__gte": scope.range.since}) if scope.range.since else Q(pk__isnull=False)
    counted = (
        rows.between(since, scope.range.until)
        .order_by()
        .values_list(*keys)
        .annotate(now=Count("pk", filter=inside), before=Count("pk", filter=~inside), newest=Max("pk"))
        .annotate(change=Abs(F("now") - F("before")))
        .order_by("-change", "-now", "-newest")[:most]
    )
    return [_Count(tuple(key), now, before if is_known else None, newest) for *key, now, before, newest, _ in counted]


def _change(
    scope: Scope, list_name: str, count: _Count, name: SafeString, asked: dict[str, str], **values: Any
) -> Change:
    is_linked = can_filter_by(*asked.values())
    now_href = scope.href(list_name, **asked) if is_linked else ""
    before_href = scope.href_before(list_name, **asked) if is_linked and count.before is not None else ""
    values = {"href": now_href} | values
    return Change(name=name, now=count.now, before=count.before, now_href=now_href, before_href=before_href, **values)


def _bars(scope: Scope, counts: Sequence[_Count]) -> dict[tuple[Any, ...], list[Bar]]:
    rows: QuerySet[Any] = scope.logins().denied().between(scope.range.since, scope.range.until)
    shown = rows.filter(app_uid__in=[count.key[1] for count in counts])
    return bars_by(shown, "created_at", ("account", "app_uid"), scope.range.span, now=scope.range.now)


def known_parts(scope: Scope) -> list[tuple[float, float]]:
    """The part of the range that is known of the logins, in per cent from and to; none if it has no beginning."""
    if scope.range.since is None:
        return []
    whole = Span(scope.range.since, scope.range.until or scope.range.now)
    return known_of(scope.lines[Log.ACCESS_REQUESTS].coverage.known, whole)
