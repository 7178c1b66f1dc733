"""One worker's turn at a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.clock import CloudflareClock
from logsync.coverage import note_failure, note_too_old
from logsync.models import Stream
from logsync.spans import Span


class LeaseLostError(Exception):
    """Another worker took over the stream or the window; what this one committed stays."""


class Hold(Protocol):
    """What a worker needs to hold while it reads: the stream's lease, or a claim on one of its windows."""

    def keep_lease(self, owner: str) -> bool: ...


@dataclass
class Reading:
    """One worker's turn at a stream: who reads, what it holds meanwhile, and what came so far.

    `should_stop` is called between pages, `on_progress` after each page that was committed. `unread` are sentences
    about time that could not be read, `late` the time that has proved incomplete although it had been read before.
    `longest_window` is how long a window Cloudflare answers for, as far as this turn and those before found out; None
    if none was too long.
    """

    stream: Stream
    client: CloudflareClient
    hold: Hold
    owner: str
    should_stop: Callable[[], bool] = lambda: False
    on_progress: Callable[[Reading], object] | None = None
    fetched: int = 0
    stored: int = 0
    erased: int = 0
    unread: list[str] = field(default_factory=list)
    late: list[Span] = field(default_factory=list)
    longest_window: timedelta | None = None
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self.longest_window = self.stream.longest_window

    def stops(self) -> bool:
        """Whether it was told to stop, now or earlier."""
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped

    @property
    def clock(self) -> CloudflareClock:
        return self.client.clock

    @property
    def is_backfill(self) -> bool:
        return self.hold is not self.stream

    @property
    def is_steady(self) -> bool:
        """True if the same time was read a round ago, so that a row that is new now has just become visible."""
        last = self.stream.succeeded_at
        return not self.is_backfill and last is not None and timezone.now() - last < 3 * settings.SYNC_EVERY

    def note_too_old(self, refused: Span, error: str) -> None:
        """Note that Cloudflare refuses a span as too old, and what it said."""
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=self.stream.pk)
            if not self.hold.keep_lease(self.owner):
                raise LeaseLostError
            note_too_old(self.stream, refused)
            self.stream.note(too_old=error)

    def note_failed(self, window: Span, error: str) -> None:
        """Note that a window could not be read."""
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=self.stream.pk)
            note_failure(self.stream, window, error, timezone.now())
