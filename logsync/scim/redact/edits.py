"""Replace parts of a text and leave every other character as it came."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

REDACTED = "[redacted]"


class Edit(NamedTuple):
    """Put `text` in the place of `[start, end)`."""

    start: int
    end: int
    text: str = REDACTED


def moved(edits: Iterable[Edit], distance: int) -> Iterator[Edit]:
    """The edits of a part of a text that begins so many characters further on."""
    return (Edit(edit.start + distance, edit.end + distance, edit.text) for edit in edits)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit made; edits that overlap become one."""
    pieces = []
    position = 0
    for edit in sorted(edits):
        if edit.start >= position:
            pieces += [text[position : edit.start], edit.text]
        position = max(position, edit.end)
    return "".join([*pieces, text[position:]])
