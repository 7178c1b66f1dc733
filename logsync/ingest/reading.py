"""One worker's turn at a stream: who reads, by what right, and what came so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import note_failure
from logsync.models import Stream
from logsync.spans import Span

Page = list[AccessRequest] | list[ScimUpdate]


class LeaseLostError(Exception):
    """Another worker took the stream or the window over; what this one had committed stays."""


class Hold(Protocol):
    """What entitles a worker to read: the stream's lease, or a claim on a window of it."""

    def keep_lease(self, owner: str) -> bool: ...


@dataclass
class Reading:
    """One worker's turn at a stream: who reads, by what right, and what came so far.

    `should_stop` is asked between pages; `on_progress` is called after every page that was committed.
    """

    stream: Stream
    client: CloudflareClient
    hold: Hold
    owner: str
    should_stop: Callable[[], bool] = lambda: False
    on_progress: Callable[[Reading], object] | None = None
    fetched: int = 0
    stored: int = 0
    unread: list[str] = field(default_factory=list)
    is_stopped: bool = False

    def stops(self) -> bool:
        """Whether it was told to stop, now or before."""
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped

    @property
    def is_backfill(self) -> bool:
        return self.hold is not self.stream

    @property
    def is_steady(self) -> bool:
        """True if the same time was asked for a round ago, so that a new row has just become visible."""
        last = self.stream.succeeded_at
        return not self.is_backfill and last is not None and timezone.now() - last < 3 * settings.SYNC_EVERY

    def note_failed(self, window: Span, error: str) -> None:
        """Note that a window could not be read."""
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=self.stream.pk)
            note_failure(self.stream, window, error, timezone.now())
