"""One window of a log, read page after page, so that no row is lost between two pages.

Cloudflare cuts pages by offset from a list that may grow anywhere and shrink at its old end while it is read, and
promises no order among rows of one instant. So an end is not believed, a row that comes twice is looked into, and
what came first is asked for again at the end:

- A page that only repeats the one before is the end if the server has nothing on a page far beyond, or if the newest
  rows of the window are known as well: a server that ignores `page` sends its first rows for ever.
- A row on two pages is one row that was moved by others, or two rows that are alike. The second in which it happened
  is then read in one piece, where alike rows can be counted.
- Rows that are dropped at the old end, because they are too old to be kept, pull all others to the left, and what
  stood at the start of the next page is never shown. Then the oldest rows of the window are gone from its first page,
  and the window is read again. Late rows push them to the right instead, where they are found as long as they are on
  the page. A row is kept for a day at least and late by minutes, so that none comes and goes during one reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Generic, Protocol, TypeVar

from logsync.cloudflare.errors import WindowOverflowError

SECOND = timedelta(seconds=1)
# So many times further on, a list that honours `page` is at its end.
FAR = 1000
# Rows of more seconds than this come twice only when late rows have moved the pages; then a shorter window helps.
MOST_DOUBTFUL_SECONDS = 3
MOST_READS_OF_A_SECOND = 4
MOST_READINGS = 4


class Row(Protocol):
    """What a record must tell: its identity among rows, and when it happened (None if unreadable)."""

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
    """The oldest rows of a window: those of its first instant, and what else is on the pages where they are."""

    rows: list[Record] = field(default_factory=list)
    pages: int = 0
    is_only_page: bool = True

    def add(self, rows: list[Record]) -> None:
        """Take the next page, if rows of the first instant may be on it."""
        self.is_only_page = not self.rows
        if not self.rows or self.rows[-1].time == self.rows[0].time:
            self.rows += rows
            self.pages += 1

    def is_within(self, rows: Iterable[Record]) -> bool:
        """Whether every row of the first instant is there, as many times as it was."""
        return _identities(row for row in self.rows if row.time == self.rows[0].time) <= _identities(rows)


@dataclass
class Window(Generic[Record]):
    """The rows with since <= time < until, and those whose time is unreadable.

    `page_size`: a page with fewer rows, and none after it, was the whole window for sure.
    """

    fetch: Fetch[Record]
    since: datetime
    until: datetime
    page_size: int = 1

    def pages(self) -> Iterator[list[Record]]:
        """Yield the rows, oldest first, a page at a time; rows that are alike come in one page together.

        Where rows were dropped meanwhile, all of them come again from the start.
        Raises WindowOverflowError when a shorter window must be asked for.
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
        # What the next page is held against: the page before it, and the rest of the second in which that ended.
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
        """The pages as they come, up to an empty one, or to where the server only repeats itself."""
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
        """A server that repeats a page is at its end only if it shows nothing else when read from the other end.

        If it repeats the first page, that page must be all there is; if a later one, the newest rows must be in it.
        """
        newest, here = _identities(self.fetch(since, until, 1, "desc")), _identities(rows)
        is_end = newest == here if is_first else here <= newest
        if not is_end:
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
        """All rows of a second. Only what comes twice on the same pages was not moved meanwhile."""
        before = list(self._pages_of(second, second + SECOND))
        for _ in range(MOST_READS_OF_A_SECOND - 1):
            pages = list(self._pages_of(second, second + SECOND))
            if list(map(_identities, pages)) == list(map(_identities, before)):
                return [row for page in pages for row in page]
            before = pages
        raise WindowOverflowError(f"The rows of {second:%Y-%m-%d %H:%M:%S} UTC come on other pages at every request.")


def _identities(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row.identity for row in rows)


def _second(row: Row) -> datetime | None:
    return row.time.replace(microsecond=0) if row.time is not None else None
