"""A PATCH in words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from logsync.scim.description.attributes import Context, attribute_phrase, is_name_again
from logsync.scim.description.phrases import MAX_PHRASES, Phrase, act, joined, note
from logsync.scim.description.wording import MAX_LISTED, listed, named_members, path_name, shown
from logsync.scim.request.body import JsonObject
from logsync.scim.request.changes import Change, InvalidOperation, read_changes
from logsync.scim.request.members import UNNAMED, Member, MemberAction, MemberChange, each_once, read_member_changes

Part: TypeAlias = Change | InvalidOperation | MemberChange

# Several of these in one body become one phrase.
JOINED_ACTIONS = (MemberAction.ADD, MemberAction.REMOVE)


def patch_phrase(document: JsonObject, context: Context) -> Phrase:
    """Everything that the body of a PATCH changes."""
    parts = _parts_of(document)
    if not parts:
        is_empty = not document.get("operations", True)
        return note("a patch with no operations" if is_empty else "a patch that names no attribute")
    return _phrase(parts, document, context)


def brief_phrase(document: JsonObject, context: Context) -> Phrase | None:
    """The same without a group's name that is sent again unchanged; None if it isn't sent, or is all there is."""
    parts = _parts_of(document)
    others = [part for part in parts if not (isinstance(part, Change) and is_name_again(part, context))]
    return _phrase(others, document, context) if 0 < len(others) < len(parts) else None


def _parts_of(document: JsonObject) -> list[Part]:
    return list(_with_members_joined(_parts(read_changes(document))))


def _phrase(parts: Sequence[Part], document: JsonObject, context: Context) -> Phrase:
    phrase = joined([_part_phrase(part, context) for part in parts[:MAX_PHRASES]], len(parts))
    return phrase if "operations" in document else phrase.followed_by(" (patch without operations)")


def members_phrase(change: MemberChange, context: Context) -> Phrase:
    """What a change does with the members."""
    if change.action == MemberAction.REMOVE_ALL:
        return act("remove", "all members")
    if change.action == MemberAction.REPLACE and not change.members:
        return act("empty", "the member list")
    members = named_members(change.members, context.names) if change.members else "no members"
    if change.action == MemberAction.REPLACE:
        return act("set", f"the member list to {members}")
    return act(change.action.value, members)


def _parts(changes: Iterable[Change | InvalidOperation]) -> Iterator[Part]:
    for change in changes:
        member_changes = read_member_changes(change) if isinstance(change, Change) else []
        if member_changes and not _has_unknown_filter(change, member_changes):
            yield from member_changes
        else:
            yield change


def _has_unknown_filter(change: Change | InvalidOperation, member_changes: list[MemberChange]) -> bool:
    has_filter = isinstance(change, Change) and change.path.filter != ""
    return has_filter and member_changes[0].members == (UNNAMED,)


def _with_members_joined(parts: Iterable[Part]) -> Iterator[Part]:
    """The same, with all added members in one change, in the place of the first; and the same for removed members."""
    parts = list(parts)
    members: dict[MemberAction, list[Member]] = {}
    for part in parts:
        if isinstance(part, MemberChange) and part.action in JOINED_ACTIONS:
            members.setdefault(part.action, []).extend(part.members)
    for part in parts:
        if not isinstance(part, MemberChange) or part.action not in JOINED_ACTIONS:
            yield part
        elif part.action in members:
            yield MemberChange(part.action, each_once(members.pop(part.action)))


def _part_phrase(part: Part, context: Context) -> Phrase:
    if isinstance(part, InvalidOperation):
        flaw = f"{part.flaw} {shown(part.unknown_name)}" if part.unknown_name else part.flaw
        about = listed([path_name(path) for path in part.paths[:MAX_LISTED]], len(part.paths))
        return note(f"{flaw} on {about}" if about else flaw)
    return members_phrase(part, context) if isinstance(part, MemberChange) else attribute_phrase(part, context)
