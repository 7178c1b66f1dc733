"""Counts of events by hour, and by application and day: written with the rows, and checked against them by
`manage.py recount`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate, TruncHour

from logsync.datasets import DATASETS
from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import add
from logsync.models import AccessRequest, Account, DailyCount, HourlyCount, Log, ScimUpdate
from logsync.spans import BEGINNING, Span

HOUR_KEY = ("account", "log", "idp_id", "hour")
DAY_KEY = ("day", "account", "app_uid")
HOUR = timedelta(hours=1)


class Sums(NamedTuple):
    """The rows of an hour, or of a day at an application, and how many of them are denials or failures."""

    total: int
    failed: int

    def __str__(self) -> str:
        return f"{self.total:,} ({self.failed:,} failed)"


def count_logins(account_id: int, logins: Iterable[AccessRequest]) -> None:
    """Count new logins by hour, and by application and day; call it in the transaction that stores them."""
    logins = list(logins)
    _count_hours(account_id, Log.ACCESS_REQUESTS, [("", login.created_at, login.is_denied) for login in logins])
    judged: Counter[tuple[date, int, str]] = Counter()
    denied: Counter[tuple[date, int, str]] = Counter()
    for login in logins:
        if login.allowed is not None:
            key = login.created_at.astimezone(UTC).date(), account_id, login.app_uid
            judged[key] += 1
            denied[key] += login.allowed is False
    add(DailyCount, DAY_KEY, ("judged", "denied"), [(*key, judged[key], denied[key]) for key in sorted(judged)])


def count_updates(account_id: int, updates: Iterable[ScimUpdate]) -> None:
    """Count new SCIM updates by hour; call it in the transaction that stores them."""
    rows = [(update.idp_id, update.logged_at, update.has_failed) for update in updates]
    _count_hours(account_id, Log.SCIM_UPDATES, rows)


def _count_hours(account_id: int, log: Log, rows: Iterable[tuple[str, datetime, bool]]) -> None:
    """Count rows of a log, each given as its provider, its time, and whether it is a denial or failure."""
    total: Counter[tuple[str, datetime]] = Counter()
    failed: Counter[tuple[str, datetime]] = Counter()
    for idp_id, at, is_failed in rows:
        key = idp_id, at.replace(minute=0, second=0, microsecond=0)
        total[key] += 1
        failed[key] += is_failed
    counted = [(account_id, log.value, *key, total[key], failed[key]) for key in sorted(total)]
    add(HourlyCount, HOUR_KEY, ("total", "failed"), counted)


def forget_before(hour: datetime) -> None:
    """Drop the counts of rows from before a full hour; call it in the transaction that deletes those rows."""
    HourlyCount.objects.filter(hour__lt=hour).delete()
    # Some rows of that hour's day stay, so the rest of the day is counted again.
    DailyCount.objects.filter(day__lte=hour.date()).delete()
    next_day = datetime.combine(hour.date(), time(), tzinfo=UTC) + timedelta(days=1)
    _keep_days(AccessRequest.objects.between(hour, next_day))


def count_of_hours(hours: QuerySet[HourlyCount], span: Span, field: str = "total") -> int:
    """How many rows there are, or `failed` ones, in the hours that a span touches."""
    since = max(span.since, BEGINNING + HOUR) - HOUR
    return int(hours.filter(hour__gt=since, hour__lt=span.until).aggregate(rows=Sum(field))["rows"] or 0)


# Checked against the rows


class Difference(NamedTuple):
    """An hour, or a day at an application, whose stored sums differ from its rows; `kept` or `counted` is None where
    there are none."""

    of: str
    kept: Sums | None
    counted: Sums | None

    def __str__(self) -> str:
        return f"{self.of}: kept {self.kept or 'nothing'}, counted {self.counted or 'nothing'}"


Hour = tuple[int, str, str, datetime]
Day = tuple[date, int, str]


def differences() -> list[Difference]:
    """Where the stored sums differ from a recount of the rows, in one snapshot of the database."""
    with transaction.atomic():
        _use_one_snapshot()
        accounts = dict(Account.objects.values_list("pk", "account_id"))
        hours, days = _differing(_kept_hours(), _hours()), _differing(_kept_days(), _days(AccessRequest.objects.all()))
    return [Difference(_hour_words(key, accounts), *sums) for key, *sums in hours] + [
        Difference(_day_words(key, accounts), *sums) for key, *sums in days
    ]


def _differing(kept: Mapping[Any, Sums], counted: Mapping[Any, Sums]) -> list[tuple[Any, Sums | None, Sums | None]]:
    wrong = sorted(key for key in kept.keys() | counted.keys() if kept.get(key) != counted.get(key))
    return [(key, kept.get(key), counted.get(key)) for key in wrong]


def count_sums() -> int:
    """How many sums are stored."""
    return HourlyCount.objects.count() + DailyCount.objects.count()


def rebuild() -> None:
    """Replace the stored sums by a recount, and block writers meanwhile."""
    with transaction.atomic():
        lock_event_tables()
        HourlyCount.objects.all().delete()
        HourlyCount.objects.bulk_create(
            HourlyCount(account_id=account, log=log, idp_id=idp_id, hour=hour, total=sums.total, failed=sums.failed)
            for (account, log, idp_id, hour), sums in _hours().items()
        )
        DailyCount.objects.all().delete()
        _keep_days(AccessRequest.objects.all())


def _keep_days(logins: Any) -> None:
    DailyCount.objects.bulk_create(
        DailyCount(day=day, account_id=account, app_uid=app_uid, judged=sums.total, denied=sums.failed)
        for (day, account, app_uid), sums in _days(logins).items()
    )


def _kept_days() -> dict[Day, Sums]:
    rows = DailyCount.objects.values_list("day", "account_id", "app_uid", "judged", "denied")
    return {row[:3]: Sums(*row[3:]) for row in rows.iterator()}


def _days(logins: Any) -> dict[Day, Sums]:
    days = logins.exclude(allowed=None).order_by().annotate(day=TruncDate("created_at", tzinfo=UTC))
    by_app = days.values_list("day", "account_id", "app_uid")
    sums = by_app.annotate(judged=Count("id"), denied=Count("id", filter=Q(allowed=False)))
    return {row[:3]: Sums(*row[3:]) for row in sums}


def _kept_hours() -> dict[Hour, Sums]:
    rows = HourlyCount.objects.values_list("account_id", "log", "idp_id", "hour", "total", "failed")
    return {row[:4]: Sums(*row[4:]) for row in rows.iterator()}


def _hours() -> dict[Hour, Sums]:
    counted: dict[Hour, Sums] = {}
    for log, dataset in DATASETS.items():
        provider = F("idp_id") if dataset.is_per_provider else Value("")
        rows: Any = dataset.model._default_manager.order_by()
        hours = rows.annotate(hour=TruncHour(dataset.time_field), provider=provider)
        sums = hours.values_list("account_id", "provider", "hour").annotate(
            total=Count("id"), failed=Count("id", filter=dataset.failed)
        )
        counted |= {(account, str(log), idp_id, hour): Sums(*both) for account, idp_id, hour, *both in sums}
    return counted


def _use_one_snapshot() -> None:
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _hour_words(key: Hour, accounts: dict[int, str]) -> str:
    account, log, idp_id, hour = key
    return " ".join(filter(None, [f"account {accounts[account]}", log, idp_id, f"{hour:%Y-%m-%d %H:00} UTC"]))


def _day_words(key: Day, accounts: dict[int, str]) -> str:
    day, account, app_uid = key
    return " ".join(filter(None, [f"account {accounts[account]}", "app", app_uid, f"{day:%Y-%m-%d} UTC"]))
