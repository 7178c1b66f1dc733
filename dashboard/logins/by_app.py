"""Failed logins added up by application: never split by path, and named as the newest login named it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDay, TruncHour

from dashboard.logins.filters import LoginFilter
from logsync.models import Account, Application

DENIED = Q(allowed=False)
ALLOWED = Q(allowed=True)
HOURLY_UP_TO = timedelta(days=3)

AppKey = tuple[int, str]  # account and app_uid


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a sparkline: where it stands, how wide and how high it is, in per cent of the whole."""

    x: float
    width: float
    height: float
    count: int


@dataclass(slots=True)
class App:
    """One application's failed logins in a range. `share` is denied of all logins there, in per cent.

    `before` counts the denials in as long a time just before, None if that is not known.
    `locked_out` counts the people whose last login there was denied, with none allowed since.
    """

    account: Account
    app_uid: str
    name: str
    denied: int
    people: int
    share: float
    first: datetime
    last: datetime
    before: int | None
    locked_out: int = 0
    trend: list[Bar] = field(default_factory=list)

    @property
    def change(self) -> int:
        return self.denied - (self.before or 0)


def apps_with_failures(filterset: LoginFilter, *, is_before_known: bool) -> list[App]:
    """Every application that denied someone in the range, most denials first.

    Only where the time just before the range is known, too, can its denials be counted.
    """
    logins = filterset.rows_without("allowed").order_by()
    sums = list(_sums(logins))
    names = _names(logins, sums)
    before = _denials_before(filterset) if is_before_known else None
    out = _locked_out(filterset)
    bars = _trends(logins.filter(DENIED), filterset)
    accounts = {account.pk: account for account in Account.objects.all()}
    apps = []
    for row in sums:
        key = _key(row)
        apps.append(
            App(
                account=accounts[row["account"]],
                app_uid=row["app_uid"],
                name=names[key],
                denied=row["denied"],
                people=row["people"],
                share=100 * row["denied"] / row["judged"],
                first=row["first"],
                last=row["last"],
                before=before[key] if before is not None else None,
                locked_out=out[key],
                trend=bars[key],
            )
        )
    return apps


def _sums(logins: QuerySet[Any]) -> Iterable[dict[str, Any]]:
    sums: Iterable[dict[str, Any]] = (
        logins.values("account", "app_uid")
        .annotate(
            denied=Count("id", filter=DENIED),
            judged=Count("id", filter=Q(allowed__isnull=False)),
            people=Count("person", filter=DENIED & ~Q(person=""), distinct=True),
            first=Min("created_at", filter=DENIED),
            last=Max("created_at", filter=DENIED),
        )
        .filter(denied__gt=0)
        .order_by("-denied", "account", "app_uid")
    )
    return sums


def _names(logins: QuerySet[Any], sums: list[dict[str, Any]]) -> dict[AppKey, str]:
    """What Cloudflare calls each application now, else what its newest failed login called it."""
    names = {(app.account_id, app.app_uid): app.name for app in Application.objects.exclude(name="")}
    unnamed = [row for row in sums if _key(row) not in names]
    newest = logins.filter(DENIED).filter(
        app_uid__in=[row["app_uid"] for row in unnamed], created_at__in=[row["last"] for row in unnamed]
    )
    for login in newest.order_by("-created_at", "-id"):
        name = login.app_name or login.app_domain or login.app_uid or "No app named"
        names.setdefault((login.account_id, login.app_uid), name)
    return names


def _key(row: dict[str, Any]) -> AppKey:
    return row["account"], row["app_uid"]


def _denials_before(filterset: LoginFilter) -> Counter[AppKey] | None:
    before = filterset.range.earlier
    if before is None:
        return None
    rows = filterset.rows_outside_range("allowed").between(*before).filter(DENIED)
    return _counted(rows.order_by().values("account", "app_uid").annotate(n=Count("id")))


def _locked_out(filterset: LoginFilter) -> Counter[AppKey]:
    """How many people's last login at each application was denied. At equal times the denial counts as the later.

    A success after the range ends the matter, too, so successes are looked for up to now.
    """
    inside = Q(created_at__lt=filterset.range.until) if filterset.range.until else Q()
    out = (
        filterset.rows_outside_range("allowed")
        .between(filterset.range.since, None)
        .exclude(person="")
        .order_by()
        .values("account", "app_uid", "person")
        .annotate(denied_at=Max("created_at", filter=DENIED & inside), allowed_at=Max("created_at", filter=ALLOWED))
        .filter(Q(allowed_at=None) | Q(allowed_at__lte=F("denied_at")), denied_at__isnull=False)
    )
    return Counter(_key(row) for row in out)


def _counted(rows: QuerySet[Any, dict[str, Any]]) -> Counter[AppKey]:
    return Counter({_key(row): row["n"] for row in rows})


def _trends(denied: QuerySet[Any], filterset: LoginFilter) -> dict[AppKey, list[Bar]]:
    """A sparkline an application, by hour or by day; all on one scale, so that they can be compared."""
    ends = denied.aggregate(first=Min("created_at"), last=Max("created_at"))
    if ends["first"] is None:
        return defaultdict(list)
    since = filterset.range.since or ends["first"]
    # Cloudflare's clock may be ahead of this one; a range does not hold its end.
    until = filterset.range.until or max(filterset.range.now, ends["last"] + timedelta.resolution)
    hourly = until - since <= HOURLY_UP_TO
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    bins = denied.annotate(bin=TruncHour("created_at") if hourly else TruncDay("created_at"))
    counts = list(bins.values("account", "app_uid", "bin").annotate(n=Count("id")))
    highest = max((row["n"] for row in counts), default=1)
    trends: dict[AppKey, list[Bar]] = defaultdict(list)
    for row in counts:
        start, end = max(row["bin"], since), min(row["bin"] + step, until)
        x, width = 100 * (start - since) / (until - since), 80 * (end - start) / (until - since)
        bar = Bar(round(x, 2), round(width, 2), round(98 * row["n"] / highest, 1), row["n"])
        trends[_key(row)].append(bar)
    return trends
