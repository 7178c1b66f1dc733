"""The members that a group's list names, and what a PATCH does with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from logsync.scim.request.body import JsonObject
from logsync.scim.request.changes import Change
from logsync.scim.request.paths import compared_values
from logsync.scim.request.values import MISSING, text_of


@dataclass(frozen=True, slots=True)
class Member:
    """A person or group in the list of a group; `id` is blank where the body gives none."""

    id: str
    display: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies a member: the id, or without one the display name."""
        return (self.id, "" if self.id else self.display)


# A member about whom the body says nothing.
UNNAMED = Member("")


class MemberAction(StrEnum):
    """What a request does with the members that it names."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"  # They are the whole list.
    REMOVE_ALL = "remove all"  # No member is named.


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What one operation does with which members."""

    action: MemberAction
    members: tuple[Member, ...] = ()


def read_members(value: Any) -> tuple[Member, ...]:
    """Everyone in a list of members, each once; one member alone may come without the list around it."""
    return each_once(map(_read_member, value if isinstance(value, list) else [value]))


def each_once(members: Iterable[Member]) -> tuple[Member, ...]:
    """The members without those that repeat an earlier one."""
    unique: dict[tuple[str, str], Member] = {}
    for member in members:
        unique.setdefault(member.key, member)
    return tuple(unique.values())


def read_member_changes(change: Change) -> list[MemberChange]:
    """What the change does with which members; empty if it is not about membership.

    A member that is named only by an unknown filter has no id here.
    """
    path, value = change.path, change.value
    if path.root != "members" or path.sub_attribute:
        return []
    if path.filter:
        action = {"add": MemberAction.ADD, "remove": MemberAction.REMOVE}.get(change.operation)
        return [MemberChange(action, _filtered_members(path.filter))] if action else []
    if change.operation == "remove" and value in (MISSING, None):
        return [MemberChange(MemberAction.REMOVE_ALL)]
    if value is MISSING:
        return []
    if value is None:
        return [MemberChange(MemberAction.REPLACE)] if change.operation == "replace" else []
    if change.operation == "replace" and _has_own_operations(value):
        return _own_operations(value)
    return [MemberChange(MemberAction(change.operation), read_members(value))]


def _read_member(item: object) -> Member:
    if isinstance(item, JsonObject):
        return Member(text_of(item.get("value")), text_of(item.get("display")))
    return Member(text_of(item))


def _filtered_members(filter_: str) -> tuple[Member, ...]:
    pairs = compared_values(filter_, "value", "display")
    members = [Member(value) if name == "value" else Member("", value) for name, value in pairs]
    return each_once(members) or (UNNAMED,)


def _has_own_operations(value: Any) -> bool:
    """Whether members say themselves what happens to them, as in a PATCH of SCIM 1.1."""
    return isinstance(value, list) and any(isinstance(item, JsonObject) and "operation" in item for item in value)


def _is_deleted(item: object) -> bool:
    return isinstance(item, JsonObject) and text_of(item.get("operation")).lower() == "delete"


def _own_operations(items: list[Any]) -> list[MemberChange]:
    removed = [item for item in items if _is_deleted(item)]
    added = [item for item in items if not _is_deleted(item)]
    changes = [
        MemberChange(MemberAction.REMOVE, read_members(removed)),
        MemberChange(MemberAction.ADD, read_members(added)),
    ]
    return [change for change in changes if change.members]
