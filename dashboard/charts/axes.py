"""The axes of a chart: a few round numbers at the side, a few round times along the bottom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from dashboard.charts.bins import DAY, MONTH, YEAR, Step, ticks_of
from dashboard.page.viewer import Viewer
from logsync.spans import Span

MOST_X_TICKS = 8
MOST_Y_STEPS = 3
# Closer to the side than this, a word centred on its mark would cover the numbers there.
EDGE = 0.06


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, in per cent from the left or the top, and its word.

    `is_minor` if a phone has no room for it, `is_edge` if its word begins at the mark, to keep off the other axis.
    """

    at: float
    word: str
    is_minor: bool = False
    is_edge: bool = False


def y_ticks(highest: int) -> tuple[list[Tick], int]:
    """Two to four round numbers from 0 up, and the number at the top of the plot."""
    step = next(step for step in _round_numbers() if step * MOST_Y_STEPS >= highest)
    top = step * max(-(-highest // step), 1)
    return [Tick(round(100 - 100 * number / top, 2), f"{number:,}") for number in range(0, top + 1, step)], top


def _round_numbers() -> Iterator[int]:
    return (int(digit * 10**power) for power in count() for digit in (1, 2, 2.5, 5) if power or digit != 2.5)


def x_ticks(whole: Span, viewer: Viewer) -> list[Tick]:
    """Round times on the viewer's first clock, with the date where a day begins."""
    step, moments = ticks_of(whole, viewer.first or UTC, MOST_X_TICKS)
    moments = list(moments)
    # A phone has no room for a first word with its date beside one that names the next day.
    names_a_day_later = any(_is_midnight(viewer.local(moment)) for moment in moments[2::2])
    return [
        Tick(
            at=round(100 * ((moment - whole.since) / whole.length), 2),
            word=_word(viewer.local(moment), step, is_first=number == 0),
            is_minor=number % 2 == 1 or (number == 0 and step.length < DAY and is_edge and names_a_day_later),
            is_edge=is_edge,
        )
        for number, moment in enumerate(moments)
        for is_edge in [moment - whole.since < EDGE * whole.length]
    ]


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute) == (0, 0)


def _word(local: datetime, step: Step, *, is_first: bool) -> str:
    if step.length >= YEAR:
        return f"{local:%Y}"
    if step.length >= MONTH:
        return f"{local:%b %Y}"
    if step.length >= DAY or _is_midnight(local):
        return f"{local:%-d %b}"
    return f"{local:%-d %b %H:%M}" if is_first else f"{local:%H:%M}"
