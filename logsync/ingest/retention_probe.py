"""How far back Cloudflare's logs go.

For time that it no longer keeps, Cloudflare answers with no rows and no error. So an empty answer proves that nothing
happened only where Cloudflare still has the time. That is

- the last day, the shortest retention that Cloudflare documents for any plan, and
- everything since its oldest row of that log, which is looked up every hour. All providers of an account write one
  SCIM log, so the oldest row of any of them counts for all.

The retention moves with the clock: what was kept an hour ago may be deleted by now.
Source: "Logs" in Cloudflare's Zero Trust documentation (24 hours, 30 days or 180 days, by plan); SCIM is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import RejectedRequestError
from logsync.datasets import dataset_of
from logsync.models import Stream

SHORTEST_RETENTION = timedelta(days=1)
PROBE_EVERY = timedelta(hours=1)
# The longest documented retention is 180 days; this is more, in case there is a longer one.
FARTHEST_BACK = timedelta(days=730)
PROBE_SPANS = (FARTHEST_BACK, *(timedelta(days=days) for days in (185, 32, 1)))


def probe(stream: Stream, client: CloudflareClient, now: datetime, *, anew: bool = False) -> None:
    """Look up Cloudflare's oldest row of a stream, unless that was done within the last hour; with `anew`, always.

    Raises CloudflareError.
    """
    if not anew and stream.probed_at and now - PROBE_EVERY < stream.probed_at <= now:
        return
    stream.note(oldest_at=_oldest(stream, client, now), probed_at=now)


def _oldest(stream: Stream, client: CloudflareClient, now: datetime) -> datetime | None:
    """When Cloudflare's oldest row of a stream happened, as far back as it accepts a request."""
    for span in PROBE_SPANS:
        # How long a window may be is not documented; if one is refused, try a shorter one.
        with suppress(RejectedRequestError):
            return dataset_of(stream).oldest(client, stream.idp_id, now - span, now)
    return None


def retention_of(stream: Stream) -> timedelta:
    """How long Cloudflare keeps a stream's log, at least, as its rows prove."""
    siblings = Stream.objects.filter(account=stream.account_id, log=stream.log)
    probes = siblings.filter(oldest_at__isnull=False).values_list("oldest_at", "probed_at")
    return longest_retention(probes)


def longest_retention(probes: Iterable[tuple[datetime | None, datetime | None]]) -> timedelta:
    """The retention that these probes (time of the oldest row, time of the probe) prove together."""
    proven = [probed_at - oldest_at for oldest_at, probed_at in probes if oldest_at and probed_at]
    return max([SHORTEST_RETENTION, *proven])


def proven_since(stream: Stream, now: datetime) -> datetime:
    """Since when an empty answer at `now` proves that nothing happened."""
    return now - retention_of(stream)
