"""The rows that could not be read, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logsync.health.stream_state import StreamState
from logsync.models import SetAsideRow

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SetAsideRows:
    """The newest rows that were set aside, each with the name of its stream, and how many there are in all."""

    shown: list[tuple[str, SetAsideRow]]
    total: int


def set_aside_rows(states: Iterable[StreamState]) -> SetAsideRows:
    """The rows of all streams that could not be read."""
    names = {state.stream.pk: state.name for state in states}
    rows = list(SetAsideRow.objects.all()[: MOST_SHOWN + 1])
    total = len(rows) if len(rows) <= MOST_SHOWN else SetAsideRow.objects.count()
    return SetAsideRows([(names.get(row.stream_id, ""), row) for row in rows[:MOST_SHOWN]], total)
