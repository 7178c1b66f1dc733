"""The chain: what is hashed of each entry, and what is sealed.

`hash` is the SHA-256 of an entry's fields and of the hash before it, so no entry can be changed, removed, inserted or
moved without all later hashes changing. Whoever can write into the database could calculate those anew; so each hash is
sealed with a key that is made from SECRET_KEY and is not in the database.

After a change of SECRET_KEY nobody can check the older seals. They need not be checked: the first entry under the new
key seals a hash that covers everything before it.
"""

from __future__ import annotations

import hmac
import json
from datetime import UTC
from functools import lru_cache
from hashlib import sha256

from django.conf import settings

from dashboard.audit_log.models import AuditEntry

SALT = b"gatehouse audit log"


def hash_of(entry: AuditEntry) -> str:
    """The hash of an entry: of a JSON list of its fields that is the same on every database."""
    fields = [
        entry.number,
        entry.previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.username,
        entry.ip_address,
        entry.user_agent,
        entry.action,
        entry.subject,
        entry.details,
    ]
    return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def chain(entry: AuditEntry, previous: str) -> None:
    """Set what binds an entry to the one before, and to the key."""
    key_id, key = current_key()
    entry.previous = previous
    entry.hash = hash_of(entry)
    entry.key_id = key_id
    entry.seal = seal_of(entry, key)


def seal_of(entry: AuditEntry, key: bytes) -> str:
    return hmac.digest(key, entry.hash.encode(), "sha256").hex()


def current_key() -> tuple[str, bytes]:
    """The key for new entries, and what it is called in them."""
    return _key_from(settings.SECRET_KEY)


def known_keys() -> dict[str, bytes]:
    """Every key that is known, by what entries call it: that of SECRET_KEY, and those of SECRET_KEY_FALLBACKS."""
    return dict(_key_from(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache
def _key_from(secret: str) -> tuple[str, bytes]:
    key = hmac.digest(secret.encode(), SALT, "sha256")
    # A digest of the key tells keys apart, and does not give the key away.
    return sha256(b"id of " + key).hexdigest()[:16], key
