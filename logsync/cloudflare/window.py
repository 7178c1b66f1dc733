"""Read one window of a log page after page, without losing a row between two pages.

Cloudflare cuts pages by offset from a list that can grow anywhere, and shrink at its old end, while we read it; and the
order among rows of the same instant is not promised. So:

- A page that only repeats the one before is the end only if a page far beyond is empty, or if the newest rows of the
  window are known as well. (A server that ignores `page` sends its first rows for ever.)
- A row on two pages is either one row that others pushed along, or two identical rows. We then read the whole second in
  which it happened at once, where identical rows can be counted.
- When rows become too old and are deleted, all others move to the left, and the first ones of the next page are never
  shown. We see that at the end, when the oldest rows are gone from the first page, and read the window again. Late rows
  push them to the right instead, where we find them as long as they are on the page. A row is kept for at least a day
  and late by minutes, so none comes and goes during one reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Generic, Protocol, TypeVar

from logsync.cloudflare.errors import WindowOverflowError
from logsync.words import exact_moment

SECOND = timedelta(seconds=1)
# A page this many times further on is empty, if the server honours `page`.
FAR = 1000
# If rows of more seconds than this come twice, late rows have moved the pages, and a shorter window helps.
MOST_DOUBTFUL_SECONDS = 3
MOST_READS_OF_A_SECOND = 4
MOST_READINGS = 4


class Row(Protocol):
    """What a record must have: its identity among rows, and when it happened (None if unreadable)."""

    @property
    def identity(self) -> str: ...
    @property
    def time(self) -> datetime | None: ...


Record = TypeVar("Record", bound=Row)


class Fetch(Protocol[Record]):
    """Fetches one page of a window: `page` counts from 1, `direction` is asc or desc."""

    def __call__(self, since: datetime, until: datetime, page: int, direction: str) -> list[Record]: ...


@dataclass
class Front(Generic[Record]):
    """The oldest rows of a window: those of its first instant, and the rest of the pages that they are on."""

    rows: list[Record] = field(default_factory=list)
    pages: int = 0
    is_only_page: bool = True

    def add(self, rows: list[Record]) -> None:
        """Add the next page, if it can have rows of the first instant."""
        self.is_only_page = not self.rows
        if not self.rows or self.rows[-1].time == self.rows[0].time:
            self.rows += rows
            self.pages += 1

    def is_within(self, rows: Iterable[Record]) -> bool:
        """Whether every row of the first instant is among these, as many times as before."""
        return _identities(row for row in self.rows if row.time == self.rows[0].time) <= _identities(rows)


@dataclass
class Window(Generic[Record]):
    """The rows with since <= time < until, and those whose time is unreadable.

    `page_size`: if the only page has fewer rows, it was the whole window for sure.
    """

    fetch: Fetch[Record]
    since: datetime
    until: datetime
    page_size: int = 1

    def pages(self) -> Iterator[list[Record]]:
        """Yield the rows, oldest first, a page at a time; identical rows come together in one page.

        If rows were deleted meanwhile, all of them come again from the start.
        Raises WindowOverflowError when only a shorter window can be read.
        """
        for _ in range(MOST_READINGS):
            front = yield from self._reading()
            if self._is_still_there(front):
                return
        raise WindowOverflowError(
            f"Cloudflare dropped the oldest rows of a window each of the {MOST_READINGS} times that it was read; "
            "what came is kept, and a shorter window is asked for."
        )

    def _reading(self) -> Generator[list[Record], None, Front[Record]]:
        """One reading of the window from its start to its end; returns its oldest rows."""
        # What the next page is compared with: the page before it, and the rest of the second in which that ended.
        known: set[str] = set()
        edge: list[Record] = []
        front: Front[Record] = Front()
        for rows in self._pages_of(self.since, self.until):
            front.add(rows)
            if again := [row for row in rows if row.identity in known]:
                yield from self._in_one_piece(again)
            yield self._inside(rows)
            edge = [row for row in [*edge, *rows] if _second(row) == _second(rows[-1])]
            known = {row.identity for row in [*rows, *edge]}
        return front

    def _is_still_there(self, front: Front[Record]) -> bool:
        if front.is_only_page and len(front.rows) < self.page_size:
            return True
        pages = [self.fetch(self.since, self.until, page, "asc") for page in range(1, front.pages + 1)]
        return front.is_within(chain.from_iterable(pages))

    def _inside(self, rows: Iterable[Record]) -> list[Record]:
        return [row for row in rows if row.time is None or self.since <= row.time < self.until]

    def _pages_of(self, since: datetime, until: datetime) -> Iterator[list[Record]]:
        """The pages as they come, up to an empty one, or until the server only repeats itself."""
        page = 1
        last: list[Record] = []
        while rows := self.fetch(since, until, page, "asc"):
            if _identities(rows) == _identities(last) and self.fetch(since, until, page * FAR, "asc"):
                self._check_that_nothing_lies_beyond(since, until, rows, is_first=page == 2)
                return
            yield rows
            last = rows
            page += 1

    def _check_that_nothing_lies_beyond(
        self, since: datetime, until: datetime, rows: list[Record], *, is_first: bool
    ) -> None:
        """A server that repeats a page is at its end only if reading from the other end shows nothing else.

        If it repeats the first page, that page must be all there is; if a later one, the newest rows must be in it.
        """
        newest, here = _identities(self.fetch(since, until, 1, "desc")), _identities(rows)
        is_end = newest == here if is_first else here <= newest
        # A full page of one instant may hide more rows of it, as both directions may begin with the same ones.
        is_in_doubt = 1 < len(rows) >= self.page_size and rows[0].time == rows[-1].time
        if is_in_doubt or not is_end:
            raise WindowOverflowError(
                f"Cloudflare sends the same {len(rows)} rows for every page of a window that holds more."
            )

    def _in_one_piece(self, again: list[Record]) -> Iterator[list[Record]]:
        """The whole of each second in which a row came twice."""
        seconds = {second for row in again if (second := _second(row)) is not None}
        if len(seconds) > MOST_DOUBTFUL_SECONDS:
            raise WindowOverflowError(f"Late rows moved the pages: rows of {len(seconds)} seconds came twice.")
        for second in sorted(seconds):
            rows = self._second_read_alike_twice(second)
            yield self._inside(row for row in rows if _second(row) == second)

    def _second_read_alike_twice(self, second: datetime) -> list[Record]:
        """All rows of a second, read until they come on the same pages twice: then none was moved meanwhile."""
        before = list(self._pages_of(second, second + SECOND))
        for _ in range(MOST_READS_OF_A_SECOND - 1):
            pages = list(self._pages_of(second, second + SECOND))
            if list(map(_identities, pages)) == list(map(_identities, before)):
                return [row for page in pages for row in page]
            before = pages
        raise WindowOverflowError(f"The rows of {exact_moment(second)} come on other pages at every request.")


def _identities(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row.identity for row in rows)


def _second(row: Row) -> datetime | None:
    return row.time.replace(microsecond=0) if row.time is not None else None
