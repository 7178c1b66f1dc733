"""How the overview writes moments and ranges."""

from __future__ import annotations

from datetime import datetime

from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import recent_moment

LONGEST_NAME = 80
NOT_KNOWN = "the time before is not known"
NOT_COUNTED = "so long a time before is not counted"
BEFORE = {
    "15m": "the 15 minutes before",
    "1h": "the hour before",
    "24h": "the day before",
    "7d": "the 7 days before",
    "30d": "the 30 days before",
    "90d": "the 90 days before",
}


def short(text: str) -> str:
    """A name cut to fit into a sentence."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def moment(at: datetime, range: TimeRange, viewer: Viewer) -> str:
    """A moment on the viewer's first clock, with its day if that is not today."""
    return recent_moment(at, range.now, viewer)


def before_words(range: TimeRange) -> str:
    """The span before the range, in words."""
    return BEFORE.get(range.name, "as long a time before")


def in_range(range: TimeRange) -> str:
    """The range within a sentence: "in the last 24 hours"."""
    if range.name == "all":
        return "in all time on record"
    return f"in the {range.words}" if range.name else f"in this range ({range.words})"
