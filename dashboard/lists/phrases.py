"""How a text that is looked for falls into words: each of them must match, and quotes keep a phrase together.

`zanele jira` are two words, `"already exists"` is one phrase. Within quotes, a backslash goes before a quote or another
backslash. A quote that is never closed is a letter like any other, so that whatever is pasted can be looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"(?!\S)|\S+', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')


def words_of(text: str) -> list[str]:
    """The words and phrases of a text, without the quotes; never empty, since an odd text is its own only word."""
    found = [unescaped(match[1]) if match[1] is not None else match[0] for match in _WORD.finditer(text)]
    return [word for word in found if word] or [text]


def quoted(phrase: str) -> str:
    """The text that has this phrase as its only word."""
    return phrase if words_of(phrase) == [phrase] else in_quotes(phrase)


def joined(words: Iterable[str]) -> str:
    """The text that has these words."""
    # A quote that is never closed might be by the next word.
    return " ".join(in_quotes(word) if word.startswith('"') else quoted(word) for word in words)


def in_quotes(phrase: str) -> str:
    """A phrase as it stands within a longer text."""
    escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unescaped(inside: str) -> str:
    """What stands between two quotes, as it was meant."""
    return _ESCAPED.sub(r"\1", inside)
