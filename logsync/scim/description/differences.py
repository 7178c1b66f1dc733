"""What a replacement of a whole resource changes in what was known of it, in words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from logsync.scim.description.attributes import Context, attribute_phrase
from logsync.scim.description.patch import members_phrase
from logsync.scim.description.phrases import Phrase, act, note
from logsync.scim.description.wording import path_name, shown_all
from logsync.scim.request.body import JsonObject, read_body
from logsync.scim.request.changes import Change, read_attributes
from logsync.scim.request.members import MemberAction, MemberChange, read_members
from logsync.scim.request.values import read_boolean
from logsync.words import counted

# Groups of a user are read-only (RFC 7643 section 4.1.2); a password is mentioned, but never known.
NOT_COMPARED = ("groups", "password")

EMPTY: tuple[object, ...] = (None, "", [], {})

Attributes: TypeAlias = dict[str, Change]


def differences(known: Mapping[str, Any], document: JsonObject, context: Context) -> list[Phrase]:
    """Every difference to what was known; of `active` and the members also what was unknown before."""
    before, now = _known_attributes(known), _attributes(document)
    password = [act("set", "a password (hidden)")] if document.get("password") else []
    return [*_changed(before, now, context), *_unknown_before(before, now, context), *password]


def no_change(known: Mapping[str, Any], document: JsonObject) -> str:
    """The words for no difference, as far as is known."""
    before = _known_attributes(known)
    unknown = [root for root, new in _attributes(document).items() if root not in before or _is_part(new)]
    return "no visible change" + (f" ({counted(len(unknown), 'attribute')} unknown before)" if unknown else "")


def _known_attributes(known: Mapping[str, Any]) -> Attributes:
    # The same reader makes the same values of both sides: names in lower case, numbers as text.
    before = read_body(json.dumps(known, default=str)).document or JsonObject([])
    return {root: change for root, change in _attributes(before).items() if change.value is not None}


def _attributes(resource: JsonObject) -> Attributes:
    attributes = {change.path.root: change for change in read_attributes(resource)}
    return {root: change for root, change in attributes.items() if root not in NOT_COMPARED}


def _changed(before: Attributes, now: Attributes, context: Context) -> Iterator[Phrase]:
    for root, old in before.items():
        new = now.get(root)
        is_list = root == "members" and context.noun == "group"
        if new and is_list:
            yield from _member_differences(old, new, context)
        elif new and not _is_part(new) and not _is_equal(old.value, new.value):
            yield _difference(old, new, context)
        elif not new and not is_list and old.value not in EMPTY:
            yield note(f"{path_name(old.path)} not given any more")


def _is_part(new: Change) -> bool:
    """Whether it is only a part of the attribute, as in `{"name.givenName": "Ada"}`, which is not compared."""
    return bool(new.path.sub_attribute or new.path.filter)


def _difference(old: Change, new: Change, context: Context) -> Phrase:
    root = new.path.root
    is_special = root == "active" or (root == "displayname" and context.noun == "group")
    if is_special or new.value is None or old.value in EMPTY:
        return attribute_phrase(new, context)
    name = path_name(new.path)
    before, after = shown_all(old.value), shown_all(new.value)
    if isinstance(new.value, JsonObject) or before == after:
        return act("change", name)
    return act("change", f"{name} from {before} to {after}")


def _member_differences(old: Change, new: Change, context: Context) -> Iterator[Phrase]:
    before = {member.key: member for member in read_members(old.value)}
    now = {member.key: member for member in read_members(new.value or [])}
    added = tuple(member for key, member in now.items() if key not in before)
    removed = tuple(member for key, member in before.items() if key not in now)
    for action, members in ((MemberAction.ADD, added), (MemberAction.REMOVE, removed)):
        if members:
            yield members_phrase(MemberChange(action, members), context)


def _unknown_before(before: Attributes, now: Attributes, context: Context) -> Iterator[Phrase]:
    root = "members" if context.noun == "group" else "active"
    if root in before or root not in now:
        return
    change = now[root]
    if root == "active":
        phrase = attribute_phrase(change, context)
    else:
        phrase = members_phrase(MemberChange(MemberAction.REPLACE, read_members(change.value or [])), context)
    yield phrase.followed_by(" (unknown before)")


def _is_equal(old: Any, new: Any) -> bool:
    if old in EMPTY and new in EMPTY:
        return True
    if isinstance(old, bool) or isinstance(new, bool):
        return read_boolean(old) == read_boolean(new)
    return bool(old == new)
