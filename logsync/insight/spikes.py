"""Applications where many people were denied at once, many more than at any time of the time before.

The measure is how many people were denied for the first time within one short window, a twenty-fourth of the range.
Its highest value in the range is held against its highest in the time before, so that a daily rhythm is no jump.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min

from dashboard.overview.scope import Scope
from logsync.insight.lockouts.pairs import AppKey
from logsync.models import Log
from logsync.spans import Span

WINDOWS = 24
PARTS = 2 * WINDOWS
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Jump:
    """An application, when its jump began, and by how many people it is above the time before."""

    app: AppKey
    since: datetime
    size: int


def largest_jump(scope: Scope) -> Jump | None:
    """The largest jump of the range; None if there is none, or the time before is not known."""
    if scope.before is None or not scope.is_before_known(Log.ACCESS_REQUESTS):
        return None
    window = scope.before.length / WINDOWS
    now = Span(scope.before.until, scope.range.until or scope.range.now)
    apps = may_have_jumped(counts_by_part(scope, now), counts_by_part(scope, scope.before))
    before = _first_denials(scope, scope.before, apps)
    found = []
    for app, moments in _first_denials(scope, now, apps).items():
        most, since = busiest(moments, window)
        usual, _ = busiest(before.get(app, []), window)
        if has_jumped(most, usual):
            found.append(Jump(app, since, most - usual))
    return max(found, key=lambda jump: (jump.size, jump.since, jump.app), default=None)


def has_jumped(now: int, usual: int) -> bool:
    """Whether so many people at once are far more than the most there were before: twice as many, and five more."""
    return now >= max(2 * usual, usual + FEWEST)


def busiest(moments: Sequence[datetime], window: timedelta) -> tuple[int, datetime]:
    """The most of these moments, which are in order, within one window, and where the first such window begins."""
    most, since, start = 0, datetime.min, 0
    for end, moment in enumerate(moments):
        while moment - moments[start] >= window:
            start += 1
        if end - start + 1 > most:
            most, since = end - start + 1, moments[start]
    return most, since


def _first_denials(scope: Scope, span: Span, apps: Collection[AppKey]) -> dict[AppKey, list[datetime]]:
    """When each person was denied first in a time, at each of these applications."""
    firsts = _firsts(scope, span).filter(app_uid__in={app_uid for _, app_uid in apps}).order_by("first")
    found: dict[AppKey, list[datetime]] = defaultdict(list)
    for account, app_uid, first in firsts.values_list("account", "app_uid", "first") if apps else []:
        found[account, app_uid].append(first)
    return found


def _firsts(scope: Scope, span: Span) -> Any:
    denied: Any = scope.logins().denied().between(*span).logins_of_people()
    return denied.order_by().values("account", "app_uid", "person").annotate(first=Min("created_at"))


# Which applications are worth a look: there may be hundreds of thousands of people, whom the database counts.


def counts_by_part(scope: Scope, span: Span) -> dict[AppKey, list[int]]:
    """How many people were denied first in each part of a time; a window is two parts long."""
    edges = [span.since + span.length * part / PARTS for part in range(1, PARTS)]
    firsts, asked = _firsts(scope, span).values("account", "app_uid", "first").query.sql_with_params()
    part = " ".join(f'WHEN "first" < %s THEN {at}' for at in range(len(edges)))
    parts = f'SELECT "account", "app_uid", CASE {part} ELSE {len(edges)} END AS "part" FROM ({firsts}) AS "firsts"'
    counts: dict[AppKey, list[int]] = defaultdict(lambda: [0] * PARTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "account", "app_uid", "part", COUNT(*) FROM ({parts}) AS "parts" GROUP BY 1, 2, 3',
            [*map(connection.ops.adapt_datetimefield_value, edges), *asked],
        )
        for account, app_uid, at, count in cursor.fetchall():
            counts[account, app_uid][at] = count
    return counts


def may_have_jumped(now: dict[AppKey, list[int]], before: dict[AppKey, list[int]]) -> list[AppKey]:
    """Those whose busiest window could be a jump: it touches three parts at most, and two were one window before."""
    return [
        app
        for app, counts in now.items()
        if has_jumped(_most_in(counts, 3), _most_in(before[app], 2) if app in before else 0)
    ]


def _most_in(counts: Sequence[int], parts: int) -> int:
    return max(sum(counts[at : at + parts]) for at in range(len(counts)))
