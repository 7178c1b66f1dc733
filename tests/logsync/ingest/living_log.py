"""A log of Cloudflare's in memory: rows show up late, leave at its far end, and its clock is not this machine's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from logsync.cloudflare.clock import TRUSTED_DIFFERENCE, CloudflareClock
from logsync.cloudflare.records import AccessRequest as Record
from logsync.cloudflare.window import Window
from logsync.coverage import State, spans_of
from logsync.models import AccessRequest, Stream
from logsync.spans import Span

SECOND = timedelta(seconds=1)


class LogRow(NamedTuple):
    """A login: when it happened, to the second, its Ray ID, and how much later it shows up."""

    at: datetime
    ray: str
    late: timedelta = timedelta()


@dataclass
class LivingLog:
    """Stands in for the client, and cuts pages by offset, as Cloudflare does.

    `now` is Cloudflare's clock, `machine` sets that of this machine, which is `ahead` of it. A request `takes` so long.
    With request number n this machine's clock is set to be `steps[n]` ahead; if n is negative, just after the answer.
    Rows that are older than `retention` are gone.
    """

    rows: list[LogRow]
    now: datetime
    machine: Any
    page_size: int = 1000
    tie_seed: int = 0
    ignores_page: bool = False
    retention: timedelta | None = None
    takes: timedelta = timedelta()
    ahead: timedelta = timedelta()
    steps: dict[int, timedelta] = field(default_factory=dict)
    requests: int = 0
    clock: CloudflareClock = field(default_factory=CloudflareClock)

    def __post_init__(self) -> None:
        self.wait(timedelta())

    def wait(self, duration: timedelta) -> None:
        self.now += duration
        self.machine.move_to(self.now + self.ahead, tick=False)

    def set_clock(self, ahead: timedelta) -> None:
        """Set this machine's clock so far ahead of Cloudflare's."""
        self.ahead = ahead
        self.wait(timedelta())

    # The client

    def for_account(self, account_id: str) -> LivingLog:
        return self

    def access_requests(self, since: datetime, until: datetime) -> Iterator[list[Record]]:
        return Window(self.fetch, since, until, page_size=self.page_size).pages()

    def oldest_access_request(self, since: datetime, until: datetime) -> datetime | None:
        rows = self.fetch(since, until, 1, "asc")
        return rows[0].time if rows else None

    def fetch(self, since: datetime, until: datetime, page: int, direction: str) -> list[Record]:
        self.requests += 1
        self.wait(self.takes)
        self.set_clock(self.steps.get(self.requests, self.ahead))
        there = [row for row in self.rows if self.shows(row)]
        Random(self.tie_seed).shuffle(there)
        there.sort(key=lambda row: row.at, reverse=direction == "desc")
        inside = [row for row in there if since - SECOND <= row.at <= until + SECOND]
        start = 0 if self.ignores_page else (page - 1) * self.page_size
        self.clock.note_cloudflare_time(self.now.replace(microsecond=0))
        self.set_clock(self.steps.get(-self.requests, self.ahead))
        return [_record(row) for row in inside[start : start + self.page_size]]

    def shows(self, row: LogRow) -> bool:
        return row.at + row.late <= self.now and (self.retention is None or row.at >= self.now - self.retention)

    # What came of it

    def counted(self, *spans: Span) -> Counter[tuple[str, datetime]]:
        """The rows of these spans, as often as they are there."""
        return Counter((row.ray, row.at) for row in self.rows if _is_in(row.at, spans))

    def check_claims(self, stream: Stream) -> None:
        """Fail unless all that ever happens in settled time is stored, once each, and no future is known."""
        settled = spans_of(stream, State.SETTLED)
        known = spans_of(stream, State.SETTLED, State.PROVISIONAL)
        assert stored(*settled) == self.counted(*settled)
        assert all(span.until <= self.now + TRUSTED_DIFFERENCE for span in known)


def stored(*spans: Span) -> Counter[tuple[str, datetime]]:
    """The rows in the table, of these spans."""
    rows = AccessRequest.objects.values_list("ray_id", "created_at")
    return Counter((ray, at) for ray, at in rows if _is_in(at, spans))


def _is_in(at: datetime, spans: tuple[Span, ...]) -> bool:
    return any(span.since <= at < span.until for span in spans)


def _record(row: LogRow) -> Record:
    return Record.from_json({"created_at": f"{row.at:%Y-%m-%dT%H:%M:%SZ}", "ray_id": row.ray})
