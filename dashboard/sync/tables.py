"""How streams and runs are shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.lists.tables import Column
from dashboard.page import cells
from dashboard.page.badges import state_badge
from dashboard.page.viewer import Viewer
from dashboard.page.wording import ago, span_words
from logsync.health.stream_state import StreamState, stream_name
from logsync.models import IdentityProvider, Stream, SyncRun
from logsync.spans import Span, intersect
from logsync.words import duration

STRIP = timedelta(hours=72)
RESULTS = {
    SyncRun.Outcome.RUNNING: ("clock-hour-4", ""),
    SyncRun.Outcome.READ: ("circle-check", "good"),
    SyncRun.Outcome.STOPPED: ("history", ""),
    SyncRun.Outcome.FAILED: ("cloud-x", "bad"),
}


class StreamTable(tables.Table):
    """One row a stream."""

    csv_name, json_name = "sync:streams-csv", "sync:streams-json"

    name = Column(verbose_name="Stream", cls="m1 fw-medium", orderable=False)
    state = Column(verbose_name="State", cls="fit m2", orderable=False, accessor="stream")
    strip = Column(verbose_name="Last 72 hours", cls="gh-strip-cell m5", orderable=False, accessor="stream")
    settled_to = Column(verbose_name="Complete to", cls="num fit m3", orderable=False, accessor="stream")
    lateness = Column(verbose_name="Arrival delay, median / 95 %", cls="num fit", orderable=False, accessor="stream")
    rows_today = Column(verbose_name="Rows today", cls="num fit", orderable=False)
    succeeded_at = Column(verbose_name="Last read", cls="num fit m4", orderable=False, accessor="stream__succeeded_at")
    next_at = Column(verbose_name="Next read", cls="num fit dim", orderable=False, accessor="stream")

    def __init__(self, states: list[StreamState], *, viewer: Viewer) -> None:
        self.viewer = viewer
        super().__init__(states, orderable=False)

    def render_name(self, value: str, record: StreamState) -> SafeString:
        # With an id it keeps the focus when the page refreshes itself.
        link = '<a class="gh-plain" id="stream-{}" href="?stream={}#calendar">{}</a>'
        return format_html(link, record.stream.pk, record.stream.pk, cells.text(value))

    def render_state(self, record: StreamState) -> SafeString:
        return state_badge(record)

    def render_strip(self, record: StreamState) -> SafeString:
        """The last three days as one band: what is not drawn on is not known."""
        window = Span(record.now - STRIP, record.now)
        coverage = record.coverage
        parts = {"m-good": coverage.settled, "m-dots": coverage.provisional, "m-warn": coverage.late}
        parts["m-bad"] = coverage.failed
        rects = format_html_join(
            "",
            '<rect class="{}" x="{}%" width="{}%" height="12"/>',
            [(css, *_place(span, window)) for css, spans in parts.items() for span in intersect(spans, [window])],
        )
        return format_html(
            '<svg class="gh-strip" role="img" aria-label="Last 72 hours: {}">'
            '<rect class="m-hatch" width="100%" height="12"/>{}</svg>',
            _strip_words(record, window),
            rects,
        )

    def render_settled_to(self, record: StreamState) -> SafeString:
        settled = record.coverage.settled
        if not settled:
            return cells.EMPTY
        words = cells.clock(settled[-1].until, self.viewer, with_day=settled[-1].until.date() != record.now.date())
        return format_html('<span class="dim d-md-none">complete to </span>{}', words)

    def render_lateness(self, record: StreamState) -> str:
        if record.lateness is None or not record.lateness.is_typical:
            return "too few rows yet"
        return f"{duration(record.lateness.median)} / {duration(record.lateness.p95)}"

    def render_rows_today(self, value: int) -> str:
        return f"{value:,}"

    def render_succeeded_at(self, value: datetime | None, record: StreamState) -> str | SafeString:
        return ago(value, record.now) if value else cells.EMPTY

    def render_next_at(self, record: StreamState) -> str | SafeString:
        if record.next_at is None or not record.stream.is_active:
            return cells.EMPTY
        return f"in {duration(record.next_at - record.now)}" if record.next_at > record.now else "now"


class RunTable(tables.Table):
    """One row a window that was read."""

    csv_name, json_name = "sync:runs-csv", "sync:runs-json"

    started_at = Column(verbose_name="Started", cls="fit m2", orderable=False)
    stream = Column(verbose_name="Stream", cls="cut m1", orderable=False)
    window = Column(verbose_name="Time read", cls="fit m3", orderable=False, accessor="since")
    stored = Column(verbose_name="New rows", cls="num fit", orderable=False)
    fetched = Column(verbose_name="Rows received", cls="num fit", orderable=False)
    took = Column(verbose_name="Duration", cls="num fit", orderable=False, accessor="started_at")
    result = Column(verbose_name="Result", cls="fit m4", orderable=False, accessor="error")

    def __init__(self, runs: Any, *, viewer: Viewer) -> None:
        self.viewer = viewer
        self.providers = IdentityProvider.objects.names_beside_account()
        super().__init__(runs, orderable=False)

    def render_started_at(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer)

    def render_stream(self, value: Stream) -> SafeString:
        return cells.text(stream_name(value, self.providers))

    def render_window(self, record: SyncRun) -> str:
        return span_words(Span(record.since, record.until), self.viewer)

    def render_stored(self, value: int) -> str:
        return f"{value:,}"

    def render_fetched(self, record: SyncRun, value: int) -> str:
        # Rows about people who were erased are fetched, but not kept.
        return f"{value:,} ({record.erased:,} erased)" if record.erased else f"{value:,}"

    def render_took(self, record: SyncRun) -> str | SafeString:
        if record.finished_at is None:
            return cells.EMPTY
        return f"{(record.finished_at - record.started_at).total_seconds():.1f} s"

    def render_result(self, record: SyncRun) -> SafeString:
        icon, kind = RESULTS[SyncRun.Outcome(record.outcome)]
        badge = cells.badge(record.get_outcome_display(), icon, kind)
        return format_html('<span title="{}">{}</span>', record.error, badge) if record.error else badge


def _place(span: Span, window: Span) -> tuple[float, float]:
    """Where a span begins in a window and how long it is, in per cent."""
    whole = window.until - window.since
    return round(100 * (span.since - window.since) / whole, 2), round(100 * (span.until - span.since) / whole, 2)


def _strip_words(record: StreamState, window: Span) -> str:
    known = sum((span.until - span.since).total_seconds() for span in intersect(record.coverage.known, [window]))
    return f"{100 * known / STRIP.total_seconds():.0f} % known"
