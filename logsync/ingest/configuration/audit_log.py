"""Cloudflare's own audit log: who changed an object of Access, and what it became.

An entry that has the object as it was after the change tells of a time that Gatehouse may not have read. It becomes a
snapshot of that moment alone, between those that were read, and never instead of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.audit_entries import AuditEntry
from logsync.cloudflare.configuration import ConfigurationClient
from logsync.cloudflare.policies import time_of
from logsync.ingest.snapshots import digest_of, snapshot_of
from logsync.models import AccessObject, Account, AuditLogChange, Reading, Snapshot
from logsync.privacy.erasures import Erasures

# Entries have been seen to arrive up to eight minutes late.
OVERLAP = timedelta(minutes=15)
# So many pages are read in one round; the next one goes on from there.
MOST_PAGES = 20


def read_audit_log(
    client: ConfigurationClient, account: Account, now: datetime, should_stop: Callable[[], bool] = lambda: False
) -> str | None:
    """Read what was changed since the last time; return what is wrong, blank for nothing, None if more is to come."""
    reading = Reading.objects.filter(account=account, part=Reading.Part.AUDIT_LOG).first()
    oldest = now - settings.BACKFILL
    position = reading.position if reading and reading.position else oldest
    since, cursor = max(min(position, now) - OVERLAP, oldest), ""
    for _ in range(MOST_PAGES):
        page = client.audit_log(since, now, cursor)
        entries = [entry for item in page.entries if (entry := AuditEntry.from_json(item))]
        keep_entries(account, entries)
        cursor = page.cursor
        if not cursor:
            _note_position(account, now)
            return ""
        if reached := _newest(page.entries):
            # A page further on would be cut by the overlap again, so that it never ends.
            position = max(position, min(reached + OVERLAP, now))
            _note_position(account, position)
        if should_stop():
            break
    return None


def _note_position(account: Account, position: datetime) -> None:
    values = {"position": position, "attempted_at": timezone.now(), "error": ""}
    Reading.objects.update_or_create(account=account, part=Reading.Part.AUDIT_LOG, defaults=values)


def _newest(items: Iterable[dict[str, Any]]) -> datetime | None:
    """When the newest of these entries happened, whatever they are about."""
    times = [time_of(action, "time") for item in items if isinstance(action := item.get("action"), dict)]
    return max((time for time in times if time), default=None)


def keep_entries(account: Account, entries: Iterable[AuditEntry]) -> None:
    """Keep the entries that are new, oldest first, and the snapshots that they tell of."""
    by_id = {entry.entry_id: entry for entry in sorted(entries, key=lambda entry: entry.changed_at)}
    known = AuditLogChange.objects.filter(account=account, entry_id__in=by_id)
    for entry_id in known.values_list("entry_id", flat=True):
        del by_id[entry_id]
    erasures = Erasures.load()
    for entry in by_id.values():
        at = entry.changed_at
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            AuditLogChange.objects.create(
                account=account,
                entry_id=entry.entry_id,
                changed_at=entry.changed_at,
                action=entry.action,
                actor_email=erasures.without_erased(entry.actor_email, at),
                kind=entry.kind,
                object_id=entry.object_id,
                object_name=erasures.without_erased(entry.object_name, at),
                content=erasures.without_erased(entry.content, at),
            )
            if entry.after and entry.object_id:
                keep_told(account, entry)


def keep_told(account: Account, entry: AuditEntry) -> None:
    """Keep the form that an object had after a change, as far as no reading tells of that moment."""
    assert entry.after is not None
    at, digest = entry.changed_at, digest_of(entry.after)
    times = {"first_seen_at": at, "last_seen_at": at}
    thing, _ = AccessObject.objects.get_or_create(
        account=account,
        kind=entry.kind,
        object_id=entry.object_id,
        defaults={"name": entry.object_name, **times},
    )
    rows = list(thing.snapshots.order_by("first_seen_at", "pk"))
    before = next((row for row in reversed(rows) if row.first_seen_at <= at), None)
    after = next((row for row in rows if row.first_seen_at > at), None)
    if before and (before.digest == digest or before.last_seen_at >= at):
        # It was seen in this form already, or was read before and after that moment.
        if before.digest == digest and before.last_seen_at < at:
            Snapshot.objects.filter(pk=before.pk).update(last_seen_at=at)
    elif after and after.digest == digest:
        # The next reading saw this form; now it is known since when.
        Snapshot.objects.filter(pk=after.pk, updated_at=None).update(updated_at=at)
    else:
        told = snapshot_of(thing, entry.after, digest, at, is_first=before is None)
        told.source, told.updated_at = Snapshot.Source.AUDIT_LOG, at
        told.save()
        if after and after.is_first:
            Snapshot.objects.filter(pk=after.pk).update(is_first=False)
