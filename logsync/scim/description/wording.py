"""How values, names and paths of a body are written: short and on one line, as all of it is log text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from logsync.scim.hidden_body import seen
from logsync.scim.request.body import JsonObject
from logsync.scim.request.members import Member
from logsync.scim.request.paths import Path, compared_values
from logsync.scim.request.values import text_of
from logsync.words import counted

MAX_VALUE = 40
MAX_NAME = 80
MAX_ID = 8
MAX_LISTED = 3

# Line breaks, other control characters, and those that turn the direction of the text around them.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

# Values of these, chosen by their type, have a name of their own: `emails[type eq "work"].value`.
TYPED_VALUES = {"emails": "e-mail", "phonenumbers": "phone number"}


def one_line(text: str, limit: int = MAX_VALUE) -> str:
    """The beginning of the text, without anything that breaks a line or cannot be encoded."""
    beginning = CONTROL.sub(" ", seen(text_of(text[:limit])))
    return beginning if len(text) <= limit else f"{beginning}…"


def shown(value: Any) -> str:
    """A value of a body: texts in quotation marks if they hold blanks, lists and objects by their size."""
    if isinstance(value, list):
        return counted(len(value), "value")
    if isinstance(value, JsonObject):
        return counted(len(value), "field")
    if not isinstance(value, str):
        return {True: "true", False: "false"}.get(value, "null")
    text = one_line(value)
    return f'"{text}"' if not text or re.search(r"\s", text) else text


def shown_all(value: Any) -> str:
    """The values of an attribute that has several, the first three of them; else as `shown`."""
    items = value if isinstance(value, list) else [value]
    names = [name for name in map(_value_name, items[:MAX_LISTED]) if name is not None]
    return listed(names, len(items)) if items and len(names) == len(items[:MAX_LISTED]) else shown(value)


def _value_name(item: Any) -> str | None:
    """The value of one item, or the name that it is displayed by; None if it has neither."""
    if not isinstance(item, JsonObject):
        return None if isinstance(item, list) else shown(item)
    return next((shown(item[name]) for name in ("value", "display") if text_of(item.get(name))), None)


def listed(names: Sequence[str], total: int) -> str:
    """The first names, and how many more there are in total."""
    first = names[:MAX_LISTED]
    more = f" and {total - len(first):,} more" if total > len(first) else ""
    return ", ".join(first) + more


def named_members(members: Sequence[Member], names: Mapping[str, str]) -> str:
    """ "2 members: ada@example.com, id 89bb1940…"; `names` are e-mail addresses by id."""
    first = [member_name(member, names) for member in members[:MAX_LISTED]]
    return f"{counted(len(members), 'member')}: {listed(first, len(members))}"


def member_name(member: Member, names: Mapping[str, str]) -> str:
    """The e-mail address if it is known, else what the body displays, else the beginning of the id."""
    if email := names.get(member.id) if member.id else None:
        return shown(email)
    if member.display:
        return shown(member.display)
    return f"id {one_line(member.id, MAX_ID)}" if member.id else "a member without id"


def path_name(path: Path) -> str:
    """The attribute at the end of the path, with its schema if that is a foreign one."""
    kinds = compared_values(path.filter, "type")
    noun = TYPED_VALUES.get(path.root)
    if noun and len(kinds) == 1 and path.sub_attribute.lower() == "value":
        return f"{one_line(kinds[0][1])} {noun}"
    filter_ = f"[{path.filter}]" if path.filter else ""
    sub_attribute = f".{path.sub_attribute}" if path.sub_attribute else ""
    name = one_line(f"{path.attribute}{filter_}{sub_attribute}", MAX_NAME) or "a whole schema"
    return f"{name} (schema {one_line(path.schema, MAX_NAME)})" if path.schema else name
