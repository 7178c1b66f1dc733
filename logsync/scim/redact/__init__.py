"""Taking secrets out of SCIM request bodies and error texts before anything is stored.

A password is write-only (RFC 7643 section 4.1.1), yet a create request carries one: Okta's SCIM reference
shows it in its own example. So every body is expected to hold a secret. `[redacted]` is the only mark that
is left, without a length or a hash, and redacting twice is the same as redacting once.
"""

from collections.abc import Callable
from typing import TypeVar

from logsync.scim.json_spans import MAX_DEPTH, read_document
from logsync.scim.redact.edits import REDACTED, apply_edits
from logsync.scim.redact.json_edits import json_edits, text_edits
from logsync.scim.redact.mask import is_suspect, mask_edits
from logsync.scim.redact.readable import placed, readable
from logsync.scim.redact.secret_names import secret_members

__all__ = ["REDACTED", "redact_body", "redact_text", "redact_value"]

T = TypeVar("T")

MAX_ROUNDS = 5


def redact_body(text: str) -> str:
    """The SCIM request body without its secrets.

    In strict JSON only the secrets are replaced and every other byte stays. Of anything else that may hold
    a secret only punctuation and the words of SCIM stay.
    """
    return _settled(_redact_body_once, text)


def redact_text(text: str) -> str:
    """The sentences, such as an error description, without the secrets that they quote."""
    return _settled(_redact_text_once, text)


def redact_value(value: object) -> object:
    """A copy of a decoded JSON value without its secrets; keys and strings are read as in bodies."""
    return _settled(_redact_value_once, value)


def _redact_body_once(text: str) -> str:
    root = read_document(text)
    if root is not None:
        return apply_edits(text, json_edits(text, root))
    content, places = readable(text)
    if is_suspect(content):
        return apply_edits(text, placed(mask_edits(content), places))
    return apply_edits(text, text_edits(text))


def _redact_text_once(text: str, level: int = 0) -> str:
    return apply_edits(text, text_edits(text, level))


def _redact_value_once(value: object, depth: int = 0) -> object:
    if isinstance(value, str):
        return _redact_text_once(value, level=1)
    if not isinstance(value, dict | list | tuple):
        return value
    if depth > MAX_DEPTH:
        return REDACTED
    if isinstance(value, dict):
        return _redact_members_once(value, depth)
    return [_redact_value_once(item, depth + 1) for item in value]


def _redact_members_once(value: dict[object, object], depth: int) -> dict[object, object]:
    names = [key if isinstance(key, str) else "" for key in value]
    secrets = secret_members(list(zip(names, value.values(), strict=True)))
    redacted: dict[object, object] = {}
    for (key, item), is_secret in zip(value.items(), secrets, strict=True):
        name = _redact_text_once(key, level=1) if isinstance(key, str) else key
        redacted[name] = REDACTED if is_secret else _redact_value_once(item, depth + 1)
    return redacted


def _settled(redact_once: Callable[[T], T], value: T) -> T | str:
    """Redact until nothing changes: the mark may end a word in front of it, and so make it a hot name."""
    for _ in range(MAX_ROUNDS):
        redacted = redact_once(value)
        if redacted is value or redacted == value:
            return value
        value = redacted
    return REDACTED
