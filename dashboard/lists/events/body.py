"""A SCIM request body as HTML: pretty-printed and highlighted if it is JSON, else exactly as it is.

It is laid out token by token, so that nothing is lost on the way: doubled keys, escapes and long numbers stay as
they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.lexers.data import JsonLexer
from pygments.token import Keyword, Name, Number, Punctuation, String, Whitespace

from logsync.scim.hidden_body import HiddenBody
from logsync.scim.redact import REDACTED

INDENT = "  "
# Deeper levels would need more blanks than the body has letters.
DEEPEST_INDENT = 20
# A body that has more lines or bytes is folded away where it stands beside other things.
MOST_LINES = 18
MOST_BYTES = 1500
# Only so much of a longer body is on a page; the whole has an address of its own.
LONGEST_SHOWN = 50_000
_CLASSES = ((Name.Tag, "k"), (String, "s"), (Number, "n"), (Keyword, "n"))
_MARK = mark_safe('<span class="x">redacted before storing</span>')


@dataclass(frozen=True, slots=True)
class Body:
    """A body to show. `note` says what it is: pretty-printed, empty, shown as it came, or the beginning of it.

    If `is_hidden` from the user, it says only that.
    """

    html: SafeString
    note: str
    size: int
    is_cut: bool = False
    is_hidden: bool = False

    @property
    def lines(self) -> int:
        """How many lines it has as it is shown."""
        return self.html.count("\n") + 1

    @property
    def is_long(self) -> bool:
        """Whether it is longer than fits beside other things."""
        return self.lines > MOST_LINES or self.size > MOST_BYTES


def render_body(text: str) -> Body:
    """Make a body fit to be looked at. Never raises."""
    if isinstance(text, HiddenBody):
        return Body(mark_safe(""), str(text), 0, is_hidden=True)
    size = len(text.encode())
    if not text.strip():
        return Body(mark_safe(""), "no body was sent", size)
    if len(text) > LONGEST_SHOWN:
        note = f"first {LONGEST_SHOWN:,} of {len(text):,} characters, as they came"
        return Body(escape(text[:LONGEST_SHOWN]), note, size, is_cut=True)
    if not _is_json(text):
        return Body(escape(text), "not JSON, shown as it came", size)
    return Body(mark_safe("".join(_pieces(text))), "pretty-printed", size)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _pieces(text: str) -> Iterator[str]:
    depth = 0
    after = ""
    for kind, value in _tokens(text):
        closes = value in ("}", "]") and _is(kind, Punctuation)
        if closes:
            depth -= 1
        if after == "," or (after in ("{", "[") and not closes) or (closes and after not in ("{", "[")):
            yield "\n" + INDENT * min(depth, DEEPEST_INDENT)
        yield _piece(kind, value)
        if _is(kind, Punctuation):
            depth += value in ("{", "[")
            after = value
        else:
            after = "value"


def _tokens(text: str) -> Iterator[tuple[Any, str]]:
    """The tokens less white space, one bracket or comma at a time."""
    for kind, value in JsonLexer(ensurenl=False, stripnl=False).get_tokens(text):
        if _is(kind, Whitespace) or not value.strip():
            continue
        if _is(kind, Punctuation):
            yield from ((kind, mark) for mark in value)
        else:
            yield kind, value


def _piece(kind: Any, value: str) -> str:
    if _is(kind, Punctuation):
        return ": " if value == ":" else value
    if _is(kind, String) and value == f'"{REDACTED}"':
        return _MARK
    shown = escape(value)
    css = next((css for token, css in _CLASSES if _is(kind, token)), "")
    return f'<span class="{css}">{shown}</span>' if css else shown


def _is(kind: Any, token: Any) -> bool:
    """Whether a token is of a kind; kinds are nested."""
    return kind in token
