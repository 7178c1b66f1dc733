"""The filters of a list in words: "Result: denied", "Country is not NL"."""

from __future__ import annotations

from dashboard.lists.filters import Chip, EventFilterSet


def filter_words(filterset: EventFilterSet) -> list[str]:
    """Each filter that applies, with its value; the range is left out."""
    return [_chip_words(chip) for chip in filterset.chips if chip.label != "Range"]


def _chip_words(chip: Chip) -> str:
    return f"{chip.label}{' ' if chip.label.endswith(' is not') else ': '}{chip.value}"
