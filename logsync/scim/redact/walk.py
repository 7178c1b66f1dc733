"""Walking a text for its secrets: through its JSON, the strings of that, and the JSON in those."""

import json
import re
from collections.abc import Iterator

from logsync.scim.redact.edits import REDACTED, Edit
from logsync.scim.redact.hot_names import secret_members
from logsync.scim.redact.json_spans import (
    Array,
    Node,
    NotJsonError,
    Object,
    Scalar,
    String,
    decode_string,
    read_document,
    read_json,
)
from logsync.scim.redact.mask import is_suspect, mask_edits
from logsync.scim.redact.prose import introduces_secret, prose_edits

# JSON in a string in JSON …: deeper than this it is masked unread.
MAX_LEVEL = 3

# Most keys and values are one word or address, in which nothing can hide but a token.
PLAIN_WORD = re.compile(r"(?:(?!eyJ)[\w.@-])*+")

JSON_START = re.compile(r"""\{(?=\s*+["}])|\[(?=\s*+["{\[])""")
# A piece of JSON that lost its beginning, or may have lost anything else.
JSON_PIECE = re.compile(r"""\{\s*+\\*+["']|\[\s*+["{\[]|["']\s*+:\s*+\\*+["'{\[]""")


def text_edits(text: str, level: int = 0) -> Iterator[Edit]:
    """Edits for a text that is JSON, sentences, or sentences with JSON in them, `level` strings deep."""
    if PLAIN_WORD.fullmatch(text):
        return
    root = read_document(text)
    if root is not None:
        yield from json_edits(text, root, level)
        return
    position = 0
    while match := JSON_START.search(text, position):
        start = match.start()
        yield from _sentence_edits(text, position, start)
        if introduces_secret(text[position : start + 1], start - position):
            yield Edit(start, len(text))
            return
        position = start
        try:
            node = read_json(text, start)
        except NotJsonError:
            break
        yield from json_edits(text, node, level)
        position = node.end
    yield from _sentence_edits(text, position, len(text))


def json_edits(text: str, root: Node, level: int = 0) -> Iterator[Edit]:
    """Edits for one JSON value of the text, `level` strings deep."""
    if level > MAX_LEVEL and not isinstance(root, Scalar):
        yield Edit(root.start, root.end)
        return
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, String):
            yield from _string_edits(text, node, level)
        elif isinstance(node, Array):
            pending += node.items
        elif isinstance(node, Object):
            members = [(decode_string(text, key)[0], _value(text, value)) for key, value in node.members]
            for (key, value), is_secret in zip(node.members, secret_members(members), strict=True):
                pending.append(key)
                if is_secret:
                    yield _secret_edit(value)
                else:
                    pending.append(value)


def _value(text: str, node: Node) -> object:
    """The decoded value, as far as it matters to redaction: any number is 0."""
    if isinstance(node, String):
        return decode_string(text, node)[0]
    if isinstance(node, Array):
        return node.items
    if isinstance(node, Object):
        return node.members
    return {"null": None, "true": True, "false": False}.get(text[node.start : node.end], 0)


def _secret_edit(node: Node) -> Edit:
    if isinstance(node, String):
        return Edit(node.start + 1, node.end - 1)
    return Edit(node.start, node.end, f'"{REDACTED}"')


def _string_edits(text: str, node: String, level: int) -> Iterator[Edit]:
    content, places = decode_string(text, node)
    for edit in text_edits(content, level + 1):
        yield Edit(places[edit.start], places[edit.end], json.dumps(edit.text)[1:-1])


def _sentence_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    sentence = text[start:end]
    is_broken_json = JSON_PIECE.search(sentence) is not None and is_suspect(sentence)
    for edit in mask_edits(sentence) if is_broken_json else prose_edits(sentence):
        yield Edit(start + edit.start, start + edit.end)
