"""Who was erased, and what of a page is not kept for it.

Cloudflare still has the rows of a person who was erased here, and sends them again: when the newest time overlaps,
when recent days are read once more, when somebody asks for a backfill. So a keyed hash of the address is kept, and of
the ids of the person's SCIM resources, and a row from before the erasure that has one of them is not stored. It counts
as fetched and as erased, and its time as known. In any other row from before, the address is replaced, as it was in
those that were here. Rows from after the erasure are stored as always: the person may come back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from logsync.cloudflare.records import AccessRequest, ScimUpdate, UnreadableRow
from logsync.models import Account, ErasedIdentity, Installation, person_of
from logsync.models.events import ScimUpdate as StoredUpdate
from logsync.privacy.naming import without_addresses, without_addresses_in
from logsync.privacy.rows import LOGIN_TEXTS, UPDATE_TEXTS, whom

Record = AccessRequest | ScimUpdate


@dataclass(frozen=True)
class Erasures:
    """All erasures that still matter, read in one query, by the hash that they are known by."""

    erased_at: dict[str, datetime]
    key: bytes = field(repr=False)

    @classmethod
    def load(cls) -> Erasures:
        erased_at = dict(ErasedIdentity.objects.order_by().values_list("digest", "erased_at"))
        return cls(erased_at, Installation.identity_key() if erased_at else b"")

    def __bool__(self) -> bool:
        return bool(self.erased_at)

    def keep(
        self, account: Account, records: Sequence[Record], window_since: datetime, idp_id: str = ""
    ) -> list[Record]:
        """The records that may be stored, without addresses of who was erased. `window_since` is the time of those
        that have none, `idp_id` the provider of those that name none."""
        if not self:
            return list(records)
        return [
            self._without_addresses(record, record.time or window_since)
            for record in records
            if not self._is_about_erased(account, record, record.time or window_since, idp_id)
        ]

    def keep_unreadable(self, rows: Sequence[UnreadableRow], window_since: datetime) -> list[UnreadableRow]:
        """The rows that may be set aside, without addresses of who was erased."""
        if not self:
            return list(rows)
        timed = [(row, row.time or window_since) for row in rows]
        return [self._unreadable(row, at) for row, at in timed if not self._was_erased(whom(row.value), at)]

    def was_erased(self, address: str, at: datetime) -> bool:
        """Whether what happened then is not kept of this address."""
        return bool(self) and self._was_erased(address, at)

    def without_erased(self, value: Any, at: datetime) -> Any:
        """A text, or a decoded JSON value, of that time without addresses of who was erased since."""
        return without_addresses_in(value, lambda address: self._was_erased(address, at)) if self else value

    def _unreadable(self, row: UnreadableRow, at: datetime) -> UnreadableRow:
        return replace(row, value=without_addresses_in(row.value, lambda address: self._was_erased(address, at)))

    def _is_about_erased(self, account: Account, record: Record, at: datetime, idp_id: str) -> bool:
        email = record.user_email if isinstance(record, AccessRequest) else record.resource_user_email
        if email or isinstance(record, AccessRequest):
            return self._was_erased(email, at)
        ids = record.cf_resource_id, record.idp_resource_id
        digests = _digests_of_ids(self.key, account, record.idp_id or idp_id, *ids)
        return any(self._is_before(digest, at) for digest in digests)

    def _without_addresses(self, record: Record, at: datetime) -> Record:
        texts = LOGIN_TEXTS if isinstance(record, AccessRequest) else UPDATE_TEXTS
        values: dict[str, Any] = {
            name: without_addresses(getattr(record, name), lambda address: self._was_erased(address, at))
            for name in texts
        }
        extra = without_addresses_in(record.extra, lambda address: self._was_erased(address, at))
        return replace(record, **values, extra=extra)

    def _was_erased(self, address: str, at: datetime) -> bool:
        return bool(address) and self._is_before(_digest_of(self.key, address), at)

    def _is_before(self, digest: str, at: datetime) -> bool:
        erased_at = self.erased_at.get(digest)
        return erased_at is not None and at < erased_at


def remember(person: str, updates: Iterable[StoredUpdate]) -> tuple[str, datetime]:
    """Keep the hash of an address, and of the ids of these updates about it; return it, and since when it is erased."""
    key, now = Installation.identity_key(), timezone.now()
    digest = _digest_of(key, person)
    digests = {digest}
    for update in updates:
        digests |= _digests_of_ids(key, update.account, update.idp_id, update.cf_resource_id, update.idp_resource_id)
    for one in sorted(digests):
        ErasedIdentity.objects.update_or_create(digest=one, defaults={"erased_at": now})
    return digest, now


def forget_before(moment: datetime) -> None:
    """Drop erasures from before `moment`: rows as old are deleted for their age."""
    ErasedIdentity.objects.filter(erased_at__lt=moment).delete()


def _digest_of(key: bytes, address: str) -> str:
    return _digest(key, "address", person_of(address))


def _digests_of_ids(key: bytes, account: Account, idp_id: str, cf_resource_id: str, idp_resource_id: str) -> set[str]:
    """The hashes of the ids of a SCIM resource, which are a provider's own."""
    ids = {"cf_resource_id": cf_resource_id, "idp_resource_id": idp_resource_id}
    return {_digest(key, kind, account.account_id, idp_id, value) for kind, value in ids.items() if value}


def _digest(key: bytes, *words: str) -> str:
    return hmac.digest(key, "\0".join(("erased", *words)).encode(), hashlib.sha256).hex()
