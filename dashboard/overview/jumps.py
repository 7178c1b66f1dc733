"""Applications where many people were denied at once, many more than at any time of the time before.

The measure is how many people were denied for the first time within one short window, a twenty-fourth of the range.
Its highest value in the range is held against its highest in the time before, so that a daily rhythm is no jump.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from dashboard.overview.scope import Scope
from logsync.attempts import logins_of_people
from logsync.coverage import Span
from logsync.models import Log
from logsync.pairs import AppKey

WINDOWS = 24
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
    before = _first_denials(scope, scope.before)
    found = []
    for app, moments in _first_denials(scope, Span(scope.before.until, scope.range.until or scope.range.now)).items():
        now, since = busiest(moments, window)
        usual, _ = busiest(before.get(app, []), window)
        if has_jumped(now, usual):
            found.append(Jump(app, since, now - usual))
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


def _first_denials(scope: Scope, span: Span) -> dict[AppKey, list[datetime]]:
    """When each person was denied first in a time, application by application."""
    denied: Any = logins_of_people(scope.logins().denied().between(*span))
    firsts = denied.values("account", "app_uid", "person").annotate(first=Min("created_at")).order_by("first")
    found: dict[AppKey, list[datetime]] = defaultdict(list)
    for account, app_uid, first in firsts.values_list("account", "app_uid", "first").iterator():
        found[account, app_uid].append(first)
    return found
