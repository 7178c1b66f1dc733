"""Sums of the events by the hour: written with the rows, and held against them by `manage.py recount`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncHour

from logsync.locks import keep_rows_as_they_are
from logsync.models import AccessRequest, Account, HourlyCount, Log, ScimUpdate
from logsync.models.events import FAILED_STATUSES
from logsync.upsert import add

HOUR_KEY = ("account", "log", "idp_id", "hour")


class Sums(NamedTuple):
    """The rows of an hour, and how many of them are denials or failures."""

    total: int
    failed: int

    def __str__(self) -> str:
        return f"{self.total:,} ({self.failed:,} failed)"


def count_hours(account_id: int, log: Log, rows: Iterable[tuple[str, datetime, bool]]) -> None:
    """Count new rows (provider, time, whether denied or failed); call it in the transaction that stores them."""
    total: Counter[tuple[str, datetime]] = Counter()
    failed: Counter[tuple[str, datetime]] = Counter()
    for idp_id, time, is_failed in rows:
        key = idp_id, time.replace(minute=0, second=0, microsecond=0)
        total[key] += 1
        failed[key] += is_failed
    counted = [(account_id, log.value, *key, total[key], failed[key]) for key in sorted(total)]
    add(HourlyCount, HOUR_KEY, ("total", "failed"), counted)


# Proof


class Difference(NamedTuple):
    """An hour whose kept sums are not those of its rows; `kept` or `counted` is None where there are none."""

    hour: str
    kept: Sums | None
    counted: Sums | None

    def __str__(self) -> str:
        return f"{self.hour}: kept {self.kept or 'nothing'}, counted {self.counted or 'nothing'}"


Hour = tuple[int, str, str, datetime]


def differences() -> list[Difference]:
    """Where the kept sums differ from a recount of the rows, in one consistent look at the database."""
    with transaction.atomic():
        _look_at_one_instant()
        kept = {
            (row.account_id, row.log, row.idp_id, row.hour): Sums(row.total, row.failed)
            for row in HourlyCount.objects.iterator()
        }
        counted = _recount()
    wrong = sorted(key for key in kept.keys() | counted.keys() if kept.get(key) != counted.get(key))
    accounts = dict(Account.objects.values_list("pk", "account_id"))
    return [Difference(_named(key, accounts), kept.get(key), counted.get(key)) for key in wrong]


def count() -> int:
    """How many sums are kept."""
    return HourlyCount.objects.count()


def rebuild() -> None:
    """Replace the kept sums by a recount; no row is stored meanwhile."""
    with transaction.atomic():
        keep_rows_as_they_are()
        HourlyCount.objects.all().delete()
        HourlyCount.objects.bulk_create(
            HourlyCount(account_id=account, log=log, idp_id=idp_id, hour=hour, total=sums.total, failed=sums.failed)
            for (account, log, idp_id, hour), sums in _recount().items()
        )


def _recount() -> dict[Hour, Sums]:
    logins = AccessRequest.objects.order_by().annotate(hour=TruncHour("created_at")).values_list("account_id", "hour")
    updates = ScimUpdate.objects.order_by().annotate(hour=TruncHour("logged_at"))
    return {
        (account, Log.ACCESS_REQUESTS.value, "", hour): Sums(total, failed)
        for account, hour, total, failed in logins.annotate(
            total=Count("id"), failed=Count("id", filter=Q(allowed=False))
        )
    } | {
        (account, Log.SCIM_UPDATES.value, idp_id, hour): Sums(total, failed)
        for account, idp_id, hour, total, failed in updates.values_list("account_id", "idp_id", "hour").annotate(
            total=Count("id"), failed=Count("id", filter=Q(status__in=FAILED_STATUSES))
        )
    }


def _look_at_one_instant() -> None:
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _named(key: Hour, accounts: dict[int, str]) -> str:
    account, log, idp_id, hour = key
    return " ".join(filter(None, [f"account {accounts[account]}", log, idp_id, f"{hour:%Y-%m-%d %H:00} UTC"]))
