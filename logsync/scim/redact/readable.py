"""A text as a person reads it: without characters that cannot be seen, and with escaped letters and signs as such."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from logsync.scim.redact.edits import Edit

# Control characters that are no white space, what stands for them in a database, and Unicode's invisible characters.
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffd"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef"
)
# Only letters and digits, as other escapes may belong to a JSON string.
ESCAPED_LETTER = r"(?<!\\)\\++u00(?P<letter>3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])"
# HTML's and URLs' ways to write a quotation mark, a bracket, a blank, `=`, `:` or `&`, perhaps escaped again.
ENTITY = r"&(?:amp;|\#0*+38;)*+(?:quot|apos|lt|gt|amp|equals|colon|\#0*+(?:3[489]|58|6[0-2])|\#x0*+(?:2[267]|3[ac-e]));"
PERCENT = r"%(?:25)*+(?:2[026-9c]|3[ad]|5[bd]|7[bd])"
UNREADABLE = re.compile(rf"(?i)[{INVISIBLE}]++|{ESCAPED_LETTER}|(?P<entity>{ENTITY})|(?P<percent>{PERCENT})")

AMPERSANDS = re.compile(r"(?i)&(?:amp;|#0*+38;)++(?=[a-z#])")


def readable(text: str) -> tuple[str, Sequence[int]]:
    """The text as it is read, and the position in the text where each of its characters begins.

    The last position is the end of the text, so that every span of the result has a start and an end.
    """
    pieces: list[str] = []
    places: list[int] = []
    position = 0
    for match in UNREADABLE.finditer(text):
        pieces.append(text[position : match.start()])
        places += range(position, match.start())
        if character := _character(match):
            pieces.append(character)
            places.append(match.start())
        position = match.end()
    if not position:
        return text, range(len(text) + 1)
    return "".join([*pieces, text[position:]]), [*places, *range(position, len(text) + 1)]


def placed(edits: Iterable[Edit], places: Sequence[int]) -> Iterator[Edit]:
    """The edits of what is read, as edits of the text that it was read from."""
    if isinstance(places, range):
        return iter(edits)
    return (Edit(places[edit.start], places[edit.end], edit.text) for edit in edits)


def _character(match: re.Match[str]) -> str:
    if match["letter"]:
        return chr(int(match["letter"], 16))
    if match["percent"]:
        return unquote(f"%{match['percent'][-2:]}")
    return html.unescape(AMPERSANDS.sub("&", match["entity"])) if match["entity"] else ""
