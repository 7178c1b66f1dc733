"""JSON that is nested deeper than Python's parser can follow: one row of it must not cost the page its other rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# No row that Python's parser can read is nested this deep.
DEEPEST_ROW = 1000
# What lies deeper in a row is cut, as `records` does with any row: a row, a field's value, and a hundred levels of it.
KEPT_LEVELS = 101
CUT = '"\ufffd"'

_PART = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class DeepItem:
    """An item of a list that is nested more than DEEPEST_ROW deep; `value` is what it holds above KEPT_LEVELS."""

    value: Any


@dataclass(slots=True)
class _Item:
    """One item while it is walked through: where it starts, how deep it goes, and its text without the deep parts."""

    start: int
    level: int = 0
    deepest: int = 0
    text: str = ""

    def opens(self, at: int, whole: str) -> None:
        self.level += 1
        self.deepest = max(self.deepest, self.level)
        if self.level == KEPT_LEVELS + 1:
            self.text += whole[self.start : at] + CUT

    def closes(self, end: int) -> None:
        if self.level == KEPT_LEVELS + 1:
            self.start = end
        self.level -= 1


def load_deep(text: str, load: Callable[[str], Any]) -> Any:
    """The answer that `load` cannot read at once, with each item of its `result` read by itself.

    Raises ValueError if it is not JSON, RecursionError if it is too deep outside of its `result`.
    """
    since, items, until = _items_of(text)
    answer = load(f"{text[:since]}[]{text[until:]}")
    answer["result"] = [DeepItem(load(item.text)) if item.deepest > DEEPEST_ROW else load(item.text) for item in items]
    return answer


def _items_of(text: str) -> tuple[int, list[_Item], int]:
    """Where the list begins that is the answer's `result`, its items, and where it ends."""
    parts = _PART.finditer(text)
    since = _start_of_result(text, parts)
    items: list[_Item] = []
    item = _Item(since + 1)
    for part in parts:
        sign = part[0]
        if sign in "[{":
            item.opens(part.start(), text)
        elif item.level == 0 and sign in ",]}":
            item.text += text[item.start : part.start()]
            if items or sign == "," or item.text.strip():
                items.append(item)
            item = _Item(part.end())
            if sign != ",":
                return since, items, part.end()
        elif sign in "]}":
            item.closes(part.end())
    raise ValueError("the list does not end")


def _start_of_result(text: str, parts: Any) -> int:
    level, name_end, name = 0, 0, ""
    for part in parts:
        sign = part[0]
        if sign == "[" and level == 1 and name == '"result"' and text[name_end : part.start()].strip() == ":":
            return int(part.start())
        level += (sign in "[{") - (sign in "]}")
        name_end, name = part.end(), sign
    raise ValueError("there is no list of results")
