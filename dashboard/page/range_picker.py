"""The control over a page that chooses its range: ranges with a name, ends that are typed, days that are clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.page.query_string import QueryString
from dashboard.page.timerange import CALENDAR, RANGE_PARAMETERS, RANGES, TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import days_words, span_words
from logsync.spans import Span
from logsync.words import rfc3339


@dataclass(frozen=True, slots=True)
class RangeLink:
    """A range with a name: its words, the address that chooses it, and whether it is chosen."""

    words: str
    href: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RangePicker:
    """Everything the control shows, on the clock that comes first for the viewer."""

    # The range in words, and by its dates where the words don't give them.
    words: str
    dates: str
    # Ranges that end now, and those of the calendar.
    recent: Sequence[RangeLink]
    calendar: Sequence[RangeLink]
    # The ends as they would be typed; blank where open.
    since: str
    until: str
    # The zone in which the form's ends are read: what it is called, and its name.
    zone_word: str
    zone: str
    # The days of the range, and the present day, as the clicked calendar marks them (2026-11-19).
    first_day: str
    last_day: str
    today: str
    # Hidden fields of the form.
    hidden: Sequence[tuple[str, str]]
    # The ranges just before and after, and what to call them; blank where there is none.
    earlier_href: str
    later_href: str
    earlier_words: str
    later_words: str


def picker_of(range: TimeRange, address: QueryString) -> RangePicker:
    """The control of a page's range, at this address of the page."""
    viewer = range.viewer
    zone = viewer.first.key if viewer.first else "UTC"
    anew = dict.fromkeys(RANGE_PARAMETERS)
    known = Span(range.since, range.until or range.now) if range.since else None
    is_by_name = bool(range.name or range.calendar)
    return RangePicker(
        words=range.words[0].upper() + range.words[1:],
        dates=_dates(known, viewer) if known and is_by_name else "",
        recent=[
            RangeLink(words.capitalize(), address.replacing(**anew | {"range": name}), range.name == name)
            for name, (_, words) in RANGES.items()
        ],
        calendar=[_calendar_link(range, address, name, zone) for name in CALENDAR],
        since=_typed(range, range.since),
        until=_typed(range, range.until),
        zone_word=viewer.first_word,
        zone=zone,
        first_day=_day(range, range.since),
        last_day=_day(range, range.until - timedelta.resolution if range.until else range.now),
        today=_day(range, range.now),
        hidden=address.hidden(*RANGE_PARAMETERS),
        earlier_href=_moved(address, range.neighbour(-1)),
        later_href=_moved(address, range.neighbour(1)),
        earlier_words=_neighbour_words(range, "before"),
        later_words=_neighbour_words(range, "after"),
    )


def _dates(span: Span, viewer: Viewer) -> str:
    return days_words(span, viewer.first or UTC) or span_words(span, viewer)


def _calendar_link(range: TimeRange, address: QueryString, name: str, zone: str) -> RangeLink:
    asked = dict.fromkeys(RANGE_PARAMETERS) | {"range": name, "zone": None if zone == "UTC" else zone}
    is_chosen = range.calendar == name and range.zone == (range.viewer.first or UTC)
    return RangeLink(name.replace("-", " ").capitalize(), address.replacing(**asked), is_chosen)


def _typed(range: TimeRange, at: datetime | None) -> str:
    """A moment as one would type it: "19 Nov 2026 14:00", with seconds where it has some."""
    if at is None:
        return ""
    local = range.viewer.local(at)
    return f"{local:%-d %b %Y %H:%M:%S}" if local.second else f"{local:%-d %b %Y %H:%M}"


def _day(range: TimeRange, at: datetime | None) -> str:
    return f"{range.viewer.local(at):%Y-%m-%d}" if at else ""


def _neighbour_words(range: TimeRange, side: str) -> str:
    """What the arrow leads to: "The day before", "The same length of time after"."""
    units = {"today": "day", "yesterday": "day", "this-week": "week", "last-week": "week"}
    unit = units.get(range.calendar, "month") if range.calendar else "same length of time"
    return f"The {unit} {side}"


def _moved(address: QueryString, ends: Span | None) -> str:
    if ends is None:
        return ""
    # To the microsecond, or rows between two ranges would be in neither of them.
    since, until = (rfc3339(end, "auto") for end in ends)
    return address.replacing(range=None, zone=None, since=since, until=until)
