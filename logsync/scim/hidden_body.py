"""A request body for somebody who may not see it: what may still be said of it, and nothing else.

Names, e-mail addresses, groups, members, ids and whether somebody is active may be said, as other columns of the log
say them too. Every other value is `•••`, followed by letters that are the same for equal values, so that what a request
changes can still be told; `seen` takes these off before anything is shown.
"""

import json
import re
import secrets
from collections.abc import Collection, Iterator
from functools import cached_property
from hashlib import blake2b

from logsync.scim.json_spans import Array, Node, Object, Scalar, String, decode_string, read_document
from logsync.scim.redact.edits import Edit, apply_edits
from logsync.scim.request.paths import read_path
from logsync.scim.vocabulary import SCIM_WORDS

MASK = "•••"
HIDDEN = "Request body hidden: your role may not see it"

# Of these attributes the values stay; of those that are objects, the values of these sub-attributes.
_SEEN: dict[str, frozenset[str]] = {
    "username": frozenset({"value"}),
    "displayname": frozenset({"value"}),
    "externalid": frozenset({"value"}),
    "id": frozenset({"value"}),
    "name": frozenset({"formatted", "familyname", "givenname", "middlename"}),
    "emails": frozenset({"value", "type", "primary", "display"}),
    "members": frozenset({"value", "type", "display", "$ref", "ref"}),
    "groups": frozenset({"value", "type", "display", "$ref", "ref"}),
}
_ACTIVE = "active"
_BOOLEANS = ("true", "false")
# JSON within strings is read no deeper than `logsync.scim.request.body` reads it.
_MOST_STRINGS = 2

_KEY = secrets.token_bytes(16)
_SEALED = re.compile(f"{MASK}[0-9a-f]{{0,8}}")
# A quoted value of a filter, whether or not its quote is closed, or a word.
_FILTER_PART = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^\s()\[\]"]++')


class HiddenBody(str):
    """A body that says only that it is hidden. `whole` is never shown."""

    whole: str

    def __new__(cls, whole: str) -> "HiddenBody":
        hidden = super().__new__(cls, HIDDEN)
        hidden.whole = whole
        return hidden

    @cached_property
    def readable(self) -> str:
        """The body with every value masked of which nothing may be said."""
        return masked_body(self.whole)


def readable_body(body: str) -> str:
    """The part of a body that may be read."""
    return body.readable if isinstance(body, HiddenBody) else body


def seen(text: str) -> str:
    """A text of a body as it may be shown: without the letters that tell masked values apart."""
    return _SEALED.sub(MASK, text) if MASK in text else text


def masked_body(text: str, level: int = 0) -> str:
    """The text with its values masked; as long as it was, and masked whole, if it is no JSON object."""
    root = read_document(text)
    if isinstance(root, String) and level < _MOST_STRINGS:
        return masked_body(decode_string(text, root)[0], level + 1)
    if isinstance(root, Object):
        return apply_edits(text, _resource(text, root))
    return apply_edits(text, _hidden(text, root)) if isinstance(root, Array) else "•" * len(text)


def _resource(text: str, resource: Object) -> Iterator[Edit]:
    for key, value in resource.members:
        name = decode_string(text, key)[0]
        if name.lower() == "operations":
            for operation in value.items if isinstance(value, Array) else [value]:
                yield from _operation(text, operation) if isinstance(operation, Object) else _hidden(text, operation)
        elif name.lower() != "schemas":
            yield from _masked_path(text, key)
            yield from _attribute(text, name, value)


def _operation(text: str, operation: Object) -> Iterator[Edit]:
    members = [(decode_string(text, key)[0].lower(), value) for key, value in operation.members]
    last = dict(members)
    path = last.get("path")
    about = decode_string(text, path)[0].strip() if isinstance(path, String) else ""
    for name, value in members:
        if name in ("op", "method"):
            yield from () if _word(text, value) in SCIM_WORDS else _hidden(text, value)
        elif name == "path":
            yield from _masked_path(text, value) if isinstance(value, String) else _hidden(text, value)
        elif name in ("value", "data"):
            if isinstance(value, Object) and (not about or name == "data"):
                yield from _resource(text, value)
            else:
                yield from _attribute(text, about, value)
        else:
            yield from _hidden(text, value)


def _attribute(text: str, name: str, value: Node) -> Iterator[Edit]:
    """The edits of the value of an attribute; `name` may be a whole path."""
    path = read_path(name)
    part = path.sub_attribute.lower()
    if path.root == _ACTIVE:
        yield from _flag(text, value)
    elif path.root in _SEEN and part in ("", *_SEEN[path.root]):
        yield from _named(text, value, _SEEN[path.root])
    else:
        yield from _hidden(text, value)


def _named(text: str, value: Node, parts: Collection[str]) -> Iterator[Edit]:
    """The edits of a value that may be seen, except for parts of it that are not among these."""
    if isinstance(value, Array):
        for item in value.items:
            yield from _named(text, item, parts)
    elif isinstance(value, Object):
        for key, item in value.members:
            is_seen = decode_string(text, key)[0].lower() in parts and isinstance(item, String | Scalar)
            yield from () if is_seen else _hidden(text, item)


def _flag(text: str, value: Node) -> Iterator[Edit]:
    """The edits of what should be true or false, also as a text, in a list or as the `value` of an object."""
    if isinstance(value, Array):
        for item in value.items:
            yield from _flag(text, item)
    elif isinstance(value, Object):
        for key, item in value.members:
            yield from _flag(text, item) if decode_string(text, key)[0].lower() == "value" else _hidden(text, item)
    elif _word(text, value) not in _BOOLEANS:
        yield from _hidden(text, value)


def _hidden(text: str, value: Node) -> Iterator[Edit]:
    """The edits that mask every value; what is null or blank stays, as it says that there is none."""
    if isinstance(value, Array):
        for item in value.items:
            yield from _hidden(text, item)
    elif isinstance(value, Object):
        for _, item in value.members:
            yield from _hidden(text, item)
    elif text[value.start : value.end] not in ("null", '""'):
        yield Edit(value.start, value.end, json.dumps(_sealed(text[value.start : value.end]), ensure_ascii=False))


def _masked_path(text: str, node: String) -> Iterator[Edit]:
    """The edits of a path: the values that it compares with are masked, the attribute stays."""
    content = decode_string(text, node)[0]
    head, bracket, filter_ = content.partition("[")
    if not bracket or head.strip().lower() in ("members", "groups", "emails"):
        return
    masked = _FILTER_PART.sub(lambda part: _masked_part(part[0]), filter_)
    if masked != filter_:
        yield Edit(node.start, node.end, json.dumps(f"{head}[{masked}", ensure_ascii=False))


def _masked_part(part: str) -> str:
    if all(word.lower() in SCIM_WORDS for word in part.strip('"').split(".") if word):
        return part
    return f'"{_sealed(part)}"' if part.startswith('"') else _sealed(part)


def _word(text: str, value: Node) -> str:
    """A text, true or false in lower case; blank for any other value."""
    if isinstance(value, String):
        return decode_string(text, value)[0].strip().lower()
    return text[value.start : value.end] if isinstance(value, Scalar) else ""


def _sealed(text: str) -> str:
    return MASK + blake2b(text.encode("utf-8", "surrogatepass"), key=_KEY, digest_size=4).hexdigest()
