"""The failed logins by app that a page is about, under its filters."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from dashboard.logins.filters import LoginFilter
from logsync.coverage import coverage_of
from logsync.insight.failures_by_app import FailuresByApp
from logsync.models import DailyCount, Stream

# The filters that choose an app. The sums by day know these, too, and no others.
APP_FILTERS = ("account", "app_uid", "blank")


def failures_of(filterset: LoginFilter, streams: Iterable[Stream]) -> FailuresByApp:
    """The failed logins of the range, compared with the time before if all of it is known of these streams."""
    range = filterset.range
    before = range.earlier
    is_before_known = before is not None and coverage_of(streams, before).is_known()
    return FailuresByApp(
        filterset.rows_outside_range("allowed"),
        range.span,
        now=range.now,
        before=before if is_before_known else None,
        days=_days(filterset),
    )


def _days(filterset: LoginFilter) -> QuerySet[DailyCount] | None:
    """The sums by day of the same logins; None if a filter is in force that these sums don't know."""
    if not set(filterset.in_force) <= set(APP_FILTERS):
        return None
    days: QuerySet[DailyCount] = DailyCount.objects.order_by()
    for name in APP_FILTERS:
        days = filterset.narrowed(days, name)
    return days
