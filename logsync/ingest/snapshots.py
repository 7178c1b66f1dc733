"""Keep what the configuration of Access was at each reading: a row only where something changed.

A thousand objects cost a few queries: one for what is known of them, then one for each kind of change, and two for all
that is unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from logsync.cloudflare.policies import time_of
from logsync.models import AccessObject, Account, Snapshot

# So many objects are kept at once: storing rows of the account's logs has to wait meanwhile.
BATCH = 1000
LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as a reading showed it: `content` is Cloudflare's JSON less all that must not be kept."""

    kind: AccessObject.Kind
    object_id: str
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        name = self.content.get("name")
        return name if isinstance(name, str) else ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.object_id


def keep_snapshot(
    account: Account, kind: AccessObject.Kind, object_id: str, content: Mapping[str, Any], at: datetime
) -> Snapshot:
    """Note that an object was read with this content at this time; the newest snapshot goes on if it is the same.

    Call in the order of the readings.
    """
    keep_snapshots(account, [Seen(kind, object_id, content)], at)
    of_object = Snapshot.objects.filter(object__account=account, object__kind=kind, object__object_id=object_id)
    return of_object.newest_first()[0]


def keep_snapshots(account: Account, seen: Iterable[Seen], at: datetime) -> int:
    """Note that these objects were read at this time; return how many are new or have changed.

    What has no id by which it can be known is left out; of two with one id, the first counts.
    """
    by_key: dict[tuple[str, str], Seen] = {}
    for one in seen:
        if 0 < len(one.object_id) <= LONGEST_ID:
            by_key.setdefault(one.key, one)
    found = [(one, digest_of(one.content)) for one in by_key.values()]
    changed = 0
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        with transaction.atomic():
            # Readings of an account come one after another, whichever worker does them.
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            known = _note_objects(account, [one for one, _ in batch], at)
            changed += _note_contents(batch, known, at)
    return changed


def newest_contents(
    account: Account, kind: AccessObject.Kind, ids: Iterable[str] | None = None
) -> dict[str, dict[str, Any]]:
    """The newest content of the objects of a kind by their ids: of all, or of these."""
    rows = AccessObject.objects.filter(account=account, kind=kind)
    if ids is not None:
        rows = rows.filter(object_id__in=list(ids))
    newest = Snapshot.objects.filter(object=OuterRef("pk")).newest_first().values("content")[:1]
    found = rows.annotate(newest=Subquery(newest)).values_list("object_id", "newest")
    return {object_id: content for object_id, content in found if content is not None}


def _note_objects(account: Account, seen: Sequence[Seen], at: datetime) -> dict[tuple[str, str], AccessObject]:
    """The row of each object, made where there is none, with its newest name and the time of this reading."""
    by_key = {one.key: one for one in seen}
    ids, kinds = [one.object_id for one in seen], {one.kind for one in seen}
    rows = _with_newest(AccessObject.objects.filter(account=account, kind__in=kinds, object_id__in=ids))
    known = {key: row for row in rows if (key := (row.kind, row.object_id)) in by_key}
    renamed = []
    for key, row in known.items():
        if (name := by_key[key].name) and name != row.name:
            row.name = name
            renamed.append(row)
    AccessObject.objects.bulk_update(renamed, ["name"])
    AccessObject.objects.filter(pk__in=[row.pk for row in known.values()]).update(last_seen_at=at, gone_at=None)
    new = [
        AccessObject(
            account=account,
            kind=one.kind,
            object_id=one.object_id,
            name=one.name,
            first_seen_at=at,
            last_seen_at=at,
        )
        for key, one in by_key.items()
        if key not in known
    ]
    return known | {(row.kind, row.object_id): row for row in AccessObject.objects.bulk_create(new)}


def _with_newest(rows: QuerySet[AccessObject]) -> QuerySet[AccessObject]:
    """The objects with the key and the digest of the newest snapshot of each."""
    newest = Snapshot.objects.filter(object=OuterRef("pk")).newest_first()
    return rows.annotate(
        newest_pk=Subquery(newest.values("pk")[:1]), newest_digest=Subquery(newest.values("digest")[:1])
    )


def _note_contents(
    seen: Sequence[tuple[Seen, str]], known: Mapping[tuple[str, str], AccessObject], at: datetime
) -> int:
    """Let the newest snapshot of each object go on, or make another if its digest differs; return how many differ."""
    unchanged, changed = [], []
    for one, digest in seen:
        row = known[one.key]
        if digest == getattr(row, "newest_digest", None):
            unchanged.append(row.newest_pk)  # type: ignore[attr-defined]
        else:
            changed.append(snapshot_of(row, one.content, digest, at, is_first=not getattr(row, "newest_pk", None)))
    Snapshot.objects.filter(pk__in=unchanged).update(last_seen_at=at)
    Snapshot.objects.bulk_create(changed)
    return len(changed)


def snapshot_of(
    thing: AccessObject, content: Mapping[str, Any], digest: str, at: datetime, *, is_first: bool
) -> Snapshot:
    """A snapshot that was read at this time, not saved yet."""
    return Snapshot(
        object=thing,
        content=dict(content),
        digest=digest,
        first_seen_at=at,
        last_seen_at=at,
        updated_at=time_of(dict(content), "updated_at"),
        is_first=is_first,
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """The same for equal content, whatever the order of its names."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
