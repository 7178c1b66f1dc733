"""Walking a text for its secrets: through its JSON, the strings of that, and the JSON in those."""

import json
import re
from collections.abc import Iterable, Iterator

from logsync.scim.json_spans import (
    LITERALS,
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
from logsync.scim.redact.edits import REDACTED, Edit, moved
from logsync.scim.redact.mask import is_suspect, mask_edits
from logsync.scim.redact.named_values import introduces_secret
from logsync.scim.redact.prose import prose_edits
from logsync.scim.redact.readable import placed, readable
from logsync.scim.redact.secret_names import holds_hot_name, secret_members

# JSON in a string in JSON …: deeper than this it is masked unread.
MAX_LEVEL = 3

# A sentence has no more JSON in it; what follows is read as if it were broken.
MAX_PIECES = 1_000

# A path that is a list, such as `["body", "password"]`, has few parts.
MAX_PATH = 10

# Most keys and values are a word, an address or a few names, in which nothing can hide.
PLAIN_WORD = re.compile(r"(?:(?!eyJ)[\w.@-])*+")
PLAIN_WORDS = re.compile(r"(?i)(?:(?!eyJ|bearer|basic)[\w.,@ -])*+")

JSON_START = re.compile(r"""\{(?=\s*+["}])|\[(?=\s*+[{\[])""")
# JSON that lost its beginning, or has its quotes escaped.
JSON_PIECE = re.compile(r"""["']\s*+:\s*+(?:\\*+["']|\{|\[(?!redacted\]))""")


def text_edits(text: str, level: int = 0) -> Iterator[Edit]:
    """Edits for a text that is JSON, sentences, or sentences with JSON in them, `level` strings deep."""
    if PLAIN_WORD.fullmatch(text) or (PLAIN_WORDS.fullmatch(text) and not holds_hot_name(text)):
        return
    root = read_document(text)
    yield from _sentence_edits(text, level) if root is None else json_edits(text, root, level)


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
        return [_value(text, item) if isinstance(item, String) else item for item in node.items[:MAX_PATH]]
    if isinstance(node, Object):
        return node.members
    return LITERALS.get(text[node.start : node.end], 0)


def _secret_edit(node: Node) -> Edit:
    if isinstance(node, String):
        return Edit(node.start + 1, node.end - 1)
    return Edit(node.start, node.end, f'"{REDACTED}"')


def _string_edits(text: str, node: String, level: int) -> Iterator[Edit]:
    content, places = decode_string(text, node)
    for edit in text_edits(content, level + 1):
        yield Edit(places[edit.start], places[edit.end], json.dumps(edit.text)[1:-1])


def _sentence_edits(text: str, level: int) -> Iterator[Edit]:
    nodes = list(_embedded_json(text))
    if not nodes:
        content, places = readable(text)
        if content != text and level <= MAX_LEVEL:
            yield from placed(_sentence_edits(content, level + 1), places)
            return
    ends, starts = [0, *(node.end for node in nodes)], [*(node.start for node in nodes), len(text)]
    gaps = list(zip(ends, starts, strict=True))
    broken = _start_of_broken_json(text, gaps)
    if is_suspect(text[broken:]):
        yield from prose_edits(text[:broken])
        yield from moved(mask_edits(text[broken:]), broken)
        return
    for node in nodes:
        yield from json_edits(text, node, level)
    for start, end in gaps:
        if not PLAIN_WORD.fullmatch(text, start, end) and not text[start:end].isspace():
            yield from moved(prose_edits(text[start:end]), start)


def _embedded_json(text: str) -> Iterator[Node]:
    """Objects and arrays in the sentences, up to one that is broken or is itself a secret."""
    position = 0
    may_introduce = holds_hot_name(text)
    for _ in range(MAX_PIECES):
        match = JSON_START.search(text, position)
        if match is None or (may_introduce and introduces_secret(text[position : match.end()])):
            return
        try:
            node = read_json(text, match.start())
        except NotJsonError:
            return
        yield node
        position = node.end


def _start_of_broken_json(text: str, gaps: Iterable[tuple[int, int]]) -> int:
    """Where the JSON in the sentences begins if any of it is left over in the gaps, or the end of the text."""
    if not any(JSON_START.search(text, *gap) or JSON_PIECE.search(text, *gap) for gap in gaps):
        return len(text)
    beginning = JSON_START.search(text)
    if beginning is None or JSON_PIECE.search(text, 0, beginning.end()):
        return 0
    return beginning.start()
