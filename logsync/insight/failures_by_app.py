"""Failed logins added up by application: never split by path, and named as the newest login named it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from dashboard.charts.bins import DAY, FIRST
from dashboard.charts.counts import count_of_hours
from dashboard.charts.sparkline import Bar, bars_by
from dashboard.logins.filters import LoginFilter
from logsync.insight.lockouts.outcomes import Outcomes
from logsync.insight.lockouts.pairs import AppKey
from logsync.models import Account, Application, DailyCount, HourlyCount, Log
from logsync.spans import Span

DENIED = Q(allowed=False)
NAMELESS = "No app named"
# Under other filters than these, the sums by day do not answer.
FILTERS_OF_DAYS = ("account", "app_uid", "blank")
# Beyond so many logins in a range, under other filters all logins of an application are not counted for its share.
MOST_JUDGED = 3_000_000


@dataclass(slots=True)
class App:
    """One application's failed logins in a range. `share` is denied of all logins there, in per cent, None where they
    are too many to count.

    `before` counts the denials in as long a time just before, None if that is not known.
    `locked_out` counts the people whose last login there was denied, with none allowed since.
    `other_names` are what other failed logins of the range call it.
    """

    account: Account
    app_uid: str
    name: str
    denied: int
    people: int
    share: float | None
    first: datetime
    last: datetime
    before: int | None
    locked_out: int = 0
    other_names: list[str] = field(default_factory=list)
    trend: list[Bar] = field(default_factory=list)

    @property
    def change(self) -> int:
        return self.denied - (self.before or 0)

    @property
    def key(self) -> str:
        """Its name in an address: an `app_uid` may be any text, of any length."""
        return sha256(f"{self.account.account_id}\n{self.app_uid}".encode()).hexdigest()[:20]

    @property
    def pair(self) -> AppKey:
        return self.account.pk, self.app_uid


class FailuresByApp:
    """The applications that denied someone in the range of a page, under its filters.

    Only where the time just before the range is known, too, can its denials be counted.
    """

    def __init__(self, filterset: LoginFilter, *, is_before_known: bool) -> None:
        self.filterset = filterset
        self.is_before_known = is_before_known
        self.logins = filterset.rows_without("allowed").order_by()
        self.denied = self.logins.filter(DENIED)

    @cached_property
    def outcomes(self) -> Outcomes:
        """Who is still locked out, and who got in since."""
        range = self.filterset.range
        return Outcomes(self.filterset.rows_outside_range("allowed"), range.since, range.until)

    @cached_property
    def apps(self) -> list[App]:
        """Every application that denied someone, most denials first."""
        sums = _sums(self.denied)
        called, before, judged = _names(self.denied), self._denied_before(), self._judged()
        out = self.outcomes.locked_out.apps
        bars = bars_by(self.denied, "created_at", ("account", "app_uid"), self.filterset.range)
        known = {(app.account_id, app.app_uid): app.name for app in Application.objects.exclude(name="")}
        accounts = {account.pk: account for account in Account.objects.all()}
        apps = []
        for row in sums:
            key = row["account"], row["app_uid"]
            names = [known[key]] if key in known else []
            names += [name for name in called[key] if name not in names]
            apps.append(
                App(
                    account=accounts[row["account"]],
                    app_uid=row["app_uid"],
                    name=names[0],
                    denied=row["denied"],
                    people=row["people"],
                    share=100 * row["denied"] / judged[key] if judged is not None else None,
                    first=row["first"],
                    last=row["last"],
                    before=before[key] if before is not None else None,
                    locked_out=out[key],
                    other_names=names[1:],
                    trend=bars.get(key, []),
                )
            )
        return apps

    @cached_property
    def people(self) -> int:
        """How many people were denied anywhere."""
        return int(self.denied.exclude(person="").values("person").distinct().count())

    def _denied_before(self) -> Counter[AppKey] | None:
        before = self.filterset.range.earlier
        if before is None or not self.is_before_known:
            return None
        return _counted(self.filterset.rows_outside_range("allowed").between(*before).filter(DENIED))

    def _judged(self) -> Counter[AppKey] | None:
        """How many logins there were at each, of which Cloudflare said what became; None if the range holds too many
        to count."""
        range = self.filterset.range
        if set(self.filterset.in_force) <= set(FILTERS_OF_DAYS):
            return self._judged_by_day(range.since, range.until)
        whole = Span(max(range.since or FIRST, FIRST), range.until or range.now)
        if count_of_hours(HourlyCount.objects.filter(log=Log.ACCESS_REQUESTS), whole) > MOST_JUDGED:
            return None
        return _counted(self.logins.filter(allowed__isnull=False))

    def _judged_by_day(self, since: datetime | None, until: datetime | None) -> Counter[AppKey]:
        """Whole days by their sums; where the range begins or ends within a day, by the logins themselves."""
        days: Any = DailyCount.objects.order_by()
        for name in FILTERS_OF_DAYS:
            days = self.filterset.narrowed(days, name)
        parts_of_days = Q(pk__in=[])
        if since is not None:
            first = _midnight_before(since + DAY - timedelta.resolution)
            days, parts_of_days = days.filter(day__gte=first.date()), parts_of_days | Q(created_at__lt=first)
        if until is not None:
            end = _midnight_before(until)
            days, parts_of_days = days.filter(day__lt=end.date()), parts_of_days | Q(created_at__gte=end)
        judged = _counter(days.values_list("account", "app_uid").annotate(n=Sum("judged")))
        return judged + _counted(self.logins.filter(parts_of_days, allowed__isnull=False))


def _midnight_before(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _sums(denied: QuerySet[Any]) -> Iterable[dict[str, Any]]:
    sums = denied.values("account", "app_uid").annotate(
        denied=Count("id"),
        people=Count("person", filter=~Q(person=""), distinct=True),
        first=Min("created_at"),
        last=Max("created_at"),
    )
    return sorted(sums, key=lambda row: (-row["denied"], row["account"], row["app_uid"]))


def _names(denied: QuerySet[Any]) -> dict[AppKey, list[str]]:
    """What failed logins call each application, the newest name first; where they say none, its host, or its id."""
    names: dict[AppKey, list[str]] = defaultdict(list)
    words = denied.values_list("account", "app_uid", "app_name").annotate(at=Max("created_at"), row=Max("id"))
    for account, app_uid, name, *_ in sorted(words, key=lambda row: row[3:], reverse=True):
        names[account, app_uid].append(name)
    nameless = {key for key, found in names.items() if not found[0]}
    for key, host in _hosts(denied, nameless).items():
        names[key][0] = host or key[1] or NAMELESS
    return {key: [name for name in found if name] for key, found in names.items()}


def _hosts(denied: QuerySet[Any], apps: set[AppKey]) -> dict[AppKey, str]:
    """The host and path of the newest failed login at each of these."""
    if not apps:
        return {}
    rows = denied.filter(app_name="", app_uid__in={app_uid for _, app_uid in apps})
    hosts = rows.values_list("account", "app_uid", "app_domain").annotate(at=Max("created_at"), row=Max("id"))
    newest = sorted(hosts, key=lambda row: row[3:])
    return {(row[0], row[1]): row[2] for row in newest if (row[0], row[1]) in apps}


def _counted(rows: QuerySet[Any]) -> Counter[AppKey]:
    return _counter(rows.order_by().values_list("account", "app_uid").annotate(n=Count("id")))


def _counter(counts: Iterable[tuple[int, str, int]]) -> Counter[AppKey]:
    return Counter({(account, app_uid): count for account, app_uid, count in counts})
