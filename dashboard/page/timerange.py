"""The time range of a page, read from its address.

It has a name (`range=24h`, `range=today`) or ends of its own (`since`, `until`). With `zone`, days are days of that
time zone, and ends may be given as people type them; without it, days are those of UTC, and ends RFC 3339.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from dashboard.page.typed_time import read_typed
from dashboard.page.viewer import UTC_NAMES, Viewer, zone_named
from dashboard.page.wording import UTC_FIRST, days_words, long_span, moment
from logsync.spans import BEGINNING, END, Span

DEFAULT_RANGE = "24h"
# The parameters that say a range.
RANGE_PARAMETERS = ("range", "since", "until", "zone")
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


def _day(today: date, back: int) -> date:
    return today - timedelta(days=back)


def _week(today: date, back: int) -> date:
    """The Monday of a week."""
    return today - timedelta(days=today.weekday() + 7 * back)


def _month(today: date, back: int) -> date:
    """The first day of a month."""
    months = today.year * 12 + today.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


# The first day of a unit of the calendar so many units ago; how many units ago a range begins.
CALENDAR: dict[str, tuple[Callable[[date, int], date], int]] = {
    "today": (_day, 0),
    "yesterday": (_day, 1),
    "this-week": (_week, 0),
    "last-week": (_week, 1),
    "this-month": (_month, 0),
    "last-month": (_month, 1),
}


@dataclass(frozen=True, slots=True)
class TimeRange:
    """since <= t < until, where an end that is None is open. `name` is one of RANGES, "" for chosen ends.

    A range of the calendar has chosen ends and one of CALENDAR as `calendar`; its days are of `zone`. `viewer` reads
    the words. `problem` says what is wrong if the address could not be read; the range is then the default.
    """

    since: datetime | None
    until: datetime | None
    name: str
    now: datetime
    problem: str = ""
    calendar: str = ""
    zone: tzinfo = UTC
    viewer: Viewer = UTC_FIRST

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_RANGE

    @property
    def words(self) -> str:
        """The range in words: "last 24 hours", "yesterday", "18 to 20 Nov 2026"."""
        if self.name:
            return RANGES[self.name][1]
        if self.calendar:
            word = self.calendar.replace("-", " ")
            return word if self.zone == (self.viewer.first or UTC) else f"{word} ({zone_word(self.zone)})"
        return self.exact_words

    @property
    def exact_words(self) -> str:
        """The range by its ends: "18 to 20 Nov 2026 (UTC)", "since 9 Nov 2026 06:00 UTC"."""
        if self.since and self.until:
            span, zone = Span(self.since, self.until), self.viewer.first or UTC
            if days := days_words(span, zone):
                return f"{days} ({self.viewer.first_word})"
            return long_span(span, self.viewer)
        if self.since:
            return f"since {moment(self.since, self.viewer)}"
        return f"until {moment(self.until, self.viewer)}" if self.until else RANGES["all"][1]

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

    def neighbour(self, steps: int) -> Span | None:
        """Where the arrow back (-1) or on (1) leads: to a whole day, week or month from one, else `earlier` or `later`.

        None if it leads nowhere.
        """
        if not self.calendar:
            return self.earlier if steps < 0 else self.later
        first_of, back = CALENDAR[self.calendar]
        if back - steps < 0:
            return None
        return _days_of(first_of, back - steps, self.now, self.zone)

    @classmethod
    def read(cls, query: QueryDict, now: datetime, viewer: Viewer = UTC_FIRST) -> TimeRange:
        """Read the address. Never raises: see `problem`."""
        zone: tzinfo | None = zone_named(query.get("zone", ""))
        if query.get("zone") in UTC_NAMES:
            zone = UTC
        if query.get("zone") and zone is None:
            problem = f"There is no time zone “{query['zone']}”; write it as Europe/Berlin."
            return cls._named(DEFAULT_RANGE, now, viewer, problem)
        if query.get("since") or query.get("until"):
            return cls._chosen(query, now, viewer, zone)
        name = query.get("range") or DEFAULT_RANGE
        if name in CALENDAR:
            span = _days_of(*CALENDAR[name], now, zone or UTC)
            until = span.until if span.until <= now else None
            return cls(span.since, until, "", now, calendar=name, zone=zone or UTC, viewer=viewer)
        if name not in RANGES:
            names = ", ".join([*RANGES, *CALENDAR])
            problem = f"There is no range “{name}”; choose one of {names}, or give since and until."
            return cls._named(DEFAULT_RANGE, now, viewer, problem)
        return cls._named(name, now, viewer)

    @classmethod
    def _named(cls, name: str, now: datetime, viewer: Viewer, problem: str = "") -> TimeRange:
        length, _ = RANGES[name]
        return cls(now - length if length else None, None, name, now, problem, viewer=viewer)

    @classmethod
    def _chosen(cls, query: QueryDict, now: datetime, viewer: Viewer, zone: tzinfo | None) -> TimeRange:
        ends: dict[str, datetime | None] = {}
        for name in ("since", "until"):
            text = query.get(name, "")
            ends[name] = _end(text, now, zone, is_end=name == "until")
            if text and ends[name] is None:
                how = "19 Nov 2026 14:00 or 2026-11-19T14:00:00Z" if zone else "2026-11-19T14:00:00Z"
                return cls._named(DEFAULT_RANGE, now, viewer, f"{name}={text} is not a time; write it as {how}.")
        since, until = ends["since"], ends["until"]
        if since and until and since >= until:
            problem = "The range ends before it begins; swap since and until."
            return cls._named(DEFAULT_RANGE, now, viewer, problem)
        return cls(since, until, "", now, zone=zone or UTC, viewer=viewer)


def read_range(request: HttpRequest, default: str) -> TimeRange:
    """The range of the address, with a default of the page's own."""
    query = request.GET.copy()
    if not any(query.get(name) for name in ("range", "since", "until")):
        query["range"] = default
    return TimeRange.read(query, timezone.now(), Viewer.of(request))


def zone_word(zone: tzinfo) -> str:
    """A zone as people call it: the city, or UTC."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def _days_of(first_of: Callable[[date, int], date], back: int, now: datetime, zone: tzinfo) -> Span:
    """A day, week or month of a zone, so many ago."""
    today = now.astimezone(zone).date()
    first, following = first_of(today, back), first_of(today, back - 1)
    return Span(*(datetime.combine(day, time.min, zone).astimezone(UTC) for day in (first, following)))


def _end(text: str, now: datetime, zone: tzinfo | None, *, is_end: bool) -> datetime | None:
    """A moment as an address gives it; in a zone, times without one are of it, and may be typed."""
    if zone is None:
        return parse_moment(text)
    typed = read_typed(text, now, zone, is_end=is_end)
    return _within_limits(typed) if typed else parse_moment(text, zone)


def parse_moment(text: str, zone: tzinfo = UTC) -> datetime | None:
    """A moment from RFC 3339, or from a date or a time without a zone; None if it is none of these.

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
    return _within_limits(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _within_limits(moment: datetime) -> datetime:
    # Compare first: in the first and last hours of the calendar, UTC may be outside it.
    try:
        return min(max(moment, EARLIEST), LATEST).astimezone(UTC)
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST
