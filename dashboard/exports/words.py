"""How the pages say what an export is, and how it ended."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.exported.models import Export, State
from dashboard.page import cells
from dashboard.page.coverage_line import ICONS
from dashboard.page.coverage_words import COMPLETE, PARTIAL
from dashboard.page.viewer import Viewer
from dashboard.page.wording import span_words
from logsync.spans import Span
from logsync.words import counted

# So much of a digest is enough to tell files apart by eye.
SHORT_DIGEST = 12
_STATES = {
    State.RUNNING: ("clock-hour-4", ""),
    State.COMPLETE: ("circle-check", "good"),
    State.CUT_OFF: ("alert-triangle", "warn"),
    State.FAILED: ("cloud-x", "bad"),
}


def state_badge(export: Export, words: str) -> SafeString:
    """How it ended, in these words."""
    return cells.badge(words, *_STATES[export.state_now])


def state_words(export: Export) -> str:
    """How it ended: "Complete", "Cut off after 1,200 rows"."""
    state = export.state_now
    if state not in (State.CUT_OFF, State.FAILED):
        return state.label
    # Of a process that was killed, nobody counted the rows.
    return f"{state.label} after {counted(export.rows, 'row')}" if export.finished_at else state.label


def coverage_badge(export: Export) -> SafeString:
    """What was known of its time."""
    kind = export.coverage["kind"]
    colour = {COMPLETE: "good", PARTIAL: "warn"}.get(kind, "")
    return cells.badge(str(kind).capitalize(), ICONS.get(kind, "circle-dashed"), colour)


def range_words(export: Export, viewer: Viewer) -> str:
    """Its range on the viewer's first clock: "18 Nov 14:06 to 19 Nov 14:06"."""
    until = export.until or export.as_of
    if export.since is None:
        return f"up to {viewer.local(until):%-d %b %Y %H:%M}"
    return span_words(Span(export.since, until), viewer)


def digest(export: Export) -> SafeString:
    """The beginning of its SHA-256, and a button that copies all of it."""
    if not export.sha256:
        return cells.EMPTY
    button = cells.copy_button(export.sha256, "the SHA-256")
    return format_html('<span class="gh-id">{}</span>{}', export.sha256[:SHORT_DIGEST], button)
