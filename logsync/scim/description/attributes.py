"""One attribute in words: what a change does with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logsync.scim.description.phrases import Phrase, act, note
from logsync.scim.description.wording import member_name, path_name, shown, shown_all
from logsync.scim.request.body import JsonObject
from logsync.scim.request.changes import Change
from logsync.scim.request.members import Member, read_members
from logsync.scim.request.values import MISSING, read_boolean, text_of, unwrapped

NOUNS = {"USER": "user", "GROUP": "group"}


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the body: the resource type, e-mail addresses by id, and the group's last name."""

    resource_type: str
    names: Mapping[str, str] = field(default_factory=dict)
    group_name: str | None = None

    @property
    def noun(self) -> str:
        return NOUNS.get(self.resource_type, "resource")


def attribute_phrase(change: Change, context: Context) -> Phrase:
    """What the change does with the attribute at its path."""
    special = SPECIAL.get(change.path.root)
    phrase = special(change, context) if special and not change.path.filter else None
    return phrase or _any_attribute(change)


def is_name_again(change: Change, context: Context) -> bool:
    """Whether the change gives a group the name that it has, as Okta does with every change of members."""
    is_name = context.noun == "group" and change.path.is_plain("displayname") and change.operation != "remove"
    return is_name and context.group_name is not None and unwrapped(change.value) == context.group_name


def _any_attribute(change: Change) -> Phrase:
    name, value = path_name(change.path), change.value
    if change.operation == "remove":
        is_given = value is not MISSING and value is not None
        return act("remove", f"{name} ({shown_all(value)})" if is_given else name)
    if value is MISSING:
        return note(f"{change.operation} {name} without a value (not valid)")
    if value is None:
        return act("clear", name)
    if change.operation == "add" and isinstance(value, list):
        return act("add", f"{shown_all(value)} to {name}")
    return act("set", f"{name} to {shown_all(value)}")


def _is_set(change: Change) -> bool:
    return change.operation != "remove" and change.value is not MISSING and change.value is not None


def _active(change: Change, context: Context) -> Phrase | None:
    if not _is_set(change) or change.path.sub_attribute or context.noun == "group":
        return None
    is_active = read_boolean(change.value)
    if is_active is None:
        return act("set", f"active to an unreadable value ({shown(unwrapped(change.value))})")
    return act("activate" if is_active else "deactivate", f"the {context.noun}")


def _password(change: Change, context: Context) -> Phrase | None:
    if _is_set(change):
        return act("set", "a password (hidden)")
    return act("remove", "the password") if change.operation == "remove" else None


def _manager(change: Change, context: Context) -> Phrase | None:
    if change.path.sub_attribute.lower() not in ("", "value"):
        return None
    if change.operation == "remove":
        return act("remove", "the manager")
    if change.value in (None, "", []):
        return act("clear", "the manager")
    managers = [_with_display_name(member, change.value) for member in read_members(change.value)]
    if change.value is MISSING or len(managers) != 1:
        return None
    return act("set", f"the manager to {member_name(managers[0], context.names)}")


def _with_display_name(manager: Member, value: Any) -> Member:
    # Members have a `display`, managers a `displayName` (RFC 7643 section 4.3).
    name = text_of(value.get("displayname")) if isinstance(value, JsonObject) else ""
    return Member(manager.id, manager.display or name)


def _display_name(change: Change, context: Context) -> Phrase | None:
    name = unwrapped(change.value)
    if context.noun != "group" or change.operation == "remove" or not isinstance(name, str):
        return None
    if context.group_name is None:
        return act("set", f"the group name to {shown(name)}")
    if name == context.group_name:
        return act("send", f"the group name {shown(name)} again (unchanged)")
    return act("rename", f"the group from {shown(context.group_name)} to {shown(name)}")


SPECIAL: dict[str, Callable[[Change, Context], Phrase | None]] = {
    "active": _active,
    "password": _password,
    "manager": _manager,
    "displayname": _display_name,
}
