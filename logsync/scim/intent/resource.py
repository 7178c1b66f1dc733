"""A whole resource in words: as it is created, or as it replaces what was known of it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from logsync.scim.asked import read_email
from logsync.scim.body import JsonObject, read_body
from logsync.scim.changes import NOISE, Change
from logsync.scim.intent.attributes import Context, attribute_phrase
from logsync.scim.intent.patch import members_phrase
from logsync.scim.intent.phrases import Phrase, act, joined, note
from logsync.scim.intent.wording import count, named_members, shown
from logsync.scim.members import MemberAction, MemberChange, read_members
from logsync.scim.paths import Path, is_known_schema, is_urn
from logsync.scim.values import read_boolean, text_of, unwrapped

# Groups of a user are read-only (RFC 7643 section 4.1.2); a password is never known.
NOT_COMPARED = (*NOISE, "groups", "password")


def create_phrase(document: JsonObject, context: Context) -> Phrase:
    """What the body of a POST asks for."""
    return act("create", _described(document, context, f"a {context.noun}"))


def replace_phrase(document: JsonObject, context: Context, known: Mapping[str, Any] | None) -> Phrase:
    """What the body of a PUT changes in the known state of the resource; without one, all that it holds."""
    before = read_body(json.dumps(known, default=str)).document if known else None
    if before is None:
        return act("replace", f"{_described(document, context, f'the {context.noun}')} (unknown before)")
    head = act("replace", _headline(document, context))
    differences = list(_differences(before, document, context))
    if differences:
        return head.followed_by(": ").followed_by(joined(differences, len(differences)))
    has_no_list = context.noun == "group" and "members" not in document
    return head if has_no_list else head.followed_by(_no_change(before, document))


def _described(document: JsonObject, context: Context, nameless: str) -> str:
    """The resource with what the body says of it."""
    members = _members(document, context)
    parts = [_labelled(document, context, nameless) + members, *_activity(document, context)]
    if document.get("password"):
        parts.append("with a password (hidden)")
    return ", ".join([*parts, *_unknown_schemas(document)])


def _headline(document: JsonObject, context: Context) -> str:
    has_no_list = context.noun == "group" and "members" not in document
    label = _labelled(document, context, f"the {context.noun}") + (" with no member list" if has_no_list else "")
    return ", ".join([label, *_unknown_schemas(document)])


def _labelled(document: JsonObject, context: Context, nameless: str) -> str:
    user_name, email = text_of(document.get("username")), read_email(document.get("emails"))
    label = user_name or email or text_of(document.get("displayname"))
    if not label:
        return nameless
    has_other_email = user_name and email and user_name.lower() != email.lower()
    return f"{context.noun} {shown(label)}" + (f" <{shown(email)}>" if has_other_email else "")


def _members(document: JsonObject, context: Context) -> str:
    if "members" in document and context.noun != "user":
        members = read_members(document["members"] or [])
        return f" with {named_members(members, context.names)}" if members else " with no members"
    return " with no member list" if context.noun == "group" else ""


def _activity(document: JsonObject, context: Context) -> list[str]:
    if context.noun == "group":
        return []
    if "active" not in document:
        return ["active not given"] if context.noun == "user" else []
    is_active = read_boolean(document["active"])
    if is_active is None:
        return [f"active unreadable ({shown(unwrapped(document['active']))})"]
    return ["active" if is_active else "inactive"]


def _unknown_schemas(document: JsonObject) -> list[str]:
    schemas = document.get("schemas")
    given = [text_of(schema) for schema in schemas if text_of(schema)] if isinstance(schemas, list) else []
    extensions = [name for name in document if is_urn(name) and isinstance(document[name], JsonObject)]
    unknown = {schema.strip().lower() for schema in (*given, *extensions) if not is_known_schema(schema)}
    return [f"with {count(len(unknown), 'unknown schema')}"] if unknown else []


def _differences(before: JsonObject, document: JsonObject, context: Context) -> Iterator[Phrase]:
    for name, old in before.as_written():
        key = name.lower()
        if key in NOT_COMPARED or old is None:
            continue
        if key == "members" and context.noun == "group":
            yield from _member_differences(old, document, context)
        elif key not in document:
            yield note(f"{shown(name)} not given any more")
        elif not _is_equal(old, document[key]):
            yield _difference(name, old, document[key], context)
    for key in ("active", "members"):
        if document.get(key) is not None and before.get(key) is None:
            yield from _unknown_before(key, document[key], context)
    if document.get("password"):
        yield act("set", "a password (hidden)")


def _difference(name: str, old: Any, new: Any, context: Context) -> Phrase:
    is_special = name.lower() == "active" or (name.lower() == "displayname" and context.noun == "group")
    if is_special or new is None:
        return attribute_phrase(Change("replace", Path(name), new), context)
    if isinstance(old, list | JsonObject) or isinstance(new, list | JsonObject):
        return act("change", shown(name))
    return act("change", f"{shown(name)} from {shown(old)} to {shown(new)}")


def _member_differences(old: Any, document: JsonObject, context: Context) -> Iterator[Phrase]:
    if "members" not in document:
        return
    before = {member.key: member for member in read_members(old)}
    now = {member.key: member for member in read_members(document["members"] or [])}
    added = tuple(member for key, member in now.items() if key not in before)
    removed = tuple(member for key, member in before.items() if key not in now)
    for action, members in ((MemberAction.ADD, added), (MemberAction.REMOVE, removed)):
        if members:
            yield members_phrase(MemberChange(action, members), context)


def _unknown_before(key: str, value: Any, context: Context) -> Iterator[Phrase]:
    if key == "members" and context.noun == "group":
        whole_list = MemberChange(MemberAction.REPLACE, read_members(value or []))
        yield members_phrase(whole_list, context).followed_by(" (unknown before)")
    elif key == "active" and context.noun != "group":
        change = Change("replace", Path(key), value)
        yield attribute_phrase(change, context).followed_by(" (unknown before)")


def _is_equal(old: Any, new: Any) -> bool:
    old_boolean, new_boolean = read_boolean(old), read_boolean(new)
    return old == new or (old_boolean is not None and old_boolean == new_boolean)


def _no_change(before: JsonObject, document: JsonObject) -> Phrase:
    unknown = [key for key in document if key not in NOT_COMPARED and before.get(key) is None]
    end = f" ({count(len(unknown), 'attribute')} unknown before)" if unknown else ""
    return note(f": no visible change{end}")
