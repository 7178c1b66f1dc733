"""What a SCIM request (RFC 7644) asks for, read from its stored body, from which secrets were redacted.

Bodies are read as identity providers really send them. A body says what was requested, not what Cloudflare did.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from logsync.scim.request.body import JsonObject, read_body
from logsync.scim.request.changes import Change, InvalidOperation, read_changes
from logsync.scim.request.members import (
    Member,
    MemberAction,
    MemberChange,
    each_once,
    read_member_changes,
    read_members,
)
from logsync.scim.request.touched import (
    EVERYTHING,
    UNREADABLE,
    opposite_of,
    touched_activity,
    touched_by,
    touched_members,
)
from logsync.scim.request.values import read_boolean, text_of, unwrapped

__all__ = ["Activity", "Member", "ParsedRequest", "is_bulk", "read_activity", "read_email", "read_request"]

UNKNOWN = frozenset({UNREADABLE})

Members: TypeAlias = dict[tuple[str, str], Member]

BULK_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:bulkrequest"


class Activity(StrEnum):
    """What a request sets a user's `active` to."""

    NOT_GIVEN = ""
    ON = "on"
    OFF = "off"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """What a request asks for.

    `is_readable` is false where the body is cut, is not JSON, or is no object; then the rest is blank.
    `activity` is that of a user, the last one that was given. Of a group, `removes_all` or `listed` (the whole
    list, where the request gives one) come first, then `removed` and `added`: a member is in the one that it
    came to last. `members` is everyone who is named, whatever for. The names are blank where they are not given.

    `touched` is what the request is about, in the words of `logsync.scim.request.touched`.
    """

    is_readable: bool
    activity: Activity = Activity.NOT_GIVEN
    added: tuple[Member, ...] = ()
    removed: tuple[Member, ...] = ()
    listed: tuple[Member, ...] | None = None
    removes_all: bool = False
    members: tuple[Member, ...] = ()
    user_name: str = ""
    email: str = ""
    display_name: str = ""
    touched: frozenset[str] = frozenset()


def read_request(request_method: str, resource_type: str, request_body: str) -> ParsedRequest:
    """What the request asks for. `resource_type` is USER or GROUP. Raises nothing."""
    method = request_method.strip().upper()
    if method == "DELETE":
        return ParsedRequest(is_readable=True)
    document = read_body(request_body).document
    if document is None:
        return ParsedRequest(is_readable=False, touched=UNKNOWN)
    if method not in ("PATCH", "POST", "PUT") or is_bulk(document):
        return ParsedRequest(is_readable=True, touched=UNKNOWN)
    request = _read_patch(document) if method == "PATCH" else _read_resource(document)
    return _of_type(request, resource_type.strip().upper())


def is_bulk(document: JsonObject) -> bool:
    """Whether the body is several requests in one (RFC 7644 section 3.7)."""
    schemas = document.get("schemas")
    return isinstance(schemas, list) and any(text_of(schema).lower() == BULK_SCHEMA for schema in schemas)


def read_activity(value: Any) -> Activity:
    """What a given value of `active` means; a value that is not a boolean is never guessed at."""
    is_active = read_boolean(value)
    if is_active is None:
        return Activity.UNREADABLE
    return Activity.ON if is_active else Activity.OFF


def read_email(emails: Any) -> str:
    """The primary e-mail address of a list of them, else the first."""
    items = emails if isinstance(emails, list) else [emails]
    primary = [item for item in items if isinstance(item, JsonObject) and read_boolean(item.get("primary"))]
    return next(filter(None, (text_of(unwrapped(item)) for item in [*primary, *items])), "")


def _read_resource(document: JsonObject) -> ParsedRequest:
    members = read_members(document["members"] or []) if "members" in document else None
    touched = {EVERYTHING} | (touched_activity(document["active"]) if "active" in document else set())
    return ParsedRequest(
        is_readable=True,
        activity=read_activity(document["active"]) if "active" in document else Activity.NOT_GIVEN,
        listed=members,
        members=members or (),
        user_name=text_of(document.get("username")),
        email=read_email(document.get("emails")),
        display_name=text_of(document.get("displayname")),
        touched=frozenset(touched if members is None else touched | touched_members((), (), members)),
    )


def _of_type(request: ParsedRequest, resource_type: str) -> ParsedRequest:
    """Only users are active, and only groups have members."""
    if resource_type == "USER":
        return replace(request, added=(), removed=(), listed=None, removes_all=False, members=())
    if resource_type == "GROUP":
        return replace(request, activity=Activity.NOT_GIVEN)
    return request


def _read_patch(document: JsonObject) -> ParsedRequest:
    patch = _Patch()
    for change in read_changes(document):
        patch.read(change)
    return patch.request()


class _Patch:
    """What the operations of a PATCH add up to, in their order."""

    def __init__(self) -> None:
        self.activity = Activity.NOT_GIVEN
        self.labels = {"username": "", "emails": "", "displayname": ""}
        self.added: Members = {}
        self.removed: Members = {}
        self.listed: tuple[Member, ...] | None = None
        self.removes_all = False
        self.named: list[Member] = []
        self.touched: set[str] = set()

    def request(self) -> ParsedRequest:
        return ParsedRequest(
            is_readable=True,
            activity=self.activity,
            added=tuple(self.added.values()),
            removed=tuple(self.removed.values()),
            listed=self.listed,
            removes_all=self.removes_all,
            members=each_once(self.named),
            user_name=self.labels["username"],
            email=self.labels["emails"],
            display_name=self.labels["displayname"],
            touched=frozenset(self.touched | self._touched_members()) or UNKNOWN,
        )

    def read(self, change: Change | InvalidOperation) -> None:
        if isinstance(change, InvalidOperation):
            self.touched |= UNKNOWN
        elif change.path.root == "members":
            self._read_members(change)
        else:
            self._touch(touched_by(change))
            self._read_attribute(change)

    def _touch(self, words: set[str]) -> None:
        # Of yes and no, the last one counts.
        self.touched -= {opposite_of(word) for word in words}
        self.touched |= words

    def _touched_members(self) -> set[str]:
        listed = () if self.removes_all else self.listed
        return touched_members(self.added.values(), self.removed.values(), listed)

    def _read_attribute(self, change: Change) -> None:
        if change.path.is_plain("active"):
            self.activity = read_activity(change.value)
        elif change.path.root in self.labels and change.path.sub_attribute.lower() in ("", "value"):
            self._read_label(change.path.root, change)

    def _read_label(self, name: str, change: Change) -> None:
        # A value that is removed names the resource as it was.
        if change.operation != "remove":
            self.labels[name] = read_email(change.value) if name == "emails" else text_of(change.value)

    def _read_members(self, change: Change) -> None:
        member_changes = read_member_changes(change)
        if not member_changes:
            is_of_one = change.path.filter or change.path.sub_attribute
            self._touch(touched_by(change) if is_of_one else {UNREADABLE})
        for member_change in member_changes:
            self.named += member_change.members
            self._apply(member_change)

    def _apply(self, change: MemberChange) -> None:
        if change.action == MemberAction.ADD:
            _move(change.members, self.removed, self.added)
        elif change.action == MemberAction.REMOVE:
            _move(change.members, self.added, self.removed)
        else:
            self.added, self.removed = {}, {}
            self.removes_all = change.action == MemberAction.REMOVE_ALL
            self.listed = None if self.removes_all else change.members


def _move(members: tuple[Member, ...], source: Members, target: Members) -> None:
    for member in members:
        source.pop(member.key, None)
        target.setdefault(member.key, member)
