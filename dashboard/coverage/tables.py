"""How streams and runs are shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.coverage.streams import StreamState, provider_names, stream_name
from dashboard.ui import cells
from dashboard.ui.tables import Column
from dashboard.ui.templatetags.ui import ago
from dashboard.ui.viewer import Viewer
from logsync.coverage import Span, intersect
from logsync.models import Stream, SyncRun

STRIP = timedelta(hours=72)


class StreamTable(tables.Table):
    """One row a stream."""

    name = Column(verbose_name="Stream", cls="m1 fw-medium", orderable=False, accessor="stream")
    state = Column(verbose_name="State", cls="fit m2", orderable=False, accessor="stream")
    strip = Column(verbose_name="Last 72 hours", cls="gh-strip-cell m5", orderable=False, accessor="stream")
    settled_to = Column(verbose_name="Settled to", cls="fit m3", orderable=False, accessor="stream")
    read = Column(verbose_name="Backfill", cls="num fit", orderable=False)
    succeeded_at = Column(verbose_name="Last read", cls="num fit m4", orderable=False, accessor="stream__succeeded_at")

    def __init__(self, states: list[StreamState], *, viewer: Viewer) -> None:
        self.viewer = viewer
        self.providers = provider_names()
        super().__init__(states, orderable=False)

    def render_name(self, record: StreamState) -> SafeString:
        return cells.text(stream_name(record.stream, self.providers))

    def render_state(self, record: StreamState) -> SafeString:
        stream = record.stream
        if not stream.is_active:
            return cells.badge("No longer read", "archive")
        if stream.error:
            return cells.badge("Refused" if stream.needs_person else "Failing", "cloud-x", "bad")
        if stream.succeeded_at is None:
            return cells.badge("Never read", "circle-dashed")
        if record.is_behind:
            return cells.badge("Backfilling", "history")
        return cells.badge("Complete", "circle-check", "good")

    def render_strip(self, record: StreamState) -> SafeString:
        """The last three days as one band: what is not drawn on is not known."""
        window = Span(record.now - STRIP, record.now)
        marks = [("m-good", span) for span in intersect(record.settled, [window])]
        marks += [("m-dots", span) for span in intersect(record.provisional, [window])]
        rects = format_html_join(
            "",
            '<rect class="{}" x="{}%" width="{}%" height="12"/>',
            [(css, *_place(span, window)) for css, span in marks],
        )
        return format_html(
            '<svg class="gh-strip" role="img" aria-label="Last 72 hours: {}">'
            '<rect class="m-hatch" width="100%" height="12"/>{}</svg>',
            _strip_words(record, window),
            rects,
        )

    def render_settled_to(self, record: StreamState) -> SafeString:
        if not record.settled:
            return cells.EMPTY
        return cells.clock(record.settled[-1].until, self.viewer, with_day=True)

    def render_read(self, value: float) -> str:
        return f"{value:.0f} %"

    def render_succeeded_at(self, value: datetime | None, record: StreamState) -> str | SafeString:
        return ago(value, record.now) if value else cells.EMPTY


class RunTable(tables.Table):
    """One row a window that was read."""

    started_at = Column(verbose_name="Began", cls="fit m2", orderable=False)
    stream = Column(verbose_name="Stream", cls="cut m1", orderable=False)
    window = Column(verbose_name="Window", cls="fit m3", orderable=False, accessor="since")
    stored = Column(verbose_name="New rows", cls="num fit", orderable=False)
    fetched = Column(verbose_name="Rows sent", cls="num fit", orderable=False)
    took = Column(verbose_name="Took", cls="num fit", orderable=False, accessor="started_at")
    result = Column(verbose_name="Result", cls="fit m4", orderable=False, accessor="error")

    def __init__(self, runs: Any, *, viewer: Viewer) -> None:
        self.viewer = viewer
        self.providers = provider_names()
        super().__init__(runs, orderable=False)

    def render_started_at(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer)

    def render_stream(self, value: Stream) -> SafeString:
        return cells.text(stream_name(value, self.providers))

    def render_window(self, record: SyncRun) -> str:
        since, until = self.viewer.local(record.since), self.viewer.local(record.until)
        return (
            f"{since:%-d %b %H:%M} to {until:%H:%M}"
            if since.date() == until.date()
            else f"{since:%-d %b %H:%M} to {until:%-d %b %H:%M}"
        )

    def render_took(self, record: SyncRun) -> str | SafeString:
        if record.finished_at is None:
            return cells.EMPTY
        return f"{(record.finished_at - record.started_at).total_seconds():.1f} s"

    def render_result(self, record: SyncRun) -> SafeString:
        if record.error:
            return cells.badge("Failed", "cloud-x", "bad")
        if record.finished_at is None:
            return cells.badge("Running", "clock-hour-4")
        return cells.badge("Read", "circle-check", "good")


def _place(span: Span, window: Span) -> tuple[float, float]:
    """Where a span begins in a window and how long it is, in per cent."""
    whole = window.until - window.since
    return round(100 * (span.since - window.since) / whole, 2), round(100 * (span.until - span.since) / whole, 2)


def _strip_words(record: StreamState, window: Span) -> str:
    known = sum(
        (span.until - span.since).total_seconds()
        for span in intersect([*record.settled, *record.provisional], [window])
    )
    return f"{100 * known / STRIP.total_seconds():.0f} % known"
