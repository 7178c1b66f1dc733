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
# Closer to a side than this, a word centred on its mark would reach over it.
EDGE = 0.06


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, in per cent from the left or the top, and its word.

    `day` is the date below a time of day, where one is wanted. `is_minor` if a phone has no room for the tick. `edge`
    is the end of the axis, "start" or "end", that it is so close to that its words must keep to the other side.
    """

    at: float
    word: str
    day: str = ""
    is_minor: bool = False
    edge: str = ""


def y_ticks(highest: int) -> tuple[list[Tick], int]:
    """Two to four round numbers from 0 up, and the number at the top of the plot."""
    step = next(step for step in _round_numbers() if step * MOST_Y_STEPS >= highest)
    top = step * max(-(-highest // step), 1)
    return [Tick(round(100 - 100 * number / top, 2), f"{number:,}") for number in range(0, top + 1, step)], top


def _round_numbers() -> Iterator[int]:
    return (int(digit * 10**power) for power in count() for digit in (1, 2, 2.5, 5) if power or digit != 2.5)


def x_ticks(whole: Span, viewer: Viewer) -> list[Tick]:
    """Round times on the viewer's first clock, with the date below the first and wherever a day begins."""
    step, moments = ticks_of(whole, viewer.first or UTC, MOST_X_TICKS)
    times = [viewer.local(moment) for moment in moments]
    # A phone shows every second tick: those with the dates, if there is a choice.
    kept = next((number for number, local in enumerate(times) if _is_midnight(local)), 0) % 2
    return [
        Tick(
            at=round(100 * ((moment - whole.since) / whole.length), 2),
            word=_word(local, step),
            day=f"{local:%-d %b}" if step.length < DAY and (number == 0 or _is_midnight(local)) else "",
            is_minor=number % 2 != kept,
            edge=_edge((moment - whole.since) / whole.length),
        )
        for number, (moment, local) in enumerate(zip(moments, times, strict=True))
    ]


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute) == (0, 0)


def _edge(share: float) -> str:
    if share < EDGE:
        return "start"
    return "end" if share > 1 - EDGE else ""


def _word(local: datetime, step: Step) -> str:
    if step.length >= YEAR:
        return f"{local:%Y}"
    if step.length >= MONTH:
        return f"{local:%b %Y}"
    return f"{local:%-d %b}" if step.length >= DAY else f"{local:%H:%M}"
