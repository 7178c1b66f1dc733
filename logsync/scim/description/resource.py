"""A whole resource in words: as it is created, or as it replaces what was known of it."""

from collections.abc import Mapping
from typing import Any

from logsync.scim.description.attributes import Context
from logsync.scim.description.differences import differences, no_change
from logsync.scim.description.phrases import Phrase, act, joined
from logsync.scim.description.wording import named_members, shown
from logsync.scim.request.body import JsonObject
from logsync.scim.request.members import read_members
from logsync.scim.request.parse import read_email
from logsync.scim.request.paths import is_known_schema, is_urn
from logsync.scim.request.values import read_boolean, text_of, unwrapped
from logsync.words import counted


def create_phrase(document: JsonObject, context: Context) -> Phrase:
    """What the body of a POST asks for."""
    return act("create", _described(document, context, f"a {context.noun}"))


def replace_phrase(document: JsonObject, context: Context, known: Mapping[str, Any] | None) -> Phrase:
    """What the body of a PUT changes in the known state of the resource; without one, all that it holds."""
    if not known:
        return act("replace", f"{_described(document, context, f'the {context.noun}')} (unknown before)")
    head = act("replace", _headline(document, context))
    changes = differences(known, document, context)
    if changes:
        return head.followed_by(": ").followed_by(joined(changes, len(changes)))
    return head if _lacks_list(document, context) else head.followed_by(f": {no_change(known, document)}")


def _described(document: JsonObject, context: Context, nameless: str) -> str:
    """The resource with what the body says of it."""
    members = _members(document, context)
    parts = [_labelled(document, context, nameless) + members, *_activity(document, context)]
    if document.get("password"):
        parts.append("with a password (hidden)")
    return ", ".join([*parts, *_unknown_schemas(document)])


def _headline(document: JsonObject, context: Context) -> str:
    members = " with no member list" if _lacks_list(document, context) else ""
    return ", ".join([_labelled(document, context, f"the {context.noun}") + members, *_unknown_schemas(document)])


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
    return " with no member list" if _lacks_list(document, context) else ""


def _lacks_list(document: JsonObject, context: Context) -> bool:
    return context.noun == "group" and "members" not in document


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
    return [f"with {counted(len(unknown), 'unknown schema')}"] if unknown else []
