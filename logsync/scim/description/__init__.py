"""What a SCIM request asks for, in words: "add 1 member: ada@example.com".

The words say what the body requests, never what Cloudflare did. All values in them are log text: escape them, and
isolate them from the direction of the text around them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from logsync.scim.description.attributes import Context
from logsync.scim.description.patch import brief_phrase, patch_phrase
from logsync.scim.description.phrases import Phrase, act, note
from logsync.scim.description.resource import create_phrase, replace_phrase
from logsync.scim.description.wording import MAX_LISTED, listed, one_line, shown
from logsync.scim.request.body import Body, JsonObject, read_body
from logsync.scim.request.parse import is_bulk
from logsync.scim.request.values import text_of
from logsync.words import counted

__all__ = ["Intent", "describe"]

NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Intent:
    """What a request asks for.

    `phrase` goes with "asked to", as in "add 1 member: …"; `done` is the same in the past, "added 1 member: …",
    for a request that succeeded. Both are one short line. If `is_readable` is false the phrase says so; show the body
    as it came. `brief` is the same for a list of many requests: it leaves out that a group's name is sent again
    unchanged, unless that is all; None if there is nothing to leave out.
    """

    phrase: str
    done: str
    is_readable: bool = True
    brief: "Intent | None" = None


def describe(
    request_method: str,
    resource_type: str,
    request_body: str,
    *,
    names: Mapping[str, str] = NO_NAMES,
    known: Mapping[str, Any] | None = None,
) -> Intent:
    """What the request asks for. Raises nothing, whatever the body is.

    `names` are e-mail addresses by cf_resource_id or idp_resource_id. `known` is what was known of the resource
    before the request, under SCIM's names, such as `{"userName": "ada@example.com", "active": True}` or
    `{"displayName": "eng", "members": ["89bb1940"]}`; a value of None is unknown. Without it, nothing is known.
    """
    method = request_method.strip().upper()
    group_name = known.get("displayName") if known else None
    context = Context(resource_type.strip().upper(), names, group_name if isinstance(group_name, str) else None)
    if method not in ("POST", "PUT", "PATCH"):
        return _intent(_phrase_without_body(method, request_body, context))
    body = read_body(request_body)
    if body.flaw:
        return _intent(note(f"unreadable body ({body.flaw})"), is_readable=False)
    if body.document is None:
        return _intent(_empty_phrase(method, context))
    phrase = _document_phrase(method, body.document, context, known)
    brief = brief_phrase(body.document, context) if method == "PATCH" and not is_bulk(body.document) else None
    whole = _intent(phrase.followed_by(_doubt(body)))
    return replace(whole, brief=_intent(brief.followed_by(_doubt(body)))) if brief else whole


def _intent(phrase: Phrase, *, is_readable: bool = True) -> Intent:
    return Intent(phrase.infinitive, phrase.done, is_readable)


def _phrase_without_body(method: str, request_body: str, context: Context) -> Phrase:
    if method == "DELETE":
        end = " (a body was sent and not read)" if request_body.strip() else ""
        return act("delete", f"the {context.noun}{end}")
    return act("send", f"{one_line(method) or 'a request without a method'} for the {context.noun}")


def _empty_phrase(method: str, context: Context) -> Phrase:
    if method == "PATCH":
        return note("a patch with an empty body")
    verb, article = ("create", "a") if method == "POST" else ("replace", "the")
    return act(verb, f"{article} {context.noun} with an empty body")


def _document_phrase(method: str, document: JsonObject, context: Context, known: Mapping[str, Any] | None) -> Phrase:
    if is_bulk(document):
        return _bulk_phrase(document)
    if method == "PATCH":
        return patch_phrase(document, context)
    if method == "POST":
        return create_phrase(document, context)
    return replace_phrase(document, context, known)


def _bulk_phrase(document: JsonObject) -> Phrase:
    operations = document.get("operations")
    operations = operations if isinstance(operations, list) else []
    requests = listed([_bulk_operation(operation) for operation in operations[:MAX_LISTED]], len(operations))
    return note(f"bulk request of {counted(len(operations), 'operation')}" + (f": {requests}" if requests else ""))


def _bulk_operation(operation: object) -> str:
    if not isinstance(operation, JsonObject):
        return "an unreadable operation"
    return " ".join(shown(text_of(operation.get(name)) or "?") for name in ("method", "path"))


def _doubt(body: Body) -> str:
    """The names that were given more than once: servers then differ in which value they read."""
    if not body.repeated:
        return ""
    repeated = Counter(body.repeated)
    times = "twice" if max(repeated.values()) == 1 else "more than once"
    names = [shown(name) for name in list(repeated)[:MAX_LISTED]]
    return f" (unsure: {listed(names, len(repeated))} given {times}, last value read)"
