"""A PATCH in words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from logsync.scim.description.attributes import Context, attribute_phrase, is_name_again
from logsync.scim.description.phrases import MAX_PHRASES, Phrase, act, joined, note
from logsync.scim.description.wording import named_members, shown
from logsync.scim.request.body import JsonObject
from logsync.scim.request.changes import Change, InvalidOperation, read_changes
from logsync.scim.request.members import UNNAMED, Member, MemberAction, MemberChange, each_once, read_member_changes

Ask: TypeAlias = Change | InvalidOperation | MemberChange

# Several of these in one body are told in one phrase.
JOINED_ACTIONS = (MemberAction.ADD, MemberAction.REMOVE)


def patch_phrase(document: JsonObject, context: Context) -> Phrase:
    """Everything that the body of a PATCH asks for."""
    asks = _asks_of(document)
    if not asks:
        is_empty = not document.get("operations", True)
        return note("a patch with no operations" if is_empty else "a patch that names no attribute")
    return _phrase(asks, document, context)


def brief_phrase(document: JsonObject, context: Context) -> Phrase | None:
    """The same less that a group's name is sent again unchanged; None if it is not, or if that is all."""
    asks = _asks_of(document)
    others = [ask for ask in asks if not (isinstance(ask, Change) and is_name_again(ask, context))]
    return _phrase(others, document, context) if 0 < len(others) < len(asks) else None


def _asks_of(document: JsonObject) -> list[Ask]:
    return list(_with_members_joined(_asks(read_changes(document))))


def _phrase(asks: Sequence[Ask], document: JsonObject, context: Context) -> Phrase:
    phrase = joined([_ask_phrase(ask, context) for ask in asks[:MAX_PHRASES]], len(asks))
    return phrase if "operations" in document else phrase.followed_by(" (patch without operations)")


def members_phrase(change: MemberChange, context: Context) -> Phrase:
    """What is asked for the members."""
    if change.action == MemberAction.REMOVE_ALL:
        return act("remove", "all members")
    if change.action == MemberAction.REPLACE and not change.members:
        return act("empty", "the member list")
    members = named_members(change.members, context.names) if change.members else "no members"
    if change.action == MemberAction.REPLACE:
        return act("set", f"the member list to {members}")
    return act(change.action.value, members)


def _asks(changes: Iterable[Change | InvalidOperation]) -> Iterator[Ask]:
    for change in changes:
        member_changes = read_member_changes(change) if isinstance(change, Change) else []
        if member_changes and not _has_unknown_filter(change, member_changes):
            yield from member_changes
        else:
            yield change


def _has_unknown_filter(change: Change | InvalidOperation, member_changes: list[MemberChange]) -> bool:
    has_filter = isinstance(change, Change) and change.path.filter != ""
    return has_filter and member_changes[0].members == (UNNAMED,)


def _with_members_joined(asks: Iterable[Ask]) -> Iterator[Ask]:
    """The same, with everyone who is added told in the place of the first of them; and with the removed."""
    asks = list(asks)
    members: dict[MemberAction, list[Member]] = {}
    for ask in asks:
        if isinstance(ask, MemberChange) and ask.action in JOINED_ACTIONS:
            members.setdefault(ask.action, []).extend(ask.members)
    for ask in asks:
        if not isinstance(ask, MemberChange) or ask.action not in JOINED_ACTIONS:
            yield ask
        elif ask.action in members:
            yield MemberChange(ask.action, each_once(members.pop(ask.action)))


def _ask_phrase(ask: Ask, context: Context) -> Phrase:
    if isinstance(ask, InvalidOperation):
        return note(f"{ask.flaw} {shown(ask.unknown_name)}" if ask.unknown_name else ask.flaw)
    return members_phrase(ask, context) if isinstance(ask, MemberChange) else attribute_phrase(ask, context)
