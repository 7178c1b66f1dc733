"""The time range of a page, read from its address: `range`, or `since` and `until` (RFC 3339)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from dashboard.page.wording import UTC_FIRST, long_span, moment
from logsync.spans import BEGINNING, END, Span

DEFAULT_RANGE = "24h"
# No row is from outside these. Reckoning with times further out, or in another zone, would leave the calendar.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
RANGES: dict[str, tuple[timedelta | None, str]] = {
    "15m": (timedelta(minutes=15), "last 15 minutes"),
    "1h": (timedelta(hours=1), "last hour"),
    "24h": (timedelta(hours=24), "last 24 hours"),
    "7d": (timedelta(days=7), "last 7 days"),
    "30d": (timedelta(days=30), "last 30 days"),
    "90d": (timedelta(days=90), "last 90 days"),
    "all": (None, "all time"),
}


@dataclass(frozen=True, slots=True)
class TimeRange:
    """since <= t < until, where an end that is None is open. `name` is one of RANGES, "" for chosen ends.

    `problem` says what is wrong if the address could not be read; the range is then the default.
    """

    since: datetime | None
    until: datetime | None
    name: str
    now: datetime
    problem: str = ""

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_RANGE

    @property
    def words(self) -> str:
        if self.name:
            return RANGES[self.name][1]
        if self.since and self.until:
            return long_span(Span(self.since, self.until))
        if self.since:
            return f"since {moment(self.since, UTC_FIRST)}"
        return f"until {moment(self.until, UTC_FIRST)}" if self.until else RANGES["all"][1]

    @property
    def length(self) -> timedelta | None:
        """How long the range is, up to now if it has no end of its own; None if it has no beginning."""
        return max((self.until or self.now) - self.since, timedelta()) if self.since else None

    @property
    def span(self) -> Span:
        """The range as a span, open where it has no end of its own."""
        return Span(self.since or BEGINNING, self.until or END)

    @property
    def earlier(self) -> Span | None:
        """The span of equal length just before; None if the range has no beginning, or has not begun."""
        before = self.span._replace(until=self.until or self.now).before
        return before if before and before.since >= EARLIEST else None

    @property
    def later(self) -> Span | None:
        """The span of equal length just after, up to now; None if the range reaches to now."""
        if self.until is None or self.length is None or self.until >= self.now:
            return None
        return Span(self.until, min(self.until + self.length, self.now))

    @classmethod
    def read(cls, query: QueryDict, now: datetime) -> TimeRange:
        """Read the address. Never raises: see `problem`."""
        if query.get("since") or query.get("until"):
            return cls._chosen(query, now)
        name = query.get("range") or DEFAULT_RANGE
        if name not in RANGES:
            problem = f"There is no range “{name}”; choose one of {', '.join(RANGES)}, or give since and until."
            return cls._named(DEFAULT_RANGE, now, problem)
        return cls._named(name, now)

    @classmethod
    def _named(cls, name: str, now: datetime, problem: str = "") -> TimeRange:
        length, _ = RANGES[name]
        return cls(now - length if length else None, None, name, now, problem)

    @classmethod
    def _chosen(cls, query: QueryDict, now: datetime) -> TimeRange:
        ends: dict[str, datetime | None] = {}
        for name in ("since", "until"):
            text = query.get(name, "")
            ends[name] = parse_moment(text)
            if text and ends[name] is None:
                problem = f"{name}={text} is not a time; write it as 2026-11-19T14:00:00Z."
                return cls._named(DEFAULT_RANGE, now, problem)
        since, until = ends["since"], ends["until"]
        if since and until and since >= until:
            return cls._named(DEFAULT_RANGE, now, "The range ends before it begins; swap since and until.")
        return cls(since, until, "", now)


def parse_moment(text: str) -> datetime | None:
    """A moment from RFC 3339, or from a date or a time without a zone, taken as UTC; None if it is none of these.

    A moment before EARLIEST or after LATEST is taken as that: it asks for the same rows.
    """
    # In an address a bare "+" arrives as a blank.
    text = text.strip().upper()
    text = text.replace(" ", "+") if text.count("T") == 1 else text
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = datetime(day.year, day.month, day.day)
        if moment is None:
            return None
    except ValueError:
        return None
    # Compare first: in the first and last hours of the calendar, UTC may be outside it.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)
