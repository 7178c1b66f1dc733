"""What is known of one SCIM resource, so that a replacement of the whole (PUT) can be shown as a difference."""

from collections.abc import Iterable
from typing import Any, Self

from logsync.scim.history.applied import LoggedUpdate, leaves_doubt, successes
from logsync.scim.request.body import JsonObject, read_body
from logsync.scim.request.changes import NOISE, Change, InvalidOperation, read_changes
from logsync.scim.request.parse import ParsedRequest, is_bulk, read_request
from logsync.scim.request.paths import ENTERPRISE_SCHEMAS, Path
from logsync.scim.request.values import MISSING, read_boolean

# A user's groups are read-only (RFC 7643 section 4.1.2): what a request says of them is not their state.
LEFT_OUT = (*NOISE, "groups")
# In a whole resource these are under the URN of their schema, in a PATCH they may stand alone (RFC 7643 section 4.3).
ENTERPRISE_ATTRIBUTES = {"employeenumber", "costcenter", "organization", "division", "department", "manager"}


def resource_state(rows: Iterable[LoggedUpdate]) -> dict[str, Any] | None:
    """The attributes of a resource after these rows of it, None if nothing is known.

    Of a user: the attributes of the last POST or PUT, with the changes of every later PATCH, as
    `logsync.scim.request.body` reads them, but `active` is a bool; None without such a POST or PUT. An attribute that
    was changed in a way that leaves its value open is left out, and so is an extension of which a part was changed.
    Of a group: `displayName` and the ids of its `members`, each only if it is known.
    """
    applied = successes(rows)
    if not applied:
        return None
    return _known_group(applied) if applied[-1].type == "GROUP" else _known_user(applied)


def _known_user(rows: Iterable[LoggedUpdate]) -> dict[str, Any] | None:
    user: _Attributes | None = None
    for row in rows:
        document = read_body(row.request_body).document
        if row.method == "DELETE" or document is None or is_bulk(document):
            user = None
        elif row.method in ("POST", "PUT"):
            user = _Attributes(document)
        elif user is not None:
            user = user.patched(read_changes(document))
    return user.as_dict() if user is not None else None


class _Attributes:
    """Values by their attributes in lower case, and how these are written."""

    def __init__(self, document: JsonObject) -> None:
        self.values: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        for name, value in document.as_written():
            self._set(name, value)

    def as_dict(self) -> dict[str, Any]:
        return {self.names[key]: value for key, value in self.values.items()}

    def patched(self, changes: Iterable[Change | InvalidOperation]) -> Self | None:
        """These attributes after the changes, None if one of them may have been of any attribute."""
        for change in changes:
            if isinstance(change, InvalidOperation):
                return None
            if change.path.schema or change.path.root in ENTERPRISE_ATTRIBUTES:
                self._forget_extension(change.path)
            else:
                value = _changed(self.values.pop(change.path.root, MISSING), change)
                self._set(change.path.attribute, value)
        return self

    def _set(self, name: str, value: Any) -> None:
        key = name.lower()
        if key == "active" and value is not MISSING:
            is_active = read_boolean(value)
            value = MISSING if is_active is None else is_active
        if value is not MISSING and key not in LEFT_OUT:
            self.names.setdefault(key, name)
            self.values[key] = value

    def _forget_extension(self, path: Path) -> None:
        schemas = (path.schema.lower(),) if path.schema else ENTERPRISE_SCHEMAS
        for key in (*schemas, path.root):
            self.values.pop(key, None)


def _changed(before: Any, change: Change) -> Any:
    """The value after the change, MISSING if there is none or it is not known."""
    path, value = change.path, change.value
    if path.filter:
        return MISSING
    if path.sub_attribute:
        return _with_sub_attribute(before, path.sub_attribute, value, change.operation)
    if change.operation == "remove":
        return MISSING
    # To add to a list or an object leaves what was there before (RFC 7644 section 3.5.2.1).
    is_addition = change.operation == "add" and before is not MISSING
    return MISSING if is_addition and isinstance(before, list | dict) else value


def _with_sub_attribute(before: Any, name: str, value: Any, operation: str) -> Any:
    if not isinstance(before, JsonObject):
        return MISSING
    others = [(key, item) for key, item in before.as_written() if key.lower() != name.lower()]
    return JsonObject(others if operation == "remove" else [*others, (name, value)])


def _known_group(rows: Iterable[LoggedUpdate]) -> dict[str, Any] | None:
    name = ""
    members: dict[str, None] | None = None
    for row in rows:
        if row.method == "DELETE":
            name, members = "", None
            continue
        request = read_request(row.method, row.type, row.request_body)
        # What cannot be read may have been another name.
        name = request.display_name or (name or row.group_name if request.is_readable else "")
        members = _members_after(members, row, request)
    known: dict[str, Any] = {"displayName": name} if name else {}
    if members is not None:
        known["members"] = list(members)
    return known or None


def _members_after(before: dict[str, None] | None, row: LoggedUpdate, request: ParsedRequest) -> dict[str, None] | None:
    """The ids of the members after the row, None if they are not known."""
    if leaves_doubt(row, request):
        return None
    members = before if row.method == "PATCH" else None
    if request.removes_all or request.listed is not None:
        members = dict.fromkeys(member.id for member in request.listed or ())
    if members is None or "" in members:
        return None
    removed = {member.id for member in request.removed}
    kept = {id_: None for id_ in members if id_ not in removed}
    return kept | dict.fromkeys(member.id for member in request.added)
