"""Sentences about the rows as HTML: log text isolated and cut, moments on the viewer's clock."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.page import cells
from dashboard.page.viewer import Viewer
from logsync.insight.sentence import At, Email, Part, Quote, Sentence
from logsync.words import day_words, exact_moment

LONGEST_SHOWN = 120


def shortened(text: str) -> str:
    """Log text, cut to a readable length; the row behind the sentence has all of it."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


class SentenceRenderer:
    """Renders sentences for one viewer at one moment."""

    def __init__(self, viewer: Viewer, now: datetime) -> None:
        self.viewer = viewer
        self.today = viewer.local_or_utc(now).date()

    def html(self, sentence: Sentence) -> SafeString:
        """A sentence, with log text isolated and moments on both clocks."""
        return mark_safe("".join(self._part(part) for part in sentence.parts()))

    def _part(self, part: Part) -> str:
        if isinstance(part, At):
            return self.at(part.moment)
        if isinstance(part, datetime):
            return format_html('<span class="nowrap">{}</span>', self.moment(part))
        if not isinstance(part, Quote):
            return escape(part)
        shown = cells.text(shortened(part.text))
        if not isinstance(part, Email):
            return shown
        return format_html('<a href="{}">{}</a>', reverse("people:person", args=[part.text]), shown)

    def at(self, at: datetime) -> SafeString:
        """A moment with its "at", or with "on" before a day."""
        if at.year in (1, 9999):
            return format_html("at {}", self.moment(at))
        local = self.viewer.local_or_utc(at)
        day = f"on {day_words(local)} " if local.date() != self.today else ""
        clock = cells.clock(at, self.viewer, seconds=False)
        return format_html('{}at <span class="nowrap">{}</span>', day, clock)

    def moment(self, at: datetime) -> SafeString:
        """A moment to the minute, with its day unless it is today."""
        if at.year in (1, 9999):
            return mark_safe(exact_moment(at, "minutes"))
        return self.clock(at, seconds=False)

    def clock(self, at: datetime, *, seconds: bool) -> SafeString:
        with_day = self.viewer.local_or_utc(at).date() != self.today
        return cells.clock(at, self.viewer, with_day=with_day, seconds=seconds)
