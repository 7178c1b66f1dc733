"""Which unread time Cloudflare will delete before long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from logsync.ingest.retention_probe import SHORTEST_RETENTION
from logsync.spans import Span

# Time that leaves within a quarter of the retention, and within three days, is in danger.
LONGEST_WARNING = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Expiring:
    """Unread time that may soon be lost: `span` begins to leave Cloudflare's reach at `leaves_at`.

    `retention` is how long Cloudflare keeps the log at least: as its rows prove, or else the shortest that Cloudflare
    documents for any plan.
    """

    span: Span
    leaves_at: datetime
    retention: timedelta

    @property
    def is_proven(self) -> bool:
        """Whether rows prove the retention."""
        return self.retention > SHORTEST_RETENTION


def expiring(missing: list[Span], retention: timedelta, now: datetime) -> Expiring | None:
    """The oldest missing time that Cloudflare may delete before long; None if there is none."""
    within_reach = [Span(max(span.since, now - retention), span.until) for span in missing]
    left = [span for span in within_reach if span.since < span.until]
    if not left:
        return None
    leaves_at = left[0].since + retention
    warning = min(retention / 4, LONGEST_WARNING)
    return Expiring(left[0], leaves_at, retention) if leaves_at - now < warning else None
