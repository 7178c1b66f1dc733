"""The chart over a list of events: its rows by time and result, under the list's own filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from dashboard.charts.bins import FIRST, HOUR, LAST, bins_of
from dashboard.charts.chart import Chart, chart_of
from dashboard.charts.counts import MOST_ROWS, Kind, counts_by_bin, counts_from_hours, ends_of
from dashboard.lists.filters import ANY, EventFilterSet
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.viewer import Viewer
from logsync.coverage import coverage_of
from logsync.derived.counts import count_of_hours
from logsync.models import HourlyCount, Log
from logsync.spans import BEGINNING, Span

# Shorter ranges get bars shorter than an hour.
HOURLY_FROM = timedelta(hours=12)
# The filters that the hourly sums have too.
KNOWN_TO_SUMS = ("account", "idp_id")


def histogram_of(
    filterset: EventFilterSet,
    line: CoverageLine,
    viewer: Viewer,
    *,
    log: Log,
    kinds: Sequence[Kind],
    noun: str,
    are_few: bool = False,
    of_attempts: bool = False,
) -> Chart | None:
    """The chart of a list; None if there is no time to draw.

    `kinds` are failures first. The numbers add up to the list's count, unless the chart's note says otherwise.
    `are_few` says that there are no more rows than a list counts. `of_attempts` counts attempts of people, not rows.
    """
    span = _span(filterset, line)
    if span is None:
        return None
    hours, only_failed = _hours(filterset, log) if span.length >= HOURLY_FROM and not are_few else (None, False)
    zone, rows, time_field = viewer.first or UTC, filterset.rows(), filterset.time_field
    if hours is not None and count_of_hours(hours, span, "failed" if only_failed else "total") > MOST_ROWS:
        others = [] if only_failed else [Kind(f"Not {kinds[0].word.lower()}", "m-calm", Q())]
        kinds, bins = [kinds[0], *others], bins_of(span, zone, HOUR)
        counts = counts_from_hours(hours, rows, time_field, kinds, bins, of_attempts=of_attempts)
    else:
        bins = bins_of(span, zone)
        counts = counts_by_bin(rows, time_field, kinds, bins, are_few=are_few, of_attempts=of_attempts)
    now = filterset.range.now
    # The chart may be longer than the range that the line is about: rows can be older or newer.
    coverage = coverage_of(line.coverage.of, counts.bins.whole, now)
    return chart_of(counts, coverage, viewer, filterset.query_string, noun=noun, now=now, names=line.names)


def _span(filterset: EventFilterSet, line: CoverageLine) -> Span | None:
    """The range; an open one begins at the first row, or at the first moment that should be synced."""
    range, asked = filterset.range, line.coverage.asked.since
    rows = ends_of(filterset.queryset.model, filterset.time_field)
    # Cloudflare's clock may be ahead of this one.
    end = max(range.now, rows.until) if rows else range.now
    until = min(range.until or end, end, LAST)
    starts = [rows.since] if rows else []
    since = range.since or min([*starts, *([asked] if asked > BEGINNING else [])], default=until)
    since = max(since, FIRST)
    return Span(since, until) if since < until else None


def _hours(filterset: EventFilterSet, log: Log) -> tuple[QuerySet[HourlyCount] | None, bool]:
    """The hourly sums of the list's rows, and whether the list has failures only.

    None if a filter applies that the sums don't have.
    """
    name = filterset.default[0]
    values = filterset.form.cleaned_data.get(name) or []
    only_failed = filterset.is_default_in_force or set(values) == set(filterset.default_values)
    in_force = set(filterset.in_force) - set(KNOWN_TO_SUMS)
    if only_failed or ANY in values:
        in_force.discard(name)
    if in_force or filterset.excluded.get(name):
        return None, only_failed
    hours: Any = HourlyCount.objects.filter(log=log)
    for known in KNOWN_TO_SUMS:
        if known in filterset.filters:
            hours = filterset.narrowed(hours, known)
    return hours, only_failed
