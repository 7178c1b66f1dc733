"""What Cloudflare saw: every call, and what their order proves."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from logsync.cloudflare.window import FAR
from logsync.simulator.server.http import Request

LOGS = ("access_requests", "updates")
PAGE_SIZE = "1000"
# A client requests a little more than its window, as it is not documented whether the ends are included.
MARGIN = timedelta(seconds=2)


@dataclass
class Call:
    """One request and the status of its answer; `at` is in seconds of the monotonic clock."""

    at: float
    path: str
    query: Mapping[str, str]
    status: int = 0

    @property
    def log(self) -> tuple[str, str]:
        """Which log of which account was requested."""
        return self.path, self.query.get("idp_id", "")

    @property
    def reads(self) -> bool:
        """Whether it requested a page of a window to store its rows, and not just to see how old the log is."""
        is_page = self.query.get("direction") == "asc" and self.query.get("per_page") == PAGE_SIZE
        return is_page and self.path.endswith(LOGS) and self.page < FAR

    @property
    def page(self) -> int:
        return int(self.query["page"])

    @property
    def window(self) -> tuple[str, str]:
        return self.query["since"], self.query["until"]

    @property
    def time_meant(self) -> tuple[datetime, datetime]:
        since, until = map(datetime.fromisoformat, self.window)
        return since + MARGIN, until - MARGIN


class Watched:
    """A WSGI application that keeps a list of its calls."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.calls: list[Call] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request.from_environ(environ)
        call = Call(time.monotonic(), request.path, {name: values[-1] for name, values in request.query.items()})
        self.calls.append(call)

        def start(status: str, *more: Any) -> Callable[[bytes], object]:
            call.status = int(status.split()[0])
            return start_response(status, *more)

        return self._application(environ, start)


@dataclass
class _Reading:
    """The calls of one log, as they come."""

    last: dict[tuple[str, str], int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> list[Call]:
        """Add a call; return calls of other readers that came between it and the page before.

        Every reader begins with the first page. So the reader of a later page also read the page before it.
        """
        before = self.last.get(call.window)
        self.last[call.window] = len(self.calls)
        self.calls.append(call)
        if call.page == 1 or before is None:
            return []
        if self.calls[before].page not in (call.page, call.page - 1):
            return [self.calls[before]]
        return [other for other in self.calls[before + 1 : -1] if _overlap(call, other)]


def read_by_two(calls: Iterable[Call]) -> list[tuple[Call, Call]]:
    """Pairs of calls that prove that two readers read the same time of a log at once."""
    readings: dict[tuple[str, str], _Reading] = {}
    pages = sorted((call for call in calls if call.reads), key=lambda call: call.at)
    return [(call, other) for call in pages for other in readings.setdefault(call.log, _Reading()).add(call)]


def _overlap(one: Call, other: Call) -> bool:
    """Whether two windows overlap. A window of a single second may be read again as part of the time around it."""
    (since, until), (other_since, other_until) = one.time_meant, other.time_meant
    return max(since, other_since) < min(until, other_until)


def most_calls_in(calls: Iterable[Call], seconds: float) -> int:
    """The most calls within any period of this many seconds."""
    times = sorted(call.at for call in calls)
    return max((at + 1 - bisect_left(times, time - seconds) for at, time in enumerate(times)), default=0)
