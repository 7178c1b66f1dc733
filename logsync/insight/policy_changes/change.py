"""One change of something in the configuration of Access, as far as it is known: what, when, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from logsync.models import AccessObject
from logsync.spans import Span

# What kinds of things are called in a sentence.
KINDS: dict[str, str] = {str(kind): str(word) for kind, word in AccessObject.Kind.choices}


class Origin(StrEnum):
    """What a change is known by, in the order in which changes of one moment are listed."""

    # Two readings that differ.
    SNAPSHOT = "snapshot"
    # An entry of Cloudflare's audit log, without readings before and after it that differ.
    ENTRY = "entry"
    # Cloudflare's answer that there is no such thing any more.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did it, as Cloudflare's audit log says; `actor_email` and `action` as they came, blank if it doesn't say."""

    changed_at: datetime
    action: str
    actor_email: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A change; `number` is the primary key of the snapshot, the entry or the object, by its `origin`.

    It happened after `after` (None if it isn't known how long before) and no later than `by`: the readings before and
    after it. `at` is when, if Cloudflare says so; `listed_at` the moment by which lists order it.
    """

    origin: Origin
    number: int
    account_id: int
    kind: str
    object_id: str
    name: str
    after: datetime | None
    by: datetime
    at: datetime | None = None
    entries: tuple[Entry, ...] = ()
    listed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The kind and the id of what changed."""
        return self.kind, self.object_id

    @property
    def place(self) -> tuple[datetime, str, int]:
        """Its place in the order of all changes."""
        return self.listed_at or self.moment, self.origin, self.number

    @property
    def moment(self) -> datetime:
        """When it happened, or else the latest moment at which it may have."""
        return self.at or self.by

    @property
    def span(self) -> Span:
        """The time within which it happened, both ends included."""
        return Span(self.at, self.at) if self.at else Span(self.after or self.by, self.by)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who made it, each once."""
        return tuple(dict.fromkeys(entry.actor_email for entry in self.entries if entry.actor_email))

    def with_entries(self, entries: tuple[Entry, ...]) -> Self:
        """The same with the entries of the audit log that fit; the last of them says when, if nothing else does."""
        last = max((entry.changed_at for entry in entries), default=None)
        return replace(self, entries=entries, at=self.at or last)
