"""What is known of a stream's time, what is wanted of it, and who is reading which part. A range is [since, until)."""

from __future__ import annotations

from django.db import models

from logsync.models.bookkeeping import Stream
from logsync.models.lease import Lease


class Range(models.Model):
    """A part of a stream's time: since <= t < until."""

    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["since"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class CoveredRange(Range):
    """Time of a stream that was read. Ranges of a stream do not overlap, and do not touch if alike.

    Events arrive late, so what was read soon after it happened is provisional until it is read once more. Cloudflare
    answers without rows and without an error for time that it no longer keeps; such time is beyond, and not known.
    """

    class State(models.TextChoices):
        SETTLED = "settled"
        PROVISIONAL = "provisional"
        BEYOND = "beyond"

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="covered_ranges")
    state = models.CharField(max_length=12, choices=State)


class FailedRange(Range):
    """Time that was asked for and could not be read, in `tries` attempts so far; it is tried again from `retry_at`."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="failed_ranges")
    error = models.TextField()
    failed_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    retry_at = models.DateTimeField()


class AskedRange(Range):
    """Time that a person asked for beyond what is read anyway; with `again`, time to be read although it is known.

    A range to be read again shrinks as it is read; the others stay, for they say what is wanted.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="asked_ranges")
    again = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150, blank=True)


class Claim(Range, Lease):
    """A window of a stream that a worker is reading; no two claims of a stream overlap while both are held."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="claims")
