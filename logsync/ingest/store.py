"""Store pages of records idempotently: a record arrives once, however often it is fetched.

Neither log has an id, so a row is known by a keyed hash of its account and of the fields of its identity as they came
(see `logsync.cloudflare.records`), plus a number among identical rows of one response. Never across responses: pages
shift while events arrive, and the same row on two pages is one event. The hash is keyed, by a key that is in no table,
because from a plain one a short password in a SCIM body could be guessed; it is taken before secrets are redacted, so
that better redaction does not make old rows look new.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from django.db import connection, models, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from logsync.cloudflare import records
from logsync.derived import mentions
from logsync.derived.counts import count_logins, count_updates
from logsync.derived.people import note_logins, note_updates
from logsync.derived.scim_problems import derive
from logsync.derived.table_lock import block_rebuilds
from logsync.models import AccessRequest, Account, Installation, Log, ScimUpdate, person_of
from logsync.scim.redact import redact_body, redact_text, redact_value

Event = TypeVar("Event", AccessRequest, ScimUpdate)
Fields: TypeAlias = "list[models.Field[Any, Any]]"
Values = list[list[Any]]
Stored: TypeAlias = "list[records.AccessRequest] | list[records.ScimUpdate]"


def store_access_requests(
    account: Account, page: Sequence[records.AccessRequest], window_since: datetime, idp_id: str = ""
) -> list[records.AccessRequest]:
    """Store one page of logins as they are; return those that are new. `window_since` stands in for a missing time."""
    keys = row_keys(account, Log.ACCESS_REQUESTS, [record.identity for record in page])
    now = timezone.now()
    new = save_logins(
        account,
        [
            AccessRequest(key=key, account=account, arrived_at=now, **_login_fields(record, window_since))
            for key, record in zip(keys, page, strict=True)
        ],
    )
    return _records_of(new, keys, page)


def store_scim_updates(
    account: Account, page: Sequence[records.ScimUpdate], window_since: datetime, idp_id: str
) -> list[records.ScimUpdate]:
    """Store one page of SCIM updates as they are; return those that are new.

    `window_since` stands in for a missing time, and `idp_id`, the provider of the request, for a missing provider.
    """
    keys = row_keys(account, Log.SCIM_UPDATES, [record.identity for record in page])
    now = timezone.now()
    new = save_updates(
        account,
        [
            ScimUpdate(key=key, account=account, arrived_at=now, **_update_fields(record, window_since, idp_id))
            for key, record in zip(keys, page, strict=True)
        ],
    )
    return _records_of(new, keys, page)


def save_logins(account: Account, logins: Sequence[AccessRequest]) -> list[AccessRequest]:
    """Save the logins of an account that are not stored yet, and all that is derived from them; return those."""
    with transaction.atomic(savepoint=False):
        new = _insert(logins)
        count_logins(account.pk, new)
        note_logins(account.pk, new)
        mentions.note_logins(account.pk, new)
    return new


def save_updates(account: Account, updates: Sequence[ScimUpdate]) -> list[ScimUpdate]:
    """Save the updates of an account that are not stored yet, and all that is derived from them; return those.

    A row is complete when it is inserted, so what it is about has to be found before. One worker at a time does that
    for an account, as one id must not become two resources.
    """
    with transaction.atomic(savepoint=False):
        # Most pages hold nothing new, and need no lock.
        if not _not_stored(updates):
            return []
        block_rebuilds()
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        missing = _not_stored(updates)
        derived = derive(account, missing)
        new = _insert(missing)
        derived.save()
        count_updates(account.pk, new)
        note_updates(account.pk, new)
        mentions.note_updates(account.pk, new)
    return new


def without_secrets(page: Sequence[records.AccessRequest | records.ScimUpdate]) -> list[Any]:
    """The records as they may be stored. Call it before the transaction: it needs no lock, but its time."""
    return [_without_secrets(record) for record in page]


def _without_secrets(record: records.AccessRequest | records.ScimUpdate) -> records.AccessRequest | records.ScimUpdate:
    extra: Any = redact_value(record.extra)
    if isinstance(record, records.AccessRequest):
        return replace(record, extra=extra)
    error, body = redact_text(record.error_description), redact_body(record.request_body)
    return replace(record, extra=extra, error_description=error, request_body=body)


# What stores a page of each log: given the account, the page, the start of its window, and the provider asked about.
STORES: dict[str, Callable[[Account, Any, datetime, str], Stored]] = {
    Log.ACCESS_REQUESTS: store_access_requests,
    Log.SCIM_UPDATES: store_scim_updates,
}


def row_keys(account: Account, log: str, identities: Iterable[str]) -> list[uuid.UUID]:
    """The key of each row of one response, in order."""
    secret = Installation.identity_key()
    seen: Counter[str] = Counter()
    keys = []
    for identity in identities:
        message = "\0".join((account.account_id, log, identity, str(seen[identity])))
        keys.append(uuid.UUID(bytes=hmac.digest(secret, message.encode(), hashlib.sha256)[:16]))
        seen[identity] += 1
    return keys


def _records_of(new: Sequence[Event], keys: Sequence[uuid.UUID], page: Sequence[Any]) -> list[Any]:
    new_keys = {event.key for event in new}
    return [record for key, record in zip(keys, page, strict=True) if key in new_keys]


def _login_fields(record: records.AccessRequest, window_since: datetime) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in records.AccessRequest.__slots__ if name != "identity"}
    return fields | {
        "created_at": record.created_at or window_since,
        "lacks_time": record.created_at is None,
        "person": person_of(record.user_email),
    }


def _update_fields(record: records.ScimUpdate, window_since: datetime, idp_id: str) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in records.ScimUpdate.__slots__ if name != "identity"}
    return fields | {
        "logged_at": record.logged_at or window_since,
        "lacks_time": record.logged_at is None,
        "idp_id": record.idp_id or idp_id,
        "person": person_of(record.resource_user_email),
    }


def _not_stored(updates: Sequence[ScimUpdate]) -> list[ScimUpdate]:
    keys = [update.key for update in updates]
    stored = set(ScimUpdate.objects.filter(key__in=keys).order_by().values_list("key", flat=True))
    return [update for update in updates if update.key not in stored]


def _insert(events: Sequence[Event]) -> list[Event]:
    """Insert the events that are not stored yet, all of one log; return those, which now know their primary key."""
    if not events:
        return []
    meta = type(events[0])._meta
    fields: Fields = [field for field in meta.concrete_fields if not field.primary_key]
    # All workers insert in the order of the keys, so those that store the same rows wait for each other and never
    # deadlock.
    events_by_key = sorted(events, key=attrgetter("key"))
    values = [[getattr(event, field.attname) for field in fields] for event in events_by_key]
    insert = _copy_into_postgresql if connection.vendor == "postgresql" else _insert_into_sqlite
    primary_keys = insert(meta.db_table, fields, values)
    new = [event for event in events if event.key in primary_keys]
    for event in new:
        event.pk = primary_keys[event.key]
        event._state.adding = False
    return new


def _copy_into_postgresql(table: str, fields: Fields, values: Values) -> dict[uuid.UUID, int]:
    """COPY to a temporary table, then insert what is new: four times as fast as an INSERT with parameters."""
    columns = ", ".join(f'"{field.column}"' for field in fields)
    json_at = [at for at, field in enumerate(fields) if isinstance(field, models.JSONField)]
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE IF NOT EXISTS "incoming_{table}" ON COMMIT DELETE ROWS '
            f'AS SELECT {columns} FROM "{table}" WITH NO DATA'
        )
        # A commit empties it, but one transaction may store two pages.
        cursor.execute(f'DELETE FROM "incoming_{table}"')
        with cursor.copy(f'COPY "incoming_{table}" ({columns}) FROM STDIN') as copy:
            for row in values:
                for at in json_at:
                    row[at] = Jsonb(row[at])
                copy.write_row(row)
        cursor.execute(
            # A table keeps no order of its own: a row may be put into space that an earlier page has left.
            f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM "incoming_{table}" ORDER BY key '
            "ON CONFLICT (key) DO NOTHING RETURNING key, id"
        )
        return dict(cursor.fetchall())


def _insert_into_sqlite(table: str, fields: Fields, values: Values) -> dict[uuid.UUID, int]:
    """INSERT what is new. SQLite has one writer at a time, so the rows with higher ids than before are ours."""
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')
        (highest,) = cursor.fetchone()
        cursor.executemany(
            f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING',
            [
                [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
                for row in values
            ],
        )
        cursor.execute(f'SELECT key, id FROM "{table}" WHERE id > %s', [highest])
        return {uuid.UUID(key): pk for key, pk in cursor.fetchall()}
