"""Rows of a log that could not be read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Count

from logsync.models.bookkeeping import Stream
from logsync.models.masking import RowTextField
from logsync.models.visible import VisibleManager
from logsync.spans import Span


class SetAsideRowQuerySet(models.QuerySet["SetAsideRow"]):
    def counts_in(self, span: Span, streams: Iterable[Stream]) -> dict[int, int]:
        """How many rows of each of these streams came with time of a span; no query where none is set aside at all."""
        of = [stream.pk for stream in streams if stream.set_aside]
        if not of:
            return {}
        inside = self.filter(stream__in=of, since__lt=span.until, until__gt=span.since)
        return dict(inside.order_by().values_list("stream").annotate(Count("pk")))


class SetAsideRow(models.Model):
    """A row that could not be kept as what it is, so that it does not stop its log: why, and its text.

    `key` is the row's identity, as in AccessRequest, so it is here once however often it comes; once a later version
    can read it, it is stored under that key and leaves. `since` and `until` is the window that it came in first.
    `text` has lost its secrets, and its end if it is long.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="set_aside_rows")
    key = models.UUIDField(unique=True, editable=False)
    received_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    text = RowTextField(blank=True)

    account_path = "stream__account"
    objects = VisibleManager.from_queryset(SetAsideRowQuerySet)()

    class Meta:
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}: {self.reason}"
