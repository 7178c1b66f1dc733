"""Log text in Markdown that is pasted into a ticket: never a link, an image or HTML, and nothing in it is hidden."""

from __future__ import annotations

import re

from logsync.characters import odd_letters, visible

LONGEST_TEXT = 500
LINE_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")


def code(text: str) -> str:
    """Log text as a code span of one line (CommonMark 6.1), which no backtick in it can end.

    Words stand behind it if it mixes letters of several alphabets, some of which look alike.
    """
    line = LINE_BREAKS.sub(" ", text).strip()
    line = line if len(line) <= LONGEST_TEXT else f"{line[:LONGEST_TEXT]}…"
    alphabets = dict.fromkeys(odd.alphabet for odd in odd_letters(line))
    line = visible(line)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    mixed = f" (with {' and '.join(alphabets)} letters)" if alphabets else ""
    return f"{fence}{edge}{line}{edge}{fence}{mixed}" if line else "(blank)"


def escaped(text: str) -> str:
    """A sentence with log text in it, on one line, with everything that Markdown or HTML would act on escaped."""
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", visible(LINE_BREAKS.sub(" ", text)))
