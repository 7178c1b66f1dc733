"""JSON in an error text, such as a SCIM error message (RFC 7644 section 3.12), read as a sentence.

Kept are the status, the scimType and what was written for people. Request ids, times and schemas go.
"""

import json
import re
from collections.abc import Iterator

from logsync.scim.fingerprint.plain import plain_text
from logsync.scim.json_spans import NotJsonError, String, decode_string, read_document, read_json

NO_WORDS = "<json>"
MAX_PIECES = 20

JSON_START = re.compile(r"""\{(?=\s*+["'}])|\[(?=\s*+[{\[])""")
# An object that was cut off, or is written by another language: `{"a": 1,, `, `{"a" => 1}`, `{'a': 1}`.
BROKEN_START = re.compile(r"""[\[\s]*+\{\s*+(["'])(?:(?!\1).)*+(?:\1\s*+(?::|=>)|\Z)""")
BROKEN_STATUS = re.compile(r"""(?i)["'](?:status|status_?code|code)["']\s*+(?::|=>)\s*+["']?([0-9]{1,5})(?![0-9])""")
BROKEN_STRING = r"""(?i)["']{name}["']\s*+(?::|=>)\s*+(?:"(?P<double>(?:[^"\\]|\\.)*+)|'(?P<single>(?:[^'\\]|\\.)*+))"""
ESCAPED = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")

# In lower case, without underscores, in the order of reading.
STATUS_NAMES = ("status", "statuscode", "code")
TEXT_NAMES = (
    "detail",
    "message",
    "msg",
    "description",
    "errordescription",
    "errormessage",
    "errorsummary",
    "title",
    "error",
    "errors",
)
BROKEN_STRINGS = [re.compile(BROKEN_STRING.format(name="_?".join(name))) for name in ("scimtype", *TEXT_NAMES)]
STATUS = re.compile(r"[0-9]{1,5}")


def without_json(text: str) -> str:
    """The text with each JSON value in it replaced by the words of its error, or by `<json>`."""
    text = _decoded(text)
    position = 0
    for _ in range(MAX_PIECES):
        match = JSON_START.search(text, position)
        if match is None:
            break
        words, end = _read_piece(text, match.start())
        # The words may hold JSON again, so they are read from their beginning.
        position = match.start() + (words is None or words == NO_WORDS)
        text = text if words is None else text[: match.start()] + words + text[end:]
    return plain_text(text)


def _decoded(text: str) -> str:
    """What a text says that is one JSON string; any other text unchanged."""
    node = read_document(text)
    return decode_string(text, node)[0] if isinstance(node, String) else text


def _read_piece(text: str, start: int) -> tuple[str | None, int]:
    """The words of the JSON at `start`, or None if it is not JSON, and where it ends."""
    try:
        end = read_json(text, start).end
    except NotJsonError:
        is_broken = BROKEN_START.match(text, start) is not None
        return _sentence(_broken_words(text[start:])) if is_broken else None, len(text)
    return _sentence(_words(json.loads(text[start:end]))), end


def _sentence(words: Iterator[str]) -> str:
    return " ".join(filter(None, words)) or NO_WORDS


def _words(value: object) -> Iterator[str]:
    """The words of an object, or of the objects of a list; other values are not errors."""
    if isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        members = {name.lower().replace("_", ""): member for name, member in value.items()}
        yield from _status_words(members)
        yield from _strings(members.get("scimtype"))
        for name in TEXT_NAMES:
            yield from _strings(members.get(name))


def _status_words(members: dict[str, object]) -> Iterator[str]:
    for name in STATUS_NAMES:
        status = str(members.get(name))
        if STATUS.fullmatch(status):
            yield f"status {status}"
            return


def _strings(value: object) -> Iterator[str]:
    """The strings of a member that is written for people."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        words = list(_words(value))
        yield from words or _strings_by_name(value)


def _strings_by_name(members: dict[str, object]) -> Iterator[str]:
    """What is wrong with which attribute: `{"email": ["has already been taken"]}`."""
    for name, member in members.items():
        yield from (f"{name} {text}" for text in _strings(member))


def _broken_words(text: str) -> Iterator[str]:
    status = BROKEN_STATUS.search(text)
    if status:
        yield f"status {status[1]}"
    for pattern in BROKEN_STRINGS:
        match = pattern.search(text)
        if match:
            yield ESCAPED.sub(_unescape, match["double"] or match["single"] or "").strip()


def _unescape(escape: re.Match[str]) -> str:
    return escape[0][1:] if escape[0][1] in "\"'\\/" else " "
