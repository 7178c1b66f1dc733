"""Hold what Cloudflare said of a person against the rows of the login log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from logsync.coverage import Coverage, coverage_of_stream
from logsync.insight.at_cloudflare.failed_logins import (
    SAME_TIME,
    FailedLogin,
    KeptLogin,
    Matched,
    failed_logins_of,
    match,
    ray_of,
)
from logsync.models import AccessRequest, Account, Application, Log, Stream, UserReading
from logsync.spans import Span

# More rows of one person are not looked through for a failed login without a Ray ID.
MOST_ROWS = 2_000


def matched_failed_logins(reading: UserReading, now: datetime) -> list[Matched]:
    """What is here of each failed login that Cloudflare listed for a person."""
    logins = failed_logins_of(reading.content)
    if not logins:
        return []
    return match(logins, _rows_of(reading, logins), _coverage(reading.account, logins, now))


def _rows_of(reading: UserReading, logins: list[FailedLogin]) -> Iterable[KeptLogin]:
    rows = AccessRequest.objects.filter(account=reading.account).order_by("created_at", "pk")
    fields = "key", "ray_id", "created_at", "app_name", "app_uid"
    found = list(rows.filter(ray_id__in={login.ray_id for login in logins if login.ray_id}).values_list(*fields))
    times = [login.at for login in logins if login.at and not login.ray_id]
    if times:
        near = rows.filter(person=reading.person).between(min(times) - SAME_TIME, max(times) + 2 * SAME_TIME)
        found += near.values_list(*fields)[:MOST_ROWS]
    auds: dict[str, set[str]] = defaultdict(set)
    listed = Application.objects.filter(account=reading.account, app_uid__in={row[-1] for row in found})
    for app_uid, aud in listed.values_list("app_uid", "aud"):
        auds[app_uid].add(aud)
    for key, ray_id, at, app_name, app_uid in dict.fromkeys(found):
        yield KeptLogin(key.hex, ray_of(ray_id), at, app_name, frozenset(auds[app_uid]))


def _coverage(account: Account, logins: list[FailedLogin], now: datetime) -> Coverage:
    times = [login.at for login in logins if login.at] or [now]
    asked = Span(min(times), max(times) + timedelta.resolution)
    stream = Stream.objects.filter(account=account, log=Log.ACCESS_REQUESTS).with_ranges().first()
    return coverage_of_stream(stream, asked, now) if stream else Coverage(asked, never_asked=[asked])
