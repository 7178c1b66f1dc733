"""Failed logins added up by app. An app is an account and an app_uid; paths and names never split it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from logsync.derived.counts import count_of_hours
from logsync.insight.app_names import AppKey, app_names
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.insight.trends import Bar, attempt_bars_by
from logsync.models import AccessRequest, Account, DailyCount, HourlyCount, Log
from logsync.models.attempts import moment, select_from_attempts
from logsync.spans import BEGINNING, END, Span

DAY = timedelta(days=1)
BY_APP = ("account", "app_uid")
# With more logins than this in the span, filtered logins are not counted for the share.
MOST_JUDGED = 3_000_000
# With more places than this, the hosts of an app's denials are not listed.
MOST_PLACES = 1000


@dataclass(slots=True)
class App:
    """The failed logins of people at one app.

    `denied` is how many attempts were denied, in `rows` rows. `judged` is how many were denied or allowed, None if they
    are too many to count; `share` is how many per cent of these were denied. `before` and `rows_before` are of the span
    before, None if it is not compared. `locked_out` is how many people had access and are still locked out, and
    `never_had_access` how many were only ever denied. `others` is how many denied rows are of services or name nobody;
    they are in no other number. `other_names` are further names in the failed logins.
    """

    account: Account
    app_uid: str
    name: str
    denied: int
    rows: int
    people: int
    judged: int | None
    first: datetime
    last: datetime
    before: int | None
    rows_before: int | None
    locked_out: int = 0
    never_had_access: int = 0
    others: int = 0
    other_names: list[str] = field(default_factory=list)
    trend: list[Bar] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        return 100 * self.denied / self.judged if self.judged else None

    @property
    def change(self) -> int:
        return self.denied - (self.before or 0)

    @property
    def key(self) -> str:
        """A short name for addresses: an `app_uid` may be any text, of any length."""
        return sha256(f"{self.account.account_id}\n{self.app_uid}".encode()).hexdigest()[:20]

    @property
    def pair(self) -> AppKey:
        return self.account.pk, self.app_uid


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that an app's denials name; `all_named` if every denial names one."""

    names: set[str]
    all_named: bool


class FailuresByApp:
    """The apps that denied someone in a span.

    `logins` are logins of any time and any result, under any filters. `before` is the span to compare with, None for no
    comparison: pass it only if all of it is known. `days` are the sums by day of exactly these logins; without them the
    logins themselves are counted for the share.

        FailuresByApp(AccessRequest.objects.filter(account=account), span, now=now).apps
    """

    def __init__(
        self,
        logins: QuerySet[AccessRequest],
        span: Span,
        *,
        now: datetime,
        before: Span | None = None,
        days: QuerySet[DailyCount] | None = None,
    ) -> None:
        self.span = span
        self.now = now
        self.logins = _between(logins, span).logins()
        self.denied: Any = self.logins.denied().logins_of_people()
        self.outcomes = Outcomes(logins, span)
        self._denied_before = None if before is None else _between(logins, before).denied()
        self._days = days

    @cached_property
    def accounts(self) -> dict[int, Account]:
        """All accounts by primary key."""
        return Account.objects.in_bulk()

    @cached_property
    def apps(self) -> list[App]:
        """Every app that denied someone, most denials first."""
        sums, others = _sums(self.denied), _sums_of_others(self.logins.denied().not_by_people())
        names, names_in_logins = app_names([*sums, *others]), _names_in(self.logins.denied())
        before = None if self._denied_before is None else _sums(self._denied_before)
        judged = self._judged()
        locked_out, never_had_access = self.outcomes.locked_out.apps, self.outcomes.never_had_access.apps
        bars = attempt_bars_by(self.denied, BY_APP, self.span, now=self.now)
        apps = []
        for key in sums.keys() | others.keys():
            of_people, of_others = sums.get(key, NO_SUMS), others.get(key, NO_SUMS)
            found = of_people if key in sums else of_others
            of_before = None if before is None else before.get(key, NO_SUMS)
            apps.append(
                App(
                    account=self.accounts[key[0]],
                    app_uid=key[1],
                    name=names[key],
                    denied=of_people.attempts,
                    rows=of_people.rows,
                    people=of_people.people,
                    judged=None if judged is None else judged[key],
                    first=found.first,
                    last=found.last,
                    before=of_before.attempts if of_before else None,
                    rows_before=of_before.rows if of_before else None,
                    locked_out=locked_out[key],
                    never_had_access=never_had_access[key],
                    others=of_others.rows,
                    other_names=[name for name in names_in_logins[key] if name not in ("", names[key])],
                    trend=bars.get(key, []),
                )
            )
        return sorted(apps, key=lambda app: (-app.denied, -app.others, app.pair))

    def names_of(self, apps: Iterable[AppKey]) -> dict[AppKey, str]:
        """What to call these apps; those that denied someone in the span are looked up once."""
        known, wanted = {app.pair: app.name for app in self.apps}, set(apps)
        return app_names(wanted - known.keys()) | {app: known[app] for app in wanted & known.keys()}

    def denied_at(self, app: App) -> Any:
        """The denials of people at an app."""
        return self.denied.filter(account=app.account, app_uid=app.app_uid)

    def let_in_elsewhere(self, app: App) -> set[str]:
        """The people who were denied at an app and let in at another app of its account in the same span."""
        others: Any = AccessRequest.objects.filter(account=app.account, allowed=True).exclude(app_uid=app.app_uid)
        others = others.logins_of_people().between(*self.span).order_by()
        return set(
            others.filter(person__in=self.denied_at(app).values("person")).values_list("person", flat=True).distinct()
        )

    def hosts_of(self, app: App) -> Hosts | None:
        """The hosts of the denials at an app; None if none names one, or too many places are named to read them."""
        places = self.denied_at(app).order_by().values_list("app_domain", flat=True).distinct()
        found = list(places[: MOST_PLACES + 1])
        hosts = {place.partition("/")[0].lower() for place in found}
        named = hosts - {""}
        return Hosts(named, named == hosts) if named and len(found) <= MOST_PLACES else None

    def _judged(self) -> Counter[AppKey] | None:
        """How many attempts at each app were allowed or denied; None if there are too many to count."""
        judged = self.logins.filter(allowed__isnull=False)
        if self._days is not None:
            return _judged_by_day(self._days, judged, self.span)
        hours = HourlyCount.objects.filter(log=Log.ACCESS_REQUESTS)
        return None if count_of_hours(hours, self.span) > MOST_JUDGED else _attempts_by_app(judged)


def _judged_by_day(days: QuerySet[DailyCount], judged: QuerySet[AccessRequest], span: Span) -> Counter[AppKey]:
    """Whole days from their sums; the parts of days at the ends of the span from the logins themselves."""
    parts_of_days = Q(pk__in=[])
    if span.since != BEGINNING:
        first = span.since if span.since == _midnight(span.since) else _midnight(span.since) + DAY
        days, parts_of_days = days.filter(day__gte=first.date()), parts_of_days | Q(created_at__lt=first)
    if span.until != END:
        end = _midnight(span.until)
        days, parts_of_days = days.filter(day__lt=end.date()), parts_of_days | Q(created_at__gte=end)
    sums = days.order_by().values_list("account", "app_uid").annotate(n=Sum("judged"))
    return _counter(sums) + _attempts_by_app(judged.filter(parts_of_days))


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _between(logins: Any, span: Span) -> Any:
    return logins.order_by().between(*span)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Denials at an app."""

    attempts: int
    rows: int
    people: int
    first: datetime
    last: datetime


NO_SUMS = _Sums(0, 0, 0, BEGINNING, BEGINNING)


def _sums(denied: QuerySet[Any]) -> dict[AppKey, _Sums]:
    """The denied attempts of people at each app."""
    found = select_from_attempts(
        denied,
        BY_APP,
        '"account", "app_uid", COUNT(*), SUM("rows"), COUNT(DISTINCT "person"), MIN("first"), MAX("last")',
        'GROUP BY "account", "app_uid"',
    )
    return {row[:2]: _Sums(row[2], int(row[3]), row[4], moment(row[5]), moment(row[6])) for row in found}


def _sums_of_others(denied: QuerySet[Any]) -> dict[AppKey, _Sums]:
    """The denied rows at each app that are of no person."""
    ends = {"first": Min("created_at"), "last": Max("created_at")}
    found = denied.values_list(*BY_APP).annotate(rows=Count("id"), **ends)
    return {row[:2]: _Sums(0, row[2], 0, *row[3:]) for row in found}


def _names_in(denied: QuerySet[Any]) -> dict[AppKey, list[str]]:
    """The names that failed logins give each app, the newest first."""
    names: dict[AppKey, list[str]] = defaultdict(list)
    rows = denied.values_list("account", "app_uid", "app_name").annotate(at=Max("created_at"), row=Max("id"))
    for account, app_uid, name, *_ in sorted(rows, key=lambda row: row[3:], reverse=True):
        names[account, app_uid].append(name)
    return names


def _attempts_by_app(rows: QuerySet[Any]) -> Counter[AppKey]:
    return _counter(
        select_from_attempts(rows, BY_APP, '"account", "app_uid", COUNT(*)', 'GROUP BY "account", "app_uid"')
    )


def _counter(counts: Iterable[tuple[int, str, int]]) -> Counter[AppKey]:
    return Counter({(account, app_uid): count for account, app_uid, count in counts})
