"""Apps where many people were denied at once, many more than at any time of the span before.

We count the people who were denied for the first time within one window, a twenty-fourth of the span, and compare the
busiest window of the span with the busiest one before. So a daily rhythm is not a spike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, IntegerField, Min, QuerySet, Value, When

from logsync.insight.app_names import AppKey
from logsync.models import AccessRequest
from logsync.models.attempts import select_from_attempts
from logsync.spans import Span

WINDOWS = 24
PARTS = 2 * WINDOWS
FEWEST = 5

Logins = QuerySet[AccessRequest]


@dataclass(frozen=True, slots=True)
class Spike:
    """An app, when its spike began, and how many more people it denied at once than before.

    The `episode` is from the first to the last window around it in which more people than usual were denied.
    """

    app: AppKey
    since: datetime
    size: int
    episode: Span


def largest_spike(logins: Logins, span: Span, before: Span) -> Spike | None:
    """The largest spike of a span, compared with an equally long span before it; None if there is no spike.

    `logins` are logins of any time, under any filter. Both spans must have ends.
    """
    apps = may_have_spiked(counts_by_part(logins, span), counts_by_part(logins, before))
    return _largest(logins, apps, span, before)


def spike_at(app: AppKey, logins: Logins, span: Span, before: Span) -> Spike | None:
    """The spike of one app, as `largest_spike` would find it if no other app had a larger one."""
    return _largest(logins, [app], span, before)


def _largest(logins: Logins, apps: Collection[AppKey], span: Span, before: Span) -> Spike | None:
    window = before.length / WINDOWS
    firsts_before = _first_denials(logins, before, apps)
    found = []
    for app, moments in _first_denials(logins, span, apps).items():
        most, since = busiest(moments, window)
        usual, _ = busiest(firsts_before.get(app, []), window)
        if is_spike(most, usual):
            found.append((most - usual, since, app, usual))
    if not found:
        return None
    size, since, app, usual = max(found)
    return Spike(app, since, size, _episode(logins, app, span, since, window, usual))


def _episode(logins: Any, app: AppKey, span: Span, since: datetime, window: timedelta, usual: int) -> Span:
    """The windows around a spike, one after the other, in which more people were denied at an app than usual.

    They are counted from `since` on, when the busiest of them begins.
    """
    before, after = (since - span.since) // window + 1, -((since - span.until) // window)
    edges = [since + window * step for step in range(-before, after + 1)]
    denied = logins.denied().between(*span).logins_of_people().filter(account=app[0], app_uid=app[1]).order_by()
    at = Case(
        *(When(created_at__lt=until, then=Value(place)) for place, until in enumerate(edges[1:])),
        output_field=IntegerField(),
    )
    people = dict(denied.annotate(at=at).values_list("at").annotate(people=Count("person", distinct=True)))
    first = last = before
    while people.get(first - 1, 0) > usual:
        first -= 1
    while people.get(last + 1, 0) > usual:
        last += 1
    return Span(max(edges[first], span.since), min(edges[last + 1], span.until))


def is_spike(now: int, usual: int) -> bool:
    """Whether this many people at once are twice as many as the most before, and at least five more."""
    return now >= max(2 * usual, usual + FEWEST)


def busiest(moments: Sequence[datetime], window: timedelta) -> tuple[int, datetime]:
    """How many of these sorted moments fall within the busiest window, and where the first such window begins."""
    most, since, start = 0, datetime.min, 0
    for end, moment in enumerate(moments):
        while moment - moments[start] >= window:
            start += 1
        if end - start + 1 > most:
            most, since = end - start + 1, moments[start]
    return most, since


def _first_denials(logins: Logins, span: Span, apps: Collection[AppKey]) -> dict[AppKey, list[datetime]]:
    """When each person was first denied in a span, for each of these apps."""
    firsts = _firsts(logins, span).filter(app_uid__in={app_uid for _, app_uid in apps}).order_by("first")
    found: dict[AppKey, list[datetime]] = defaultdict(list)
    for account, app_uid, first in firsts.values_list("account", "app_uid", "first") if apps else []:
        found[account, app_uid].append(first)
    return found


def _firsts(logins: Any, span: Span) -> Any:
    denied = logins.denied().between(*span).logins_of_people()
    return denied.order_by().values("account", "app_uid", "person").annotate(first=Min("created_at"))


# Which apps to look at. There may be hundreds of thousands of people, so the database counts them.


def counts_by_part(logins: Logins, span: Span) -> dict[AppKey, list[int]]:
    """How many people were first denied in each part of a span, for each app; a window is two parts long."""
    edges = [span.since + span.length * part / PARTS for part in range(1, PARTS)]
    firsts, params = _firsts(logins, span).values("account", "app_uid", "first").query.sql_with_params()
    part = " ".join(f'WHEN "first" < %s THEN {at}' for at in range(len(edges)))
    parts = f'SELECT "account", "app_uid", CASE {part} ELSE {len(edges)} END AS "part" FROM ({firsts}) AS "firsts"'
    counts: dict[AppKey, list[int]] = defaultdict(lambda: [0] * PARTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "account", "app_uid", "part", COUNT(*) FROM ({parts}) AS "parts" GROUP BY 1, 2, 3',
            [*map(connection.ops.adapt_datetimefield_value, edges), *params],
        )
        for account, app_uid, at, count in cursor.fetchall():
            counts[account, app_uid][at] = count
    return counts


def may_have_spiked(now: dict[AppKey, list[int]], before: dict[AppKey, list[int]]) -> list[AppKey]:
    """The apps whose busiest window could be a spike.

    A window touches three parts at most, so three parts hold at least as many people; two parts were one window before.
    """
    return [
        app
        for app, counts in now.items()
        if is_spike(_most_in(counts, 3), _most_in(before[app], 2) if app in before else 0)
    ]


def _most_in(counts: Sequence[int], parts: int) -> int:
    return max(sum(counts[at : at + parts]) for at in range(len(counts)))


# What a spike is made of


@dataclass(frozen=True, slots=True)
class ConnectionCount:
    """How many attempts through one connection were denied, and how many allowed."""

    connection: str
    denied: int
    allowed: int


def count_by_connection(logins: Logins) -> list[ConnectionCount]:
    """The results of people's attempts among these logins for each connection, in the order of their names."""
    results = 'SUM(CASE WHEN NOT "allowed" THEN 1 ELSE 0 END), SUM(CASE WHEN "allowed" THEN 1 ELSE 0 END)'
    counts = select_from_attempts(logins, ["connection"], f'"connection", {results}', 'GROUP BY "connection"')
    return [ConnectionCount(*row) for row in sorted(counts)]
