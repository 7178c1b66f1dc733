"""Counts of events by hour, and by application and day: written with the rows, and checked against them by
`manage.py recount`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate, TruncHour

from logsync.datasets import DATASETS
from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import add
from logsync.models import AccessRequest, Account, DailyCount, HourlyCount, Log, ScimUpdate
from logsync.models.attempts import moment, select_from_attempts
from logsync.spans import BEGINNING, END, Span
from logsync.words import exact_moment

HOUR_KEY = ("account", "log", "idp_id", "hour")
DAY_KEY = ("day", "account", "app_uid")
HOUR_SUMS = ("total", "failed", "attempts", "denied_attempts")
# The attempts of fewer rows are counted from the rows.
MOST_ROWS = 100_000
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
# The sums of attempts, for `select_from_attempts`.
ATTEMPT_SUMS = 'COUNT(*), SUM(CASE WHEN NOT "allowed" THEN 1 ELSE 0 END)'

# Rows of each log.
Rows = Mapping[str, Any]
# The app, the person, the result and the second of an attempt.
Attempt = tuple[str, str, bool | None, datetime]


class Sums(NamedTuple):
    """The rows of an hour and how many of them are denials or failures; the same of its attempts of people.

    Of a day at an application, `total` and `failed` are attempts.
    """

    total: int
    failed: int
    attempts: int = 0
    denied_attempts: int = 0

    def __str__(self) -> str:
        attempts = f", {self.attempts:,} attempts ({self.denied_attempts:,} denied)" if self.attempts else ""
        return f"{self.total:,} ({self.failed:,} failed){attempts}"


def count_logins(account_id: int, logins: Iterable[AccessRequest]) -> None:
    """Count new logins by hour, and their attempts by application and day.

    Call it in the transaction that stores them, with their stream locked: the rows of one attempt may be on two pages,
    and whichever comes first counts for all of them.
    """
    logins = list(logins)
    attempts = _begun_attempts(account_id, logins)
    rows = [("", login.created_at, login.is_denied) for login in logins]
    _count_hours(account_id, Log.ACCESS_REQUESTS, rows, attempts)
    judged: Counter[tuple[date, int, str]] = Counter()
    denied: Counter[tuple[date, int, str]] = Counter()
    for app_uid, _, allowed, second in attempts:
        if allowed is not None:
            key = second.astimezone(UTC).date(), account_id, app_uid
            judged[key] += 1
            denied[key] += not allowed
    add(DailyCount, DAY_KEY, ("judged", "denied"), [(*key, judged[key], denied[key]) for key in sorted(judged)])


def _begun_attempts(account_id: int, logins: Sequence[AccessRequest]) -> set[Attempt]:
    """The attempts of people among new rows of which no row was stored before."""
    of_people = [login for login in logins if login.is_login_of_person]
    found = {_attempt(login.app_uid, login.person, login.allowed, login.created_at) for login in of_people}
    # A row without a time stands at the start of its window, which may be far from the others.
    for rows in ([one for one in of_people if not one.lacks_time], [one for one in of_people if one.lacks_time]):
        if not rows:
            continue
        seconds = [row.created_at.replace(microsecond=0) for row in rows]
        others: Any = AccessRequest.objects.filter(account=account_id, person__in={row.person for row in rows})
        others = others.between(min(seconds), max(seconds) + SECOND).logins_of_people().order_by()
        # While the stream is locked, every row of it that was stored before has a lower id.
        stored = others.filter(pk__lt=min(login.pk for login in logins))
        found -= {_attempt(*row) for row in stored.values_list("app_uid", "person", "allowed", "created_at")}
    return found


def _attempt(app_uid: str, person: str, allowed: bool | None, at: datetime) -> Attempt:
    return app_uid, person, allowed, at.replace(microsecond=0)


def count_updates(account_id: int, updates: Iterable[ScimUpdate]) -> None:
    """Count new SCIM updates by hour; call it in the transaction that stores them."""
    rows = [(update.idp_id, update.logged_at, update.has_failed) for update in updates]
    _count_hours(account_id, Log.SCIM_UPDATES, rows)


def _count_hours(
    account_id: int, log: Log, rows: Iterable[tuple[str, datetime, bool]], attempts: Iterable[Attempt] = ()
) -> None:
    """Count rows of a log, each given as its provider, its time, and whether it is a denial or failure."""
    sums: dict[tuple[str, datetime], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for idp_id, at, is_failed in rows:
        of_hour = sums[idp_id, at.replace(minute=0, second=0, microsecond=0)]
        of_hour[0] += 1
        of_hour[1] += is_failed
    for *_, allowed, second in attempts:
        of_hour = sums["", second.replace(minute=0, second=0)]
        of_hour[2] += 1
        of_hour[3] += allowed is False
    add(HourlyCount, HOUR_KEY, HOUR_SUMS, [(account_id, log.value, *key, *sums[key]) for key in sorted(sums)])


def forget_before(hour: datetime) -> None:
    """Drop the counts of rows from before a full hour; call it in the transaction that deletes those rows."""
    HourlyCount.objects.filter(hour__lt=hour).delete()
    # Some rows of that hour's day stay, so the rest of the day is counted again.
    DailyCount.objects.filter(day__lte=hour.date()).delete()
    next_day = datetime.combine(hour.date(), time(), tzinfo=UTC) + timedelta(days=1)
    _keep_days(AccessRequest.objects.between(hour, next_day))


def take_out(rows: Rows) -> None:
    """Take rows out of the counts before they are deleted, in the same transaction.

    Give all rows that an attempt consists of: all of a person's, or all of a time.
    """
    for (account, log, idp_id, hour), sums in _hours(rows).items():
        kept = HourlyCount.objects.filter(account=account, log=log, idp_id=idp_id, hour=hour)
        kept.update(**{name: F(name) - getattr(sums, name) for name in HOUR_SUMS})
    HourlyCount.objects.filter(total=0).delete()
    for (day, account, app_uid), sums in _days(rows[Log.ACCESS_REQUESTS]).items():
        kept_days = DailyCount.objects.filter(day=day, account=account, app_uid=app_uid)
        kept_days.update(judged=F("judged") - sums.total, denied=F("denied") - sums.failed)
    DailyCount.objects.filter(judged=0).delete()


def count_of_hours(hours: QuerySet[HourlyCount], span: Span, field: str = "total") -> int:
    """How many rows there are, or `failed` ones, in the hours that a span touches."""
    since = max(span.since, BEGINNING + HOUR) - HOUR
    return int(hours.filter(hour__gt=since, hour__lt=span.until).aggregate(rows=Sum(field))["rows"] or 0)


@dataclass(frozen=True, slots=True)
class Denials:
    """Denied logins of a span: the attempts of people, their rows, and the rows that are of no person."""

    attempts: int
    rows: int
    others: int


def count_denials(logins: Any, hours: QuerySet[HourlyCount], span: Span) -> Denials:
    """Count the denied logins of a span. `logins` are logins of any time, and `hours` the hourly counts of these."""
    denied = logins.between(*span).denied()
    return Denials(
        attempts=count_denied_attempts(logins, hours, span),
        rows=denied.logins_of_people().count(),
        others=denied.not_by_people().count(),
    )


def count_denied_attempts(logins: Any, hours: QuerySet[HourlyCount], span: Span) -> int:
    """How many denied attempts of people there are in a span: of many, whole hours by their counts."""
    denied, hours = logins.between(*span).denied(), hours.filter(log=Log.ACCESS_REQUESTS)
    if count_of_hours(hours, span, "failed") <= MOST_ROWS:
        return int(denied.count_attempts())
    whole, parts = _whole_hours(span)
    sums = hours.filter(whole).aggregate(Sum("denied_attempts"))
    return int(sums["denied_attempts__sum"] or 0) + int(denied.filter(parts).count_attempts())


def _whole_hours(span: Span) -> tuple[Q, Q]:
    """Which hours lie whole in a span, and which logins of the span lie in no such hour."""
    first, last = span
    if span.since != BEGINNING and span.since != _hour_of(span.since):
        first = _hour_of(span.since) + HOUR
    if span.until != END:
        last = _hour_of(span.until)
    if first >= last:
        return Q(pk__in=[]), Q()
    parts = Q(pk__in=[])
    if first != span.since:
        parts |= Q(created_at__lt=first)
    if last != span.until:
        parts |= Q(created_at__gte=last)
    return Q(hour__gte=first, hour__lt=last), parts


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


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
        hours, days = (
            _differing(_kept_hours(), _hours(_all_rows())),
            _differing(_kept_days(), _days(AccessRequest.objects.all())),
        )
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
            HourlyCount(account_id=account, log=log, idp_id=idp_id, hour=hour, **sums._asdict())
            for (account, log, idp_id, hour), sums in _hours(_all_rows()).items()
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
    judged = logins.exclude(allowed=None).annotate(day=TruncDate("created_at", tzinfo=UTC))
    what = f'"day", "account", "app_uid", {ATTEMPT_SUMS}'
    rows = select_from_attempts(judged, ["day"], what, "GROUP BY 1, 2, 3")
    # SQLite gives a day as text.
    return {(date.fromisoformat(str(row[0])), *row[1:3]): Sums(*row[3:]) for row in rows}


def _kept_hours() -> dict[Hour, Sums]:
    rows = HourlyCount.objects.values_list("account_id", "log", "idp_id", "hour", *HOUR_SUMS)
    return {row[:4]: Sums(*row[4:]) for row in rows.iterator()}


def _all_rows() -> Rows:
    return {log: dataset.model._default_manager.all() for log, dataset in DATASETS.items()}


def _hours(rows: Rows) -> dict[Hour, Sums]:
    counted: dict[Hour, Sums] = {}
    for log, dataset in DATASETS.items():
        provider = F("idp_id") if dataset.is_per_provider else Value("")
        hours = rows[log].order_by().annotate(hour=TruncHour(dataset.time_field), provider=provider)
        sums = hours.values_list("account_id", "provider", "hour").annotate(
            total=Count("id"), failed=Count("id", filter=dataset.failed)
        )
        counted |= {(account, str(log), idp_id, hour): Sums(*both) for account, idp_id, hour, *both in sums}
    logins = rows[Log.ACCESS_REQUESTS].annotate(hour=TruncHour("created_at"))
    by_hour = select_from_attempts(logins, ["hour"], f'"account", "hour", {ATTEMPT_SUMS}', "GROUP BY 1, 2")
    for account, hour, attempts, denied in by_hour:
        key = (account, str(Log.ACCESS_REQUESTS), "", moment(hour))
        counted[key] = counted[key]._replace(attempts=attempts, denied_attempts=denied)
    return counted


def _use_one_snapshot() -> None:
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _hour_words(key: Hour, accounts: dict[int, str]) -> str:
    account, log, idp_id, hour = key
    return " ".join(filter(None, [f"account {accounts[account]}", log, idp_id, exact_moment(hour, "minutes")]))


def _day_words(key: Day, accounts: dict[int, str]) -> str:
    day, account, app_uid = key
    return " ".join(filter(None, [f"account {accounts[account]}", "app", app_uid, f"{day:%-d %b %Y} UTC"]))
