"""How the text of the filter box falls into tokens.

A token is a word, or a name and a value: `country:NL`, `app:"Front desk"`. A value with blanks stands in quotes (see
`dashboard.lists.phrases`). A `-` before the name, the word `not` before it, or `not.` in it excludes the value:
`-country:NL`, `not country:NL`, `not.country:NL`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from dashboard.lists.names import NOT
from dashboard.lists.phrases import in_quotes, joined, quoted, unescaped

_TOKEN = re.compile(
    r'(?P<minus>-?)(?P<name>[A-Za-z][\w.]*):(?:"(?P<inside>(?:[^"\\]|\\.)*)"(?!\S)|(?P<value>\S*))'
    r'|"(?P<phrase>(?:[^"\\]|\\.)*)"(?!\S)|(?P<word>\S+)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `name` is blank for a word. `start` is where it begins in the text.

    The `value` stands without its quotes; `text` is what a filter that looks for words is asked for.
    """

    name: str
    value: str
    start: int
    is_excluded: bool = False
    is_quoted: bool = False

    @property
    def text(self) -> str:
        return quoted(self.value) if self.is_quoted else self.value


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, in their order."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        token = _token(match)
        is_negated = bool(token.name and tokens and tokens[-1].value.lower() == "not" and not tokens[-1].name)
        if is_negated and not tokens[-1].is_quoted:
            token = replace(token, is_excluded=True, start=tokens.pop().start)
        tokens.append(token)
    return tokens


def written(name: str, value: str, *, is_excluded: bool = False) -> str:
    """The token of a name and a value, as it is typed."""
    # A value such as //host would make a URL of it.
    shown = in_quotes(value) if _is_no_filter(name, value) else joined([value])
    return f"{'-' if is_excluded else ''}{name}:{shown}"


def _token(match: re.Match[str]) -> Token:
    if match["name"] is None:
        is_quoted = match["phrase"] is not None
        value = unescaped(match["phrase"]) if is_quoted else match["word"]
        return Token("", value, match.start(), is_quoted=is_quoted)
    name, is_quoted = match["name"], match["inside"] is not None
    value = unescaped(match["inside"]) if is_quoted else match["value"]
    if not is_quoted and _is_no_filter(name, value):
        return Token("", match[0], match.start())
    is_excluded = bool(match["minus"]) or name.startswith(NOT)
    return Token(name.removeprefix(NOT), value, match.start(), is_excluded, is_quoted)


def _is_no_filter(name: str, value: str) -> bool:
    """Whether a name and a value are really the start of a URL, or an IPv6 address."""
    if value.startswith("//"):
        return True
    try:
        ipaddress.IPv6Address(f"{name}:{value}")
    except ValueError:
        return False
    return True
