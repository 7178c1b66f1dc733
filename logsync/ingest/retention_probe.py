"""How far back Cloudflare still answers.

Cloudflare answers with no rows and without an error for time that it no longer keeps, so an empty answer proves quiet
only where it still has the time. It does

- for a day at least, the shortest that Cloudflare documents for any plan, and
- for as far back as its oldest row of that log, which is asked for every hour. All providers of an account write one
  SCIM log, so the oldest row of any of them counts for all.

What it keeps moves on with the clock: what was within reach an hour ago may have left since.
Source: "Logs" in Cloudflare's Zero Trust documentation (24 hours, 30 days or 180 days, by plan); SCIM is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import RejectedRequestError
from logsync.models import Log, Stream

SHORTEST_RETENTION = timedelta(days=1)
PROBE_EVERY = timedelta(hours=1)
# No plan is documented to keep more than 180 days; this is further, in case one does.
FARTHEST_BACK = timedelta(days=730)
PROBE_SPANS = (FARTHEST_BACK, *(timedelta(days=days) for days in (185, 32, 1)))


def probe(stream: Stream, client: CloudflareClient, now: datetime, *, anew: bool = False) -> None:
    """Ask Cloudflare for its oldest row of a stream, unless that was done within the hour; `anew`: also then.

    Raises CloudflareError.
    """
    if not anew and stream.probed_at and now - PROBE_EVERY < stream.probed_at <= now:
        return
    stream.note(oldest_at=_oldest(stream, client, now), probed_at=now)


def _oldest(stream: Stream, client: CloudflareClient, now: datetime) -> datetime | None:
    """Cloudflare's oldest row of a stream, as far back as it lets itself be asked."""
    for span in PROBE_SPANS:
        # How long a window may be is not documented; one that is refused is asked for shorter.
        with suppress(RejectedRequestError):
            if stream.log == Log.ACCESS_REQUESTS:
                return client.oldest_access_request(now - span, now)
            return client.oldest_scim_update(stream.idp_id, now - span, now)
    return None


def retention_of(stream: Stream) -> timedelta:
    """How long Cloudflare keeps a stream's log at least, as far as its rows prove."""
    siblings = Stream.objects.filter(account=stream.account_id, log=stream.log)
    probes = siblings.filter(oldest_at__isnull=False).values_list("oldest_at", "probed_at")
    return longest_reach(probes)


def longest_reach(probes: Iterable[tuple[datetime | None, datetime | None]]) -> timedelta:
    """The retention that these probes (oldest row, when it was asked for) prove together."""
    reaches = [probed_at - oldest_at for oldest_at, probed_at in probes if oldest_at and probed_at]
    return max([SHORTEST_RETENTION, *reaches])


def proven_since(stream: Stream, now: datetime) -> datetime:
    """Since when an empty answer that is given at `now` is proof of quiet."""
    return now - retention_of(stream)
