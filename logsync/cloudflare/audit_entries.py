"""One entry of Cloudflare's audit log about an object of Access: who changed what, when, and what it became.

Which product and type an entry of Access names is not documented, so the address of the request decides first, then
the words of the type. Entries about anything else, and about what did not succeed, are nobody's business here.

Source: the API reference of "Account audit logs (version 2)".
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from logsync.cloudflare.kept_content import (
    app_content,
    group_content,
    list_content,
    policy_content,
    provider_content,
    service_token_content,
)
from logsync.cloudflare.policies import time_of
from logsync.cloudflare.records import storable

LONGEST_ID = 64
LONGEST_TEXT = 500
# The last of these that an address has is what the request was about.
_PLACES = (
    (re.compile(r"/access/(?:apps/[^/]+/)?policies(?:/([^/]+))?"), "policy"),
    (re.compile(r"/access/apps(?:/([^/]+))?"), "app"),
    (re.compile(r"/access/groups(?:/([^/]+))?"), "group"),
    (re.compile(r"/access/service_tokens(?:/([^/]+))?"), "service_token"),
    (re.compile(r"/access/identity_providers(?:/([^/]+))?"), "identity_provider"),
    (re.compile(r"/gateway/lists(?:/([^/]+))?"), "list"),
)
# What the type of a resource has in it, in small letters; the first that fits counts.
_TYPES = (
    ("polic", "policy"),
    ("service_token", "service_token"),
    ("service token", "service_token"),
    ("identity", "identity_provider"),
    ("idp", "identity_provider"),
    ("group", "group"),
    ("app", "app"),
    ("list", "list"),
)
_PRODUCTS = re.compile(r"\baccess\b|zero[ _-]?trust|\bteams\b|\bgateway\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`kind` is a value of `AccessObject.Kind`; `after` the object as the entry has it after the change, if it has all.

    `content` is what is kept of the entry: how it came about, and the request and its answer without secrets.
    """

    entry_id: str
    changed_at: datetime
    action: str
    actor_email: str
    kind: str
    object_id: str
    object_name: str
    content: dict[str, Any]
    after: dict[str, Any] | None

    @classmethod
    def from_json(cls, item: dict[str, Any]) -> Self | None:
        """Read a decoded entry; None if it is not about a change of an object of Access that succeeded."""
        action, actor, resource, raw = (_part(item, name) for name in ("action", "actor", "resource", "raw"))
        changed_at = time_of(action, "time")
        kind, object_id = _about(resource, raw)
        if changed_at is None or not kind or _failed(action, raw):
            return None
        request, response = _part(resource, "request"), _result(_part(resource, "response"))
        own_id = _text(response, "id") or object_id or _text(resource, "id")
        word = _text(action, "type").lower()
        return cls(
            entry_id=_text(item, "id")[:LONGEST_ID] or _digest(item),
            changed_at=changed_at,
            action=word,
            actor_email=_text(actor, "email"),
            kind=kind,
            object_id=own_id if len(own_id) <= LONGEST_ID else "",
            object_name=_text(response, "name") or _text(request, "name"),
            content=_kept(action, actor, raw, kind, request, response),
            after=None if word == "delete" else _after(kind, response),
        )


def _about(resource: dict[str, Any], raw: dict[str, Any]) -> tuple[str, str]:
    """The kind and the id of what an entry is about; blank if it is nothing of Access."""
    path = urlsplit_path(_text(raw, "uri"))
    found = [
        (match.end(), -place, kind, match[1] or "")
        for place, (pattern, kind) in enumerate(_PLACES)
        if (match := pattern.search(path))
    ]
    if found:
        # The longest address wins, such as that of a policy of an application.
        _, _, kind, object_id = max(found)
        return kind, object_id
    if not _PRODUCTS.search(_text(resource, "product")):
        return "", ""
    name = _text(resource, "type").lower()
    return next((kind for word, kind in _TYPES if word in name), ""), _text(resource, "id")


def urlsplit_path(address: str) -> str:
    """The path of an address, without what follows it; blank if it cannot be read."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _failed(action: dict[str, Any], raw: dict[str, Any]) -> bool:
    status = raw.get("status_code")
    said = action.get("result")
    return said is False or str(said).lower() == "failure" or (type(status) is int and status >= 400)


def _after(kind: str, response: dict[str, Any]) -> dict[str, Any] | None:
    """The whole object after the change; None if the answer has not all of it."""
    if not _text(response, "id"):
        return None
    if kind in ("policy", "group"):
        has_rules = isinstance(response.get("include"), list)
        content_of = policy_content if kind == "policy" else group_content
        return content_of(response) if has_rules else None
    if kind == "service_token":
        return service_token_content(response) if _text(response, "name") else None
    # An application without its policies, or a list without its items, would hide those that were read.
    return None


def _kept(
    action: dict[str, Any],
    actor: dict[str, Any],
    raw: dict[str, Any],
    kind: str,
    request: dict[str, Any],
    response: dict[str, Any],
) -> dict[str, Any]:
    kept = {
        "description": _text(action, "description"),
        "actor_type": _text(actor, "type"),
        "actor_context": _text(actor, "context"),
        "token_name": _text(actor, "token_name"),
        "method": _text(raw, "method"),
        "path": urlsplit_path(_text(raw, "uri")),
        "request": _content(kind, request),
        "response": _content(kind, response),
    }
    return {name: value for name, value in kept.items() if value}


def _content(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a request or an answer: what is kept of such an object, as far as it is there."""
    if kind == "app":
        return app_content(item, None)
    if kind == "list":
        return list_content(item, None)
    contents = {
        "policy": policy_content,
        "group": group_content,
        "service_token": service_token_content,
        "identity_provider": provider_content,
    }
    return contents[kind](item)


def _result(response: dict[str, Any]) -> dict[str, Any]:
    """The object itself, where an answer comes in its envelope."""
    result = response.get("result")
    return result if isinstance(result, dict) else response


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    """A part of an entry that should be an object, and may come as the text of one."""
    value = item.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return str(storable(value.strip()[:LONGEST_TEXT])) if isinstance(value, str) else ""


def _digest(item: dict[str, Any]) -> str:
    """An id for an entry that has none."""
    return hashlib.sha256(json.dumps(item, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()
