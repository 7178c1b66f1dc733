"""What is said of an export beside its file, and signed, so that a manifest of somebody's own making shows.

The signature is an HMAC under a key that is made from SECRET_KEY, which is not in the database. It proves that this
installation wrote the manifest when the export ended, and that neither the manifest nor the record in the database was
changed since. It does not prove that Cloudflare's log is true, nor who holds the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from dashboard.exported.models import Export
from logsync.words import rfc3339

# Raise it if a field gets another meaning: signatures are of all fields.
FORMAT = 1
SIGNATURE = "signature"
_SALT = "dashboard.exported.manifest"


def manifest_of(export: Export) -> dict[str, Any]:
    """All that is known of an export, in JSON's types, with its signature once it has ended."""
    return {**_signed_part(export), SIGNATURE: export.signature or None}


def signature_of(export: Export) -> str:
    """The signature of an export as it is now."""
    return next(_signatures(_signed_part(export)))


def is_signed(manifest: dict[str, Any]) -> bool:
    """Whether this installation signed the manifest, and nobody changed it since."""
    signature = manifest.get(SIGNATURE)
    signed_part = {name: value for name, value in manifest.items() if name != SIGNATURE}
    if not isinstance(signature, str):
        return False
    return any(constant_time_compare(signature, expected) for expected in _signatures(signed_part))


def _signed_part(export: Export) -> dict[str, Any]:
    return {
        "manifest": FORMAT,
        "export": export.pk,
        "gatehouse": export.version,
        "user": export.username,
        "list": export.list_name,
        "filters": export.words,
        "address": export.address,
        "format": export.format,
        "range": {"since": _time(export.since), "until": _time(export.until), "as_of": _time(export.as_of)},
        "coverage": export.coverage,
        "state": export.state_now.value,
        "started_at": _time(export.started_at),
        "finished_at": _time(export.finished_at),
        "rows": export.rows,
        "has_more": export.has_more,
        "bytes": export.size,
        "sha256": export.sha256,
    }


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _signatures(signed_part: dict[str, Any]) -> Iterator[str]:
    """The signature under the key of today, then those under keys that were in use before."""
    text = json.dumps(signed_part, sort_keys=True, separators=(",", ":"))
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(_SALT, text, secret=secret, algorithm="sha256").hexdigest()
