"""How an object changed over time, as far as its readings show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from dashboard.page.sentences import SentenceRenderer
from dashboard.why.differences import ShownDifference, difference_of, summary_of
from logsync.insight.policy_changes.names import names_in
from logsync.models import AccessObject, AuditLogChange, Snapshot

# Cloudflare's audit log and `updated_at` may differ by so much about one change.
SLACK = timedelta(minutes=2)
# Nobody reads more forms on one page; what was before is in the list of changes.
MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Version:
    """One form that the object had. `number` counts them from the first.

    It was changed at `changed_at`, or, if Cloudflare does not say when, between `after` and `first_seen_at`; the first
    one that was read was there before. `actors` are who changed it, if the audit log says.
    """

    number: int
    first_seen_at: datetime
    last_seen_at: datetime
    is_first: bool
    is_newest: bool
    changed_at: datetime | None
    after: datetime | None
    actors: Sequence[str]
    # Whether it was read; if not, the audit log told of it.
    was_read: bool
    # What differs from the form before, in a few words and whole; blank and None for the first.
    summary: str
    difference: ShownDifference | None


@dataclass(frozen=True, slots=True)
class Versions:
    """The newest forms, newest first, and how many more there are."""

    shown: Sequence[Version]
    more: int


def versions_of(thing: AccessObject, renderer: SentenceRenderer) -> Versions:
    """The forms of an object."""
    rows = list(thing.snapshots.newest_first()[: MOST_VERSIONS + 1])
    count = len(rows) if len(rows) <= MOST_VERSIONS else thing.snapshots.count()
    actors = _Actors(thing, rows)
    names = names_in(thing.account_id, thing.kind, [row.content for row in rows])
    pairs = [*pairwise(rows), *([(rows[-1], None)] if len(rows) <= MOST_VERSIONS and rows else [])]
    shown = [
        Version(
            number=count - place,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            is_first=row.is_first,
            is_newest=place == 0,
            changed_at=row.updated_at,
            after=before.last_seen_at if before else None,
            actors=actors.of(row, before),
            was_read=row.source == Snapshot.Source.READ,
            summary=summary_of(before.content, row.content) if before else "",
            difference=difference_of(before.content, row.content, names, renderer) if before else None,
        )
        for place, (row, before) in enumerate(pairs)
    ]
    return Versions(shown, max(count - MOST_VERSIONS, 0))


class _Actors:
    """Who changed an object, by Cloudflare's audit log."""

    def __init__(self, thing: AccessObject, rows: Sequence[Snapshot]) -> None:
        entries = AuditLogChange.objects.filter(account=thing.account, kind=thing.kind, object_id=thing.object_id)
        if rows and not rows[-1].is_first:
            entries = entries.filter(changed_at__gte=rows[-1].last_seen_at)
        self.entries = list(entries.order_by("changed_at").values_list("changed_at", "actor_email")[:1000])

    def of(self, row: Snapshot, before: Snapshot | None) -> list[str]:
        said = row.updated_at
        if said:
            found = [actor for at, actor in self.entries if abs(at - said) <= SLACK]
        elif before:
            found = [actor for at, actor in self.entries if before.last_seen_at < at <= row.first_seen_at]
        else:
            found = []
        return list(dict.fromkeys(filter(None, found)))
