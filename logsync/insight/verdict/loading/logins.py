"""What the login log holds of a person, asked for in sums: an account that monitors an app may have a million rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet

from logsync.insight.identity.person import Person
from logsync.insight.verdict.facts import ONE_TIME_PIN, Alias, App, Lockout, Login, Recovery
from logsync.insight.verdict.loading.others import others_at
from logsync.insight.verdict.loading.rows import attempts_of, count_attempts, login_of, newest_login, oldest_login
from logsync.insight.verdict.loading.time_range import RequestedRange
from logsync.models import AccessRequest

# How near in time other logins are looked at.
BEFORE_THE_RUN = timedelta(minutes=30)
NEAR_ELSEWHERE = timedelta(minutes=60)
NEAR_NAMELESS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Tally:
    """The login rows of a person that are alike: how many, how many in the range, the first and the last of all."""

    account_id: int
    app_uid: str
    allowed: bool | None
    connection: str
    country: str
    rows: int
    in_range: int
    first: datetime
    last: datetime


def tallies_of(person: Person, asked: RequestedRange) -> list[Tally]:
    """All that is on record, summed up by app, result, connection and country."""
    alike = person.logins().values_list("account", "app_uid", "allowed", "connection", "country")
    in_range = Count("id", filter=asked.condition or None)
    sums = alike.annotate(rows=Count("id"), in_range=in_range, first=Min("created_at"), last=Max("created_at"))
    return [Tally(*row) for row in sums]


def apps_of(person: Person, tallies: Iterable[Tally]) -> tuple[App, ...]:
    """The apps that were tried and judged, newest first, under their newest names."""
    apps: dict[tuple[int, str], App] = {}
    for tally in tallies:
        key = (tally.account_id, tally.app_uid)
        app = apps.setdefault(key, App(*key, name="", denied_at=None, allowed_at=None))
        if tally.allowed is True:
            apps[key] = replace(app, allowed_at=max(filter(None, (app.allowed_at, tally.last))))
        elif tally.allowed is False:
            apps[key] = replace(app, denied_at=max(filter(None, (app.denied_at, tally.last))))
    judged = [app for app in apps.values() if app.newest_at]
    judged.sort(key=lambda app: (app.newest_at, app.account_id, app.app_uid), reverse=True)
    return tuple(_named(person, judged))


def _named(person: Person, apps: list[App]) -> Iterable[App]:
    times = {app.newest_at for app in apps}
    names: dict[tuple[int, str], str] = {}
    for row in person.logins().filter(created_at__in=times).order_by("-created_at", "-id"):
        names.setdefault((row.account_id, row.app_uid), login_of(row).app)
    return (replace(app, name=names.get((app.account_id, app.app_uid), app.app_uid)) for app in apps)


def lockout_of(person: Person, apps: Iterable[App], asked: RequestedRange) -> Lockout | None:
    """The app with the newest denial, of those that are out and were tried since the range began."""
    out = [app for app in apps if app.is_out and app.denied_at and app.denied_at >= asked.begins]
    if not out:
        return None
    app = max(out, key=lambda app: (app.denied_at, app.account_id, app.app_uid))
    there = _at(person, app)
    denied = there.filter(allowed=False)
    run_rows = denied.filter(created_at__gte=app.allowed_at) if app.allowed_at else denied
    run = attempts_of(run_rows)
    if run is None:
        return None
    return Lockout(
        app=app,
        run=run,
        last_allowed=newest_login(there.filter(allowed=True, created_at=app.allowed_at)) if app.allowed_at else None,
        others=others_at(person, app, run.first.at - BEFORE_THE_RUN),
        elsewhere=_elsewhere(person, run.last),
        one_time_pin=newest_login(run_rows.filter(connection=ONE_TIME_PIN)),
        nameless=attempts_of(_nameless(run.last)),
    )


def _at(person: Person, app: App) -> QuerySet[AccessRequest]:
    return person.logins().filter(account=app.account_id, app_uid=app.app_uid)


def _elsewhere(person: Person, denied: Login) -> Login | None:
    """The newest login that another app allowed, near in time and by the same connection."""
    near = person.logins().filter(
        account=denied.account_id,
        allowed=True,
        connection=denied.connection,
        created_at__range=(denied.at - NEAR_ELSEWHERE, denied.at + NEAR_ELSEWHERE),
    )
    return newest_login(near.exclude(app_uid=denied.app_uid)) if denied.connection else None


def _nameless(denied: Login) -> QuerySet[AccessRequest]:
    """Denials without an address from the same IP address, near in time."""
    rows = AccessRequest.objects.filter(
        account=denied.account_id,
        allowed=False,
        person="",
        ip_address=denied.ip_address,
        created_at__range=(denied.at - NEAR_NAMELESS, denied.at + NEAR_NAMELESS),
    )
    return rows.order_by() if denied.ip_address else rows.none()


def recovery_of(person: Person, apps: Iterable[App], asked: RequestedRange) -> Recovery | None:
    """The app with the newest denial of the range, and the first login after it that was allowed there."""
    denied = asked.inside(person.logins().filter(allowed=False))
    last = newest_login(denied)
    if last is None:
        return None
    app = next((app for app in apps if (app.account_id, app.app_uid) == (last.account_id, last.app_uid)), None)
    attempts = attempts_of(denied.filter(account=last.account_id, app_uid=last.app_uid))
    if app is None or attempts is None:
        return None
    allowed = oldest_login(_at(person, app).filter(allowed=True, created_at__gt=last.at))
    return Recovery(app, attempts, allowed) if allowed else None


def counts_in(person: Person, asked: RequestedRange, tallies: Iterable[Tally]) -> dict[bool | None, int]:
    """The rows of the range by what became of them, those of which Cloudflare did not say it in attempts."""
    counts: Counter[bool | None] = Counter()
    for tally in tallies:
        counts[tally.allowed] += tally.in_range
    if counts[None]:
        counts[None] = count_attempts(asked.inside(person.logins().filter(allowed=None)))
    return dict(+counts)


def alias_of(person: Person, asked: RequestedRange) -> Alias | None:
    """The newest login of the range that was allowed under another address of the person."""
    login = newest_login(asked.inside(person.logins().filter(allowed=True, person__in=tuple(person.shared))))
    return Alias(login.person, person.shared[login.person], login) if login else None


def service_rows_of(person: Person) -> int:
    """How many rows bear the address that are no login of a person."""
    return AccessRequest.objects.filter(account__in=person.accounts, person=person.email).count()
