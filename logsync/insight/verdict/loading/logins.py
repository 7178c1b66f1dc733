"""What the login log says about a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, QuerySet

from logsync.insight.app_names import app_names
from logsync.insight.connection_names import ConnectionNames
from logsync.insight.identity.login_groups import LoginGroup
from logsync.insight.identity.person import Person
from logsync.insight.verdict.facts import ONE_TIME_PIN, Alias, App, Lockout, Login, OtherRows, Recovery
from logsync.insight.verdict.loading.others import others_at
from logsync.insight.verdict.loading.rows import attempts_of, count_attempts, newest_login, oldest_login
from logsync.models import AccessRequest
from logsync.spans import Span

# How close in time other logins must be.
BEFORE_THE_RUN = timedelta(minutes=30)
NEAR_ELSEWHERE = timedelta(minutes=60)
NEAR_NAMELESS = timedelta(minutes=30)


def apps_of(groups: Iterable[LoginGroup]) -> tuple[App, ...]:
    """The apps that allowed or denied the person, newest first."""
    apps: dict[tuple[int, str], App] = {}
    for group in groups:
        key = (group.account_id, group.app_uid)
        app = apps.setdefault(key, App(*key, name="", denied_at=None, allowed_at=None))
        if group.allowed is True and (app.allowed_at is None or app.allowed_at < group.last):
            apps[key] = replace(app, allowed_at=group.last, allowed_lacks_time=group.lacks_time)
        elif group.allowed is False and (app.denied_at is None or app.denied_at < group.last):
            apps[key] = replace(app, denied_at=group.last, denied_lacks_time=group.lacks_time)
    judged = [app for app in apps.values() if app.newest_at]
    judged.sort(key=lambda app: (app.newest_at, app.account_id, app.app_uid), reverse=True)
    names = app_names((app.account_id, app.app_uid) for app in judged)
    return tuple(replace(app, name=names[app.account_id, app.app_uid]) for app in judged)


def lockout_of(person: Person, apps: Iterable[App], span: Span, connection_names: ConnectionNames) -> Lockout | None:
    """The app with the newest denial, of those the person is out of and has tried since the span began."""
    out = [app for app in apps if app.is_out and app.denied_at and app.denied_at >= span.since]
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
        elsewhere=None if run.last.lacks_time else _elsewhere(person, run.last),
        one_time_pin=newest_login(run_rows.filter(connection=ONE_TIME_PIN)),
        nameless=None if run.last.lacks_time else attempts_of(_nameless(run.last)),
        connection_names=connection_names,
    )


def _at(person: Person, app: App) -> QuerySet[AccessRequest]:
    return person.logins().filter(account=app.account_id, app_uid=app.app_uid)


def _elsewhere(person: Person, denied: Login) -> Login | None:
    """The newest login that another app allowed about then, through the same connection."""
    near = person.logins().filter(
        account=denied.account_id,
        allowed=True,
        connection=denied.connection,
        lacks_time=False,
        created_at__range=(denied.at - NEAR_ELSEWHERE, denied.at + NEAR_ELSEWHERE),
    )
    return newest_login(near.exclude(app_uid=denied.app_uid)) if denied.connection else None


def _nameless(denied: Login) -> QuerySet[AccessRequest]:
    """Denials without an e-mail from the same IP address about then."""
    rows = AccessRequest.objects.filter(
        account=denied.account_id,
        allowed=False,
        person="",
        ip_address=denied.ip_address,
        lacks_time=False,
        created_at__range=(denied.at - NEAR_NAMELESS, denied.at + NEAR_NAMELESS),
    )
    return rows.order_by() if denied.ip_address else rows.none()


def recovery_of(person: Person, apps: Iterable[App], span: Span) -> Recovery | None:
    """The app with the newest denial in the span, and the first login it allowed afterwards."""
    denied = person.logins().between(*span).filter(allowed=False)
    last = newest_login(denied)
    if last is None:
        return None
    app = next((app for app in apps if (app.account_id, app.app_uid) == (last.account_id, last.app_uid)), None)
    attempts = attempts_of(denied.filter(account=last.account_id, app_uid=last.app_uid))
    if app is None or attempts is None:
        return None
    allowed = oldest_login(_at(person, app).filter(allowed=True, created_at__gt=last.at))
    return Recovery(app, attempts, allowed) if allowed else None


def counts_in(person: Person, span: Span, groups: Iterable[LoginGroup]) -> dict[bool | None, int]:
    """The span's rows by result; where Cloudflare gave no result, attempts instead of rows."""
    counts: Counter[bool | None] = Counter()
    for group in groups:
        counts[group.allowed] += group.in_range
    if counts[None]:
        counts[None] = count_attempts(person.logins().between(*span).filter(allowed=None))
    return dict(+counts)


def alias_of(person: Person, span: Span) -> Alias | None:
    """The newest allowed login in the span under another address of the person."""
    login = newest_login(person.logins().between(*span).filter(allowed=True, person__in=tuple(person.shared)))
    return Alias(login.person, person.shared[login.person], login) if login else None


def other_rows_of(person: Person) -> OtherRows:
    """The rows with the person's addresses; call it if none is a login of a person."""
    rows = AccessRequest.objects.filter(account__in=person.accounts, person__in=person.addresses)
    actions = person.other_events().values_list("action").annotate(rows=Count("id")).order_by("-rows", "action")
    return OtherRows(rows.by_services().count(), dict(actions))
