"""What the operations of a SCIM PATCH (RFC 7644 section 3.5.2) are about, one attribute at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from logsync.scim.request.body import JsonObject
from logsync.scim.request.paths import Path, is_known_schema, is_urn, read_path
from logsync.scim.request.values import MISSING, text_of

OPERATIONS = ("add", "replace", "remove")

# Names that say which resource this is, not what shall change.
NOISE = ("schemas", "id", "meta")


@dataclass(frozen=True, slots=True)
class Change:
    """One operation on one attribute; `value` is MISSING where the operation has none."""

    operation: str
    path: Path
    value: Any = MISSING


@dataclass(frozen=True, slots=True)
class InvalidOperation:
    """An operation that cannot be understood: why, its unknown name if that is the reason, and what it is about."""

    flaw: str
    unknown_name: str = ""
    paths: tuple[Path, ...] = ()


def read_changes(document: JsonObject) -> list[Change | InvalidOperation]:
    """Every change in the body of a PATCH, in its order.

    A body without operations, as in SCIM 1.1, replaces the attributes that it holds.
    """
    if "operations" not in document:
        return list(read_attributes(document))
    operations = document["operations"]
    if not isinstance(operations, list):
        operations = [] if operations is None else [operations]
    return [change for operation in operations for change in _operation_changes(operation)]


def read_attributes(resource: JsonObject) -> Iterator[Change]:
    """Every attribute of a whole resource, those of its extensions too, as a change that replaces it."""
    return _attribute_changes("replace", resource)


def _operation_changes(operation: object) -> Iterable[Change | InvalidOperation]:
    if not isinstance(operation, JsonObject):
        return [InvalidOperation("unreadable operation")]
    name = text_of(operation.get("op")).strip().lower()
    path, value = operation.get("path"), operation.get("value", MISSING)
    if name not in OPERATIONS:
        flaw = "unknown operation" if name else "operation without a name"
        return [InvalidOperation(flaw, name, _paths_of(path, value))]
    if isinstance(path, str) and path.strip():
        return _path_changes(name, path, value)
    if path not in (None, ""):
        return [InvalidOperation(f"{name} with an unreadable path")]
    if name == "remove":
        return [InvalidOperation("remove without a path (not valid)")]
    if not isinstance(value, JsonObject):
        return [InvalidOperation(f"{name} without a path and without attributes (not valid)")]
    return _attribute_changes(name, value)


def _paths_of(path: object, value: object) -> tuple[Path, ...]:
    """What an operation is about, whatever it does: its path, else the attributes of its value."""
    if isinstance(path, str) and path.strip():
        return (read_path(path),)
    names = [name for name, _ in value.as_written()] if isinstance(value, JsonObject) else []
    return tuple(read_path(name) for name in names if name.lower() not in NOISE)


def _attribute_changes(operation: str, attributes: JsonObject) -> Iterator[Change]:
    for name, value in attributes.as_written():
        if name.lower() not in NOISE:
            yield from _path_changes(operation, name, value)


def _path_changes(operation: str, path: str, value: Any) -> Iterable[Change]:
    if is_urn(path) and isinstance(value, JsonObject) and operation != "remove" and "[" not in path:
        return _schema_changes(operation, path.strip(), value)
    return [Change(operation, read_path(path), value)]


def _schema_changes(operation: str, urn: str, attributes: JsonObject) -> Iterator[Change]:
    """The attributes of an extension, given under its URN, or the one complex attribute that the URN names."""
    path = read_path(urn)
    if path.attribute and not path.schema:
        yield Change(operation, path, attributes)
        return
    schema = "" if is_known_schema(urn) else urn
    for name, value in attributes.as_written():
        inner = read_path(name)
        yield Change(operation, Path(inner.attribute, schema, inner.filter, inner.sub_attribute), value)
