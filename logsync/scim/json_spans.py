"""Strict JSON (RFC 8259), read with the span of every value in the text.

The standard decoder drops positions, and merges duplicate keys. Here numbers stay text, however long.
"""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

# Far deeper than any SCIM resource, and far from Python's recursion limit.
MAX_DEPTH = 100

LITERALS: dict[str, object] = {"null": None, "true": True, "false": False}

BLANKS = re.compile(r"[ \t\n\r]*+")
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)


class NotJsonError(ValueError):
    """The text is not strict JSON, or is nested deeper than is read."""


class Scalar(NamedTuple):
    """A number, true, false or null."""

    start: int
    end: int


class String(NamedTuple):
    """A string; the span includes its quotes."""

    start: int
    end: int


class Array(NamedTuple):
    start: int
    end: int
    items: "list[Node]"


class Object(NamedTuple):
    """An object; the members keep their order, and keys may occur twice."""

    start: int
    end: int
    members: "list[tuple[String, Node]]"


Node: TypeAlias = Scalar | String | Array | Object


def read_document(text: str) -> Node | None:
    """The JSON value of the whole text, apart from blanks and a leading byte order mark; None if it is not one."""
    try:
        node = read_json(text, _skip_blanks(text, len(text) - len(text.removeprefix("\ufeff"))))
    except NotJsonError:
        return None
    return node if _skip_blanks(text, node.end) == len(text) else None


def read_json(text: str, start: int, depth: int = 0) -> Node:
    """The JSON value that begins at `start`; what follows it is not read."""
    if depth > MAX_DEPTH:
        raise NotJsonError
    match text[start : start + 1]:
        case "{":
            return _read_object(text, start, depth)
        case "[":
            return _read_array(text, start, depth)
        case '"':
            return _read_string(text, start)
        case _:
            return Scalar(start, _end_of(SCALAR, text, start))


def decode_string(text: str, node: String) -> tuple[str, Sequence[int]]:
    """The decoded string, and the position in the text where each of its characters begins.

    The last position is that of the closing quote, so that every span of the result has a start and an end.
    """
    start, end = node.start + 1, node.end - 1
    if text.find("\\", start, end) < 0:
        return text[start:end], range(start, end + 1)
    matches = list(CHARACTER.finditer(text, start, end))
    content = "".join([_unescape(match[0]) for match in matches])
    return content, [*(match.start() for match in matches), end]


def _unescape(character: str) -> str:
    return str(json.loads(f'"{character}"')) if character[0] == "\\" else character


def _read_object(text: str, start: int, depth: int) -> Object:
    members: list[tuple[String, Node]] = []
    position = _skip_blanks(text, start + 1)
    if text.startswith("}", position):
        return Object(start, position + 1, members)
    while True:
        key = _read_string(text, position)
        value = read_json(text, _skip_sign(":", text, key.end), depth + 1)
        members.append((key, value))
        position = _skip_blanks(text, value.end)
        if text.startswith("}", position):
            return Object(start, position + 1, members)
        position = _skip_sign(",", text, position)


def _read_array(text: str, start: int, depth: int) -> Array:
    items: list[Node] = []
    position = _skip_blanks(text, start + 1)
    if text.startswith("]", position):
        return Array(start, position + 1, items)
    while True:
        items.append(read_json(text, position, depth + 1))
        position = _skip_blanks(text, items[-1].end)
        if text.startswith("]", position):
            return Array(start, position + 1, items)
        position = _skip_sign(",", text, position)


def _read_string(text: str, start: int) -> String:
    return String(start, _end_of(STRING, text, start))


def _skip_blanks(text: str, position: int) -> int:
    return _end_of(BLANKS, text, position)


def _skip_sign(sign: str, text: str, position: int) -> int:
    position = _skip_blanks(text, position)
    if not text.startswith(sign, position):
        raise NotJsonError
    return _skip_blanks(text, position + 1)


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    if match is None:
        raise NotJsonError
    return match.end()
