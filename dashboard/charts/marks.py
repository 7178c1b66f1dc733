"""Marks on a chart: moments at which something else happened, each a thin line with a flag that leads to it.

Flags that would touch on a phone become one, with a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.page.viewer import Viewer
from dashboard.page.wording import short_moment
from logsync.spans import Span
from logsync.words import counted

# Flags are no closer together than this share of the plot: 24 pixels on a phone, the least that a finger hits.
CLOSEST = 0.085
# Right of this, a flag points to the left.
LAST_RIGHT = 0.94
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened: when, what it is called, and the address of its page."""

    at: datetime
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A flag: where its line is, in per cent of the plot; where the lines of the others are that it stands for.

    `words` say what happened and when.
    """

    x: float
    lines: Sequence[float]
    words: str
    href: str
    count: int

    @property
    def points_left(self) -> bool:
        return self.x > 100 * LAST_RIGHT


def marks_of(moments: Sequence[Moment], whole: Span, viewer: Viewer, href_between: Callable[[Span], str]) -> list[Mark]:
    """The flags for moments within the time of a chart; `href_between` lists all that happened in a span."""
    groups: list[list[Moment]] = []
    for moment in sorted(moments, key=lambda moment: moment.at):
        if not whole.since <= moment.at < whole.until:
            continue
        if groups and (moment.at - groups[-1][0].at) / whole.length < CLOSEST:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return [_mark(group, whole, viewer, href_between) for group in groups]


def _mark(group: Sequence[Moment], whole: Span, viewer: Viewer, href_between: Callable[[Span], str]) -> Mark:
    lines = list(dict.fromkeys(round(100 * ((moment.at - whole.since) / whole.length), 2) for moment in group))
    said = "; ".join(f"{short_moment(moment.at, viewer)} {moment.words}" for moment in group[:MOST_NAMED])
    if len(group) == 1:
        return Mark(lines[0], lines, f"{said} ({viewer.first_word})", group[0].href, 1)
    more = f"; and {len(group) - MOST_NAMED:,} more" if len(group) > MOST_NAMED else ""
    words = f"{counted(len(group), 'change')}: {said}{more} ({viewer.first_word})"
    href = href_between(Span(group[0].at, group[-1].at))
    return Mark(lines[0], lines, words, href, len(group))
