"""Values of a SCIM body: texts that can be stored and shown, and booleans in the ways they are sent."""

import re
from typing import Any, Final

from logsync.scim.request.body import JsonObject

MISSING: Final = object()
"""Stands for the value of an operation that has none."""

# What neither a database nor an encoding takes: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

BOOLEANS = {"true": True, "false": False}


def text_of(value: object) -> str:
    """The text or number, or "" for any other value."""
    return UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else ""


def read_boolean(value: Any) -> bool | None:
    """True or False, also as "True" or "False" and in `[{"value": "False"}]`, as Entra sends them; else None."""
    value = unwrapped(value)
    if isinstance(value, bool):
        return value
    return BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None


def unwrapped(value: Any) -> Any:
    """The one value in a list of one, or in an object's `value`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, JsonObject) and "value" in value:
        value = value["value"]
    return value
