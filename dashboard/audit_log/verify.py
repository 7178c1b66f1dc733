"""Walking the chain: what was removed, changed, inserted or moved since it was written."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from dashboard.audit_log.actions import Action
from dashboard.audit_log.chain import hash_of, known_keys, seal_of
from dashboard.audit_log.models import AuditEntry, AuditHead
from dashboard.audit_log.triggers import missing_triggers

CHUNK = 2_000
# More runs of entries than these are only counted.
MOST_FINDINGS = 100
# An entry that does not fit its number may have had another, at most so far away.
FARTHEST_MOVE = 50

REMOVED = "removed"
CHANGED = "changed since it was written"
MOVED = "moved from another place"
NOT_OURS = "not written by Gatehouse: its seal is wrong"
DOES_NOT_FOLLOW = "chained to another entry than the one before it"
UNKNOWN_KEY = (
    "sealed with a key that is not known here, and no later entry vouches for it; "
    "put the SECRET_KEY of that time into SECRET_KEY_FALLBACKS"
)


@dataclass
class Finding:
    """What is wrong with one entry, or with several one after the other."""

    what: str
    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"Entry {self.first:,} was {self.what}."
        return f"Entries {self.first:,} to {self.last:,} were {self.what}."


@dataclass
class Verification:
    """What a walk of the whole chain found."""

    entries: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    # The newest entry.
    number: int = 0
    hash: str = ""
    # How many of the oldest entries retention has deleted.
    forgotten: int = 0
    findings: list[Finding] = field(default_factory=list)
    more_findings: int = 0
    # Further sentences, which are not about single entries.
    problems: list[str] = field(default_factory=list)

    @property
    def is_unbroken(self) -> bool:
        return not self.findings and not self.problems

    def add(self, what: str, first: int, last: int | None = None) -> None:
        last = last or first
        newest = self.findings[-1] if self.findings else None
        if newest and newest.what == what and newest.last == first - 1:
            newest.last = last
        elif len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(what, first, last))
        else:
            self.more_findings += 1


def verify(expected: str = "", on_entries: Callable[[int], object] = lambda number: None) -> Verification:
    """Check every entry, in constant memory; `expected` is a hash of the log that was noted elsewhere.

    `on_entries` is told how many more were checked. Entries that are written meanwhile are left for the next time.
    """
    head = _head()
    walk = _Walk(expected)
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=CHUNK):
        walk.check(entry)
        on_entries(1)
    return walk.end(head)


class _Walk:
    def __init__(self, expected: str) -> None:
        self.result = Verification()
        # The hash that the next entry must be chained to; blank if that is not known.
        self.follows = ""
        self.keys = known_keys()
        self.expected = expected.strip().lower()
        self.has_expected = not self.expected
        # The oldest of the newest entries that no known key vouches for yet.
        self.unvouched = 0
        # The last entry that sealed entries say was deleted by retention, and that those not vouched for yet say.
        self.forgotten = self.unvouched_forgotten = 0

    def check(self, entry: AuditEntry) -> None:
        result = self.result
        if result.entries == 0:
            result.first_at, result.forgotten = entry.at, entry.number - 1
            self._note(entry.previous)
        elif entry.number > result.number + 1:
            result.add(REMOVED, result.number + 1, entry.number - 1)
        if what := self._what_is_wrong(entry):
            # What comes after it is chained to what was there before, so that says nothing new.
            result.add(what, entry.number)
        result.entries += 1
        self.follows = "" if what else entry.hash
        result.number, result.hash, result.last_at = entry.number, entry.hash, entry.at
        self._note(entry.hash)

    def _what_is_wrong(self, entry: AuditEntry) -> str:
        """The worst thing about an entry; blank if it is as it was written."""
        is_next = entry.number == self.result.number + 1
        if hash_of(entry) != entry.hash:
            return MOVED if _had_another_number(entry) else CHANGED
        if not self._is_sealed(entry):
            return NOT_OURS
        if is_next and entry.previous != self.follows and (self.follows or entry.number == 1):
            return DOES_NOT_FOLLOW
        return ""

    def _is_sealed(self, entry: AuditEntry) -> bool:
        """Whether the seal is right, or cannot be checked for now."""
        key = self.keys.get(entry.key_id)
        if key and not hmac.compare_digest(seal_of(entry, key), entry.seal):
            return False
        if entry.action == Action.AUDIT_FORGOTTEN:
            self.unvouched_forgotten = max(self.unvouched_forgotten, int(entry.details.get("through", 0)))
        if key:
            self.unvouched, self.forgotten = 0, self.unvouched_forgotten
        else:
            self.unvouched = self.unvouched or entry.number
        return True

    def _note(self, hash: str) -> None:
        self.has_expected = self.has_expected or hash == self.expected

    def end(self, head: AuditHead) -> Verification:
        """Compare what was walked with the head as it was before and is now."""
        result, now = self.result, _head()
        if self.unvouched:
            result.add(UNKNOWN_KEY, self.unvouched, result.number)
        if result.forgotten > self.forgotten:
            result.add(REMOVED, self.forgotten + 1, result.forgotten)
        if result.number < head.number:
            result.add(REMOVED, result.number + 1, head.number)
        elif result.number > now.number or (result.number == head.number and result.hash != head.hash):
            result.problems.append("The row that says where the log ends was changed: it does not name the last entry.")
        if not self.has_expected:
            result.problems.append(
                f"No entry has the hash {self.expected}: since it was noted, entries were cut off or written anew."
            )
        if missing := missing_triggers(connection):
            result.problems.append(
                f"The database does not protect the log, as triggers are missing ({', '.join(sorted(missing))}). "
                "`manage.py migrate` makes them again."
            )
        return result


def _head() -> AuditHead:
    """The end of the log; 0 if somebody took its row away."""
    return AuditHead.objects.first() or AuditHead()


def _had_another_number(entry: AuditEntry) -> bool:
    """Whether the entry is what was hashed, but for its number."""
    number = entry.number
    try:
        for other in range(max(number - FARTHEST_MOVE, 1), number + FARTHEST_MOVE + 1):
            entry.number = other
            if hash_of(entry) == entry.hash:
                return True
    finally:
        entry.number = number
    return False
