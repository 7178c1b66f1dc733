"""Whether a file is what was exported: its SHA-256 and size against the record of its export, or against a manifest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from dashboard.exported.manifest import is_signed, manifest_of
from dashboard.exported.models import Export, State
from logsync.words import counted, exact_moment

CHUNK_BYTES = 1 << 20
_NUMBER_IN_NAME = re.compile(r"-export-([0-9]{1,18})-")
NOT_SIGNED = "This Gatehouse did not sign it with its present SECRET_KEY or one in SECRET_KEY_FALLBACKS"


class Outcome(IntEnum):
    """What a check found; also the exit status of `manage.py verify_export`."""

    MATCHES = 0
    DIFFERS = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in sentences."""

    outcome: Outcome
    words: str


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size of a file in bytes, its SHA-256 in hexadecimal, and how many whole rows it has if it is a CSV."""

    size: int
    sha256: str
    rows: int

    @classmethod
    def of(cls, path: Path) -> FileDigest:
        """Read a file in constant memory. Raises OSError."""
        digest, size, records, is_quoted = hashlib.sha256(), 0, 0, False
        with path.open("rb") as file:
            while part := file.readline(CHUNK_BYTES):
                is_comment = size == 0 and part.startswith(b"# ")
                digest.update(part)
                size += len(part)
                # A row ends with a line, but not within quotes (RFC 4180).
                is_quoted ^= not is_comment and part.count(b'"') % 2 == 1
                records += not is_comment and not is_quoted and part.endswith(b"\n")
        # The first names the columns.
        return cls(size, digest.hexdigest(), max(records - 1, 0))


def verify(path: Path) -> Finding:
    """Check a file against the records, found by its digest or else by the number in its name. Raises OSError."""
    file = FileDigest.of(path)
    match = _NUMBER_IN_NAME.search(path.name)
    number = int(match[1]) if match else None
    same = list(Export.objects.filter(sha256=file.sha256, size=file.size).order_by("-pk")[:100])
    export = next((one for one in same if one.pk == number), same[0] if same else None)
    if export is None and number is not None:
        export = Export.objects.filter(pk=number).first()
    if export is None:
        named = f"there is no export {number} here" if number is not None else "its name has no number of an export"
        return Finding(Outcome.UNKNOWN, f"Unknown file: no export here has its SHA-256, {file.sha256}, and {named}.")
    if not export.signature:
        word = "is still running" if export.state_now == State.RUNNING else "never ended, so it was cut off"
        return Finding(Outcome.DIFFERS, f"Export {export.pk} {word}: there is no SHA-256 to compare with.")
    manifest = manifest_of(export)
    if not is_signed(manifest):
        return Finding(Outcome.DIFFERS, f"The record of export {export.pk} can’t be relied on. {NOT_SIGNED}.")
    return _compared(file, manifest)


def verify_with(path: Path, manifest: dict[str, Any]) -> Finding:
    """Check a file against a manifest that was kept beside it. Raises OSError."""
    file = FileDigest.of(path)
    if is_signed(manifest):
        return _compared(file, manifest)
    word = "is" if manifest.get("sha256") == file.sha256 else "is not"
    words = f"The manifest can’t be relied on. {NOT_SIGNED}. The file {word} the one that it describes."
    return Finding(Outcome.UNKNOWN, words)


def _compared(file: FileDigest, manifest: dict[str, Any]) -> Finding:
    """What differs between a file and a manifest that is signed."""
    if (file.sha256, file.size) == (manifest["sha256"], manifest["bytes"]):
        return _matching(manifest)
    export, size = f"export {manifest['export']}", manifest["bytes"]
    if file.size == size:
        words = f"Changed: as long as {export}, {size:,} bytes, but its SHA-256 is {file.sha256}."
    else:
        shorter = file.size < size
        rows = f", {file.rows:,} of {counted(manifest['rows'], 'row')}" if manifest["format"] == "csv" else ""
        advice = "It was cut off on its way, or something was removed." if shorter else "Something was added."
        words = f"{'Shorter' if shorter else 'Longer'} than {export}: {file.size:,} of {size:,} bytes{rows}. {advice}"
    return Finding(Outcome.DIFFERS, f"{words} The export was: {_described(manifest)}.")


def _matching(manifest: dict[str, Any]) -> Finding:
    export, described = f"export {manifest['export']}", _described(manifest)
    if manifest["state"] == State.COMPLETE:
        return Finding(Outcome.MATCHES, f"Matches {export}: {described}.")
    words = f"Matches what was sent of {export}, which is not the whole list: {described}."
    return Finding(Outcome.DIFFERS, words)


def _described(manifest: dict[str, Any]) -> str:
    """An export in a line: "4,231 rows of Logins, made by sam on 19 Nov 2026 14:06:12 UTC, complete"."""
    made = exact_moment(datetime.fromisoformat(manifest["started_at"]))
    state = State(manifest["state"]).label.lower()
    more = ", and more rows follow in another file" if manifest["has_more"] else ""
    rows = counted(manifest["rows"], "row")
    return f"{rows} of {manifest['list']}, made by {manifest['user']} on {made}, {state}{more}"
