"""How pages say when something changed, and how long before something else."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.page import cells
from dashboard.page.viewer import Viewer
from dashboard.page.wording import span_words
from logsync.insight.policy_changes.change import PolicyChange
from logsync.spans import Span


def when(change: PolicyChange, viewer: Viewer) -> SafeString:
    """When it changed; if Cloudflare doesn't say, between which readings."""
    if change.at:
        return cells.clock(change.at, viewer, with_day=True, seconds=False)
    if change.after is None:
        return format_html("by {}", cells.clock(change.by, viewer, with_day=True, seconds=False))
    words = span_words(Span(change.after, change.by), viewer)
    return format_html('<span title="{}">{}</span>', "Between the reading before and the reading after", words)
