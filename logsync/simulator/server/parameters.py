"""Query parameters as Cloudflare reads them; it answers what it can't read with code 12091."""

import re
from dataclasses import dataclass

from logsync.simulator import nanoseconds
from logsync.simulator.server.http import INVALID_VALUE, Query, Refused

# The Access lists take no other page sizes.
ACCESS_PAGE_SIZES = frozenset({1, 5, 10, 20, 25, 50, 100, 1000})
ACCOUNT_PAGE_SIZES = frozenset(range(5, 51))


@dataclass(frozen=True)
class Paging:
    page: int
    per_page: int

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.per_page

    def info(self, *, count: int, total_count: int) -> dict[str, int]:
        return {"page": self.page, "per_page": self.per_page, "count": count, "total_count": total_count}


def paging(query: Query, default: int, sizes: frozenset[int] = ACCESS_PAGE_SIZES) -> Paging:
    """Read `page`, `per_page` and `limit`; if both of the last two are given, the smaller one counts."""
    per_page = integer(query, "per_page")
    if per_page is not None and per_page not in sizes:
        raise Refused(INVALID_VALUE)
    given = [size for size in (per_page, integer(query, "limit")) if size is not None]
    return Paging(page=integer(query, "page") or 1, per_page=min(given, default=default))


def integer(query: Query, name: str) -> int | None:
    value = last(query, name)
    if value is None:
        return None
    if not re.fullmatch("[1-9][0-9]{0,8}", value):
        raise Refused(INVALID_VALUE)
    return int(value)


def choice(query: Query, name: str, *choices: str) -> str:
    """Return the chosen word, or the first one if none is chosen."""
    value = last(query, name) or choices[0]
    if value not in choices:
        raise Refused(INVALID_VALUE)
    return value


def window(query: Query, earliest: int, latest: int) -> tuple[int, int]:
    """Return the first and the last nanosecond that `since` and `until` admit.

    Both are inclusive to the precision in which they are written: `until=...:05Z` includes all of that second.
    """
    since, _ = moment(query, "since") or (earliest, 1)
    until, precision = moment(query, "until") or (latest, 1)
    return max(since, earliest), min(until + precision - 1, latest)


def moment(query: Query, name: str) -> tuple[int, int] | None:
    value = last(query, name)
    if not value:
        return None
    try:
        return nanoseconds.parse(value)
    except ValueError:
        raise Refused(INVALID_VALUE) from None


def last(query: Query, name: str) -> str | None:
    values = query.get(name)
    return values[-1] if values else None
