"""What the templates of the sync page are given, name by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.page.coverage_line import CoverageLine
from dashboard.sync.calendar import Calendar
from dashboard.sync.problems import SyncProblem
from dashboard.sync.set_aside import SetAsideRows
from dashboard.sync.tables import RunTable, StreamTable
from logsync.health import Check
from logsync.health.backfill_progress import Progress
from logsync.health.stream_state import StreamState
from logsync.spans import Span


@dataclass(frozen=True, slots=True)
class Backfill:
    """A stream, or all of them together, whose old time is being read, or is still to be read."""

    name: str
    progress: Progress
    state: StreamState | None = None

    @property
    def days_done(self) -> float:
        return self.progress.done / timedelta(days=1)

    @property
    def days(self) -> float:
        return self.progress.total / timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class SyncContext:
    """`sync/sync.html`."""

    states: list[StreamState]
    streams: StreamTable
    runs: RunTable
    # What is wrong with the address, and what is wrong with the sync.
    problems: list[str]
    sync_problems: list[SyncProblem]
    # Primary keys of streams with their names, for menus; the key in the address, blank if there is none.
    stream_options: list[tuple[str, str]]
    chosen: str
    # The stream whose calendar is shown; None while there is no stream.
    shown: StreamState | None
    calendar: Calendar | None
    line: CoverageLine | None
    # The newest of its holes, and how many older ones there are.
    holes: list[Span]
    more_holes: int
    backfills: list[Backfill]
    # Rows that could not be read.
    set_aside: SetAsideRows
    # SYNC_EVERY_SECONDS, SYNC_OVERLAP_MINUTES and BACKFILL_DAYS.
    every: timedelta
    overlap: timedelta
    backfill: timedelta


@dataclass(frozen=True, kw_only=True)
class DoctorContext:
    """`sync/doctor.html`."""

    checks: Sequence[Check]
    # When a worker last asked Cloudflare; None if none has, or if the database cannot say.
    checked_at: datetime | None
