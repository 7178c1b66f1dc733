"""Who was denied and who got in at an application in the day before a change and in the day after it.

Both are counts of people, beside what is known of that time. None of it says that the change did it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q

from logsync.coverage import CoverageByStream, coverage_of
from logsync.insight.policy_changes.change import PolicyChange
from logsync.insight.spikes import spike_at
from logsync.models import AccessRequest, Log, Stream
from logsync.spans import Span, intersect

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Side:
    """The people at one application in a span that ends or begins with a change; None where nothing of it is known.

    `is_whole` if all of the span is known, so that there are no more of them; `is_over` if all of it has passed.
    """

    span: Span
    denied: int | None
    let_in: int | None
    is_whole: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Footprint:
    """What happened at one application around a change.

    `shut_out` counts people who got in on the day before and were denied on the day after; None if nothing is known.
    `first_denial` is the first denial of a run that began within a day after the change, None if none did.
    """

    app_uid: str
    before: Side
    after: Side
    shut_out: int | None
    first_denial: datetime | None = None


def footprints(change: PolicyChange, app_uids: Iterable[str], most: int, now: datetime) -> list[Footprint]:
    """What happened at the applications, those with the most people denied afterwards first; at most so many."""
    before, after = Span(change.span.since - DAY, change.span.since), Span(change.span.until, change.span.until + DAY)
    everywhere = sorted(app_uids)
    counts_before, counts_after = (_counts(change.account_id, everywhere, span) for span in (before, after))
    apps = sorted(everywhere, key=lambda app: -counts_after[app][0])[:most]
    streams = list(Stream.objects.filter(account=change.account_id, log=Log.ACCESS_REQUESTS).with_ranges())
    known_before, known_after = (coverage_of(streams, span, now) for span in (before, after))
    shut_out = _shut_out(change.account_id, apps, before, after)
    found = []
    for app in apps:
        sides = _side(before, known_before, counts_before[app], now), _side(after, known_after, counts_after[app], now)
        is_known = all(side.denied is not None for side in sides)
        first = None
        if counts_after[app][0] and sides[0].is_whole:
            first = first_of_run(change.account_id, app, after, before)
        found.append(Footprint(app, *sides, shut_out.get(app, 0) if is_known else None, first))
    return found


def first_of_run(account_id: int, app_uid: str, span: Span, before: Span) -> datetime | None:
    """The first denial of a run of denials that began in a span: of its spike, or of all if there were none before.

    `before` is the span that ends with it or earlier; all of it must be known. None if there is no such run.
    """
    logins: Any = AccessRequest.objects.filter(account=account_id, app_uid=app_uid).order_by()
    if spike := spike_at((account_id, app_uid), logins, span, before):
        return first_denial_in(account_id, app_uid, spike.episode)
    had_denials = logins.denied().logins_of_people().between(*before).exists()
    return None if had_denials else first_denial_in(account_id, app_uid, span)


def first_denial_in(account_id: int, app_uid: str, span: Span) -> datetime | None:
    """The first denial of a person at an application in a span."""
    logins: Any = AccessRequest.objects.filter(account=account_id, app_uid=app_uid)
    denied = logins.denied().logins_of_people().between(*span)
    first: datetime | None = denied.aggregate(first=Min("created_at"))["first"]
    return first


def _counts(account_id: int, apps: list[str], span: Span) -> dict[str, tuple[int, int]]:
    """How many people were denied and let in at each application."""
    logins = AccessRequest.objects.filter(account=account_id, app_uid__in=apps).between(*span).logins_of_people()
    counted = (
        logins.order_by()
        .values_list("app_uid")
        .annotate(
            denied=Count("person", filter=Q(allowed=False), distinct=True),
            let_in=Count("person", filter=Q(allowed=True), distinct=True),
        )
    )
    return dict.fromkeys(apps, (0, 0)) | {app: (denied, let_in) for app, denied, let_in in counted}


def _shut_out(account_id: int, apps: list[str], before: Span, after: Span) -> dict[str, int]:
    """How many people got in at each application in one span and were denied in the other."""
    logins = AccessRequest.objects.filter(account=account_id, app_uid__in=apps).logins_of_people()
    got_in = logins.between(*before).filter(allowed=True, app_uid=OuterRef("app_uid"), person=OuterRef("person"))
    denied = logins.between(*after).filter(Exists(got_in), allowed=False)
    return dict(denied.order_by().values_list("app_uid").annotate(people=Count("person", distinct=True)))


def _side(span: Span, coverage: CoverageByStream, counts: tuple[int, int], now: datetime) -> Side:
    passed = Span(span.since, max(min(span.until, now), span.since))
    # Rows can be here of time that was not read to its end.
    is_known = bool(intersect([passed], coverage.known_everywhere)) or any(counts)
    denied, let_in = counts if is_known else (None, None)
    return Side(span, denied, let_in, is_whole=coverage.is_known(passed), is_over=span.until <= now)
