"""Which form an object of Access had at a moment, by when each was seen and when Cloudflare says it changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from logsync.insight.why.facts import Change


@dataclass(frozen=True, slots=True)
class Form:
    """When a form of an object was seen, and the primary key of its snapshot, which has the content."""

    pk: int
    first_seen_at: datetime
    last_seen_at: datetime
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The form that is taken for a moment; `is_proved` if it is proved to be that of the moment.

    `is_gone` is true if Cloudflare had said by then that the object no longer exists; the form is then its last.
    `changes` are those after the moment, and those of which it isn't known whether they came before it.
    """

    form: Form
    is_proved: bool
    is_gone: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Timeline:
    """All forms of an object, the oldest first, and when it was first said to be gone."""

    kind: str
    object_id: str
    name: str
    gone_at: datetime | None
    forms: Sequence[Form]

    @cached_property
    def begins(self) -> list[datetime]:
        """From when on the object is proved to have had each form.

        That is when it was first seen, or when Cloudflare says that it changed, if that is after the form before was
        last seen: no change came in between.
        """
        found: list[datetime] = []
        for place, form in enumerate(self.forms):
            earliest = self.forms[place - 1].last_seen_at if place else None
            began = form.first_seen_at
            if form.updated_at and form.updated_at <= began and (earliest is None or earliest <= form.updated_at):
                began = form.updated_at
            found.append(max(began, found[-1]) if found else began)
        return found

    @property
    def is_edited(self) -> bool:
        """Whether Cloudflare says that the first form came from a change."""
        return bool(self.forms[0].updated_at)

    def at(self, moment: datetime | None) -> Moment:
        """The form at a moment: the last that had begun by then, or else the first; the newest for no moment."""
        if moment is None:
            return Moment(self.forms[-1], is_proved=True, is_gone=self.gone_at is not None, changes=())
        place = max(bisect_right(self.begins, moment) - 1, 0)
        form = self.forms[place]
        is_gone = self.gone_at is not None and self.gone_at <= moment
        is_proved = is_gone or self.begins[place] <= moment <= form.last_seen_at
        return Moment(form, is_proved, is_gone, tuple(self._changes(place, moment)))

    def bounds(self) -> Iterator[datetime]:
        """The moments at which `at` may begin to have another answer."""
        yield from self.begins
        yield from (form.last_seen_at for form in self.forms)
        if self.gone_at:
            yield self.gone_at

    def _changes(self, place: int, moment: datetime) -> Iterator[Change]:
        first, last = self.forms[0], self.forms[-1]
        if first.updated_at and moment < self.begins[0]:
            # What it was before, nobody knows, only that Cloudflare says that it changed.
            yield self._change(None, first.first_seen_at, first.updated_at)
        for before, after in pairwise(self.forms[place:]):
            is_told = after.updated_at and before.last_seen_at <= after.updated_at <= after.first_seen_at
            yield self._change(before.last_seen_at, after.first_seen_at, after.updated_at if is_told else None)
        if self.gone_at and moment < self.gone_at:
            yield self._change(last.last_seen_at, self.gone_at, None)

    def _change(self, after: datetime | None, by: datetime, at: datetime | None) -> Change:
        return Change(self.kind, self.object_id, self.name, after, by, at)
