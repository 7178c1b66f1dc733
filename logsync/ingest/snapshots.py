"""Keep what the configuration of Access was at each reading: a row only where something changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from logsync.cloudflare.policies import time_of
from logsync.models import AccessObject, Account, Snapshot


def keep_snapshot(
    account: Account, kind: AccessObject.Kind, object_id: str, content: Mapping[str, Any], at: datetime
) -> Snapshot:
    """Note that an object was read with this content at this time; the newest snapshot goes on if it is the same.

    `content` is Cloudflare's JSON less all that must not be kept. Call in the order of the readings.
    """
    name = content.get("name")
    with transaction.atomic():
        thing, made = AccessObject.objects.get_or_create(
            account=account,
            kind=kind,
            object_id=object_id,
            defaults={"name": name or "", "first_seen_at": at, "last_seen_at": at},
        )
        if not made:
            thing.name = name if isinstance(name, str) and name else thing.name
            thing.last_seen_at, thing.gone_at = at, None
            thing.save(update_fields=["name", "last_seen_at", "gone_at"])
        digest = digest_of(content)
        newest = thing.snapshots.newest_first().first()
        if newest and newest.digest == digest:
            newest.last_seen_at = at
            newest.save(update_fields=["last_seen_at"])
            return newest
        return Snapshot.objects.create(
            object=thing,
            content=dict(content),
            digest=digest,
            first_seen_at=at,
            last_seen_at=at,
            updated_at=time_of(dict(content), "updated_at"),
            is_first=newest is None,
        )


def digest_of(content: Mapping[str, Any]) -> str:
    """The same for equal content, whatever the order of its names."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
