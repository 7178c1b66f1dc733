"""How the overview writes names and ranges."""

from __future__ import annotations

from dashboard.page.timerange import TimeRange

LONGEST_NAME = 80
NOT_KNOWN = "nothing to compare with"
NOT_COUNTED = "not compared over so long a range"
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


def before_words(range: TimeRange) -> str:
    """The span before the range, in words."""
    return BEFORE.get(range.name, "the previous period")


def in_range(range: TimeRange) -> str:
    """The range within a sentence: "in the last 24 hours", "yesterday"."""
    if range.name == "all":
        return "in all time on record"
    if range.calendar:
        return range.words
    return f"in the {range.words}" if range.name else "in this range"
