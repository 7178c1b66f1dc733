"""What is known of one stream, hour by hour, as a calendar: a column a day, a row an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.urls import reverse

from dashboard.page.coverage_words import MAY_CHANGE, REASONS
from logsync.coverage import Coverage, coverage_of_stream, without_pause
from logsync.health.stream_state import StreamState
from logsync.models import HourlyCount, Log, Stream
from logsync.spans import BEGINNING, Span
from logsync.words import counted, rfc3339

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAYS = 35
# Sizes in pixels: a day's column with its gap, an hour's row with its gap, and the line of dates above.
COLUMN, ROW, HEAD = 31, 9, 18

# How an hour is drawn, by the part of it that is known least; the worst comes first.
STATES = {
    "failed": ("m-bad", REASONS["failed"]),
    "waiting": ("m-wait", REASONS["waiting"]),
    "never_asked": ("m-hatch", REASONS["never_asked"]),
    "beyond": ("m-none", REASONS["beyond"]),
    "refused": ("m-none", REASONS["refused"]),
    "unproven": ("m-none", REASONS["unproven"]),
    "deleted": ("m-mid", REASONS["deleted"]),
    "late": ("m-warn", "being read again, as a row arrived late"),
    "provisional": ("m-dots", MAY_CHANGE),
    "settled": ("m-good", "complete"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Hours of a day in the same state, from the top down; `tops` are where each begins, in pixels."""

    state: str
    css: str
    words: str
    href: str
    tops: list[int]

    @property
    def is_crossed(self) -> bool:
        """Failure is also marked by a cross, for people who do not see its colour."""
        return self.state == "failed"


@dataclass(frozen=True, slots=True)
class Day:
    """A column: where it begins in pixels, its date (blank where dates would be too close), its blocks."""

    left: int
    label: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days, oldest first. `earlier` and `later` are days to go to, None if there is nothing."""

    days: list[Day]
    earlier: datetime | None
    later: datetime | None

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The class that draws each state that is drawn, and its words; the best comes first."""
        drawn = {block.state for day in self.days for block in day.blocks}
        found = [STATES[name] for name in reversed(STATES) if name in drawn]
        return [(css, words[0].upper() + words[1:]) for css, words in found]

    width = DAYS * COLUMN
    height = HEAD + 24 * ROW
    rect_width = COLUMN - 2
    rect_height = ROW - 1
    hour_labels = [(f"{hour:02}:00", HEAD + 8 + hour * ROW) for hour in (0, 6, 12, 18)]


def calendar_of(state: StreamState, last_day: datetime | None = None) -> Calendar:
    """The calendar of a stream up to a day, by default today. Days and hours are UTC."""
    today = _midnight(state.now)
    # No calendar begins before day one.
    last = max(min(_midnight(last_day or today), today), BEGINNING + DAYS * DAY)
    midnights = [last - number * DAY for number in reversed(range(DAYS))]
    shown = Span(midnights[0], min(last + DAY, state.now))
    hours = _states_by_hour(state.stream, shown, state.now)
    rows = _rows_by_hour(state.stream, shown)
    return Calendar(
        days=[
            Day(at * COLUMN, _label(midnight, at), _blocks(state.stream, midnight, hours, rows))
            for at, midnight in enumerate(midnights)
        ],
        earlier=last - DAYS * DAY if state.coverage.asked.since < midnights[0] else None,
        later=min(last + DAYS * DAY, today) if last < today else None,
    )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _label(midnight: datetime, at: int) -> str:
    """Every fourth date, counted from the newest."""
    return f"{midnight:%-d %b}" if (DAYS - 1 - at) % 4 == 0 else ""


def _states_by_hour(stream: Stream, shown: Span, now: datetime) -> dict[datetime, str]:
    """The state of each hour that has begun."""
    coverage = coverage_of_stream(stream, shown)
    states: dict[datetime, str] = {}
    # Write the worst last, over everything better.
    for name in reversed(STATES):
        for span in getattr(coverage, name):
            if not _is_pause(span, coverage, now):
                states |= dict.fromkeys(_hours(span), name)
            else:
                # What came in the pause may be read in the next round, so its hours are not complete either.
                states |= {hour: "provisional" for hour in _hours(span) if states.get(hour) in (None, "settled")}
    return states


def _is_pause(span: Span, coverage: Coverage, now: datetime) -> bool:
    """Whether it is the pause since the last round, which is no hole."""
    return bool(coverage.known) and span in coverage.waiting and not without_pause([span], now)


def _hours(span: Span) -> Iterator[datetime]:
    hour = span.since.replace(minute=0, second=0, microsecond=0)
    while hour < span.until:
        yield hour
        hour += HOUR


def _rows_by_hour(stream: Stream, shown: Span) -> dict[datetime, int]:
    counts = HourlyCount.objects.filter(
        account=stream.account_id, log=stream.log, idp_id=stream.idp_id, hour__gte=shown.since, hour__lt=shown.until
    )
    return dict(counts.values_list("hour", "total"))


def _blocks(stream: Stream, midnight: datetime, states: dict[datetime, str], rows: dict[datetime, int]) -> list[Block]:
    hours = [hour for number in range(24) if (hour := midnight + number * HOUR) in states]
    blocks = []
    for name, run in groupby(hours, key=lambda hour: states[hour]):
        alike = list(run)
        css, words = STATES[name]
        span = Span(alike[0], alike[-1] + HOUR)
        count = sum(rows.get(hour, 0) for hour in alike)
        number = f", {counted(count, 'row')}" if count or name == "settled" else ""
        end = "24:00" if span.until.hour == 0 else f"{span.until:%H:%M}"
        title = f"{midnight:%-d %b} {span.since:%H:%M} to {end} UTC: {words}{number}"
        tops = [HEAD + hour.hour * ROW for hour in alike]
        blocks.append(Block(name, css, title, list_address(stream, span), tops))
    return blocks


def list_address(stream: Stream, span: Span) -> str:
    """The list of all rows of a stream in a span."""
    since, until = (rfc3339(end, "seconds") for end in span)
    query = {"account": stream.account.account_id, "since": since, "until": until}
    if stream.log == Log.ACCESS_REQUESTS:
        return f"{reverse('logins:list')}?{urlencode({**query, 'allowed': 'any'})}"
    return f"{reverse('scim:list')}?{urlencode({**query, 'idp_id': stream.idp_id, 'status': 'any'})}"
