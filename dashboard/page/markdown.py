"""Log text in Markdown that is pasted into a ticket: never a link, an image or HTML."""

from __future__ import annotations

import re

LONGEST_TEXT = 500
# Line breaks, other control characters, and those that change the direction of text.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def code(text: str) -> str:
    """Log text as a code span of one line (CommonMark 6.1), which no backtick in it can end."""
    line = CONTROL.sub(" ", text).strip()
    line = line if len(line) <= LONGEST_TEXT else f"{line[:LONGEST_TEXT]}…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}" if line else "(blank)"


def escaped(text: str) -> str:
    """A sentence with log text in it, on one line, with everything that Markdown or HTML would act on escaped."""
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", CONTROL.sub(" ", text))
