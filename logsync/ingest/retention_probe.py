"""How far back Cloudflare's logs go.

For time that it no longer keeps, Cloudflare answers with no rows and no error. So an empty answer proves that nothing
happened only where Cloudflare still has the time. That is

- the last day, the shortest retention that Cloudflare documents for any plan, and
- everything since its oldest row of that log, which is looked up every hour, and as rows come. All providers of an
  account write one SCIM log, so the oldest row of any of them counts for all.

The retention moves with the clock: what was kept an hour ago may be deleted by now.
Source: "Logs" in Cloudflare's Zero Trust documentation (24 hours, 30 days or 180 days, by plan); SCIM is not listed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import CloudflareError, PausedError, RejectedRequestError
from logsync.cloudflare.records import AccessRequest, ScimUpdate
from logsync.coverage import prove_kept
from logsync.datasets import dataset_of
from logsync.models import CoveredRange, Stream

logger = logging.getLogger(__name__)

SHORTEST_RETENTION = timedelta(days=1)
PROBE_EVERY = timedelta(hours=1)
PROBE_AGAIN = timedelta(minutes=10)
# The longest documented retention is 180 days; this is more, in case there is a longer one.
FARTHEST_BACK = timedelta(days=730)
PROBE_SPANS = (FARTHEST_BACK, *(timedelta(days=days) for days in (185, 32, 1)))


def probe(stream: Stream, client: CloudflareClient, now: datetime, *, anew: bool = False) -> None:
    """Look up Cloudflare's oldest row of a stream, unless that was done within the last hour; with `anew`, always.

    A probe that fails stops nothing: what was proven before still holds, and it is tried again ten minutes later.
    Raises PausedError, as then nobody may call Cloudflare.
    """
    if not anew and stream.probed_at and now - PROBE_EVERY < stream.probed_at <= now:
        return
    if stream.probe_again_at and now < stream.probe_again_at <= now + PROBE_AGAIN:
        return
    try:
        oldest_at = _oldest(stream, client, now)
    except PausedError:
        raise
    except CloudflareError as error:
        logger.warning("%s: its oldest row could not be looked up. %s", stream, error)
        stream.note(probe_again_at=now + PROBE_AGAIN)
        return
    stream.note(oldest_at=oldest_at, probed_at=now, probe_again_at=None)
    _prove_kept(stream, now)


def _oldest(stream: Stream, client: CloudflareClient, now: datetime) -> datetime | None:
    """When Cloudflare's oldest row of a stream happened, as far back as it accepts a request."""
    refusal: RejectedRequestError | None = None
    for span in PROBE_SPANS:
        # How long a window may be is not documented; if one is refused, try a shorter one.
        try:
            oldest_at = dataset_of(stream).oldest(client, stream.idp_id, now - span, now)
        except RejectedRequestError as error:
            refusal = error
            continue
        if refusal and oldest_at is None:
            # No row of so short a time says nothing of an older one that proved more.
            break
        return oldest_at
    if refusal:
        raise refusal
    return None


def _prove_kept(stream: Stream, now: datetime) -> None:
    """Where an answer without rows was no proof when it came, and is one now, note that for all of the log."""
    since = proven_since(stream, now)
    state = CoveredRange.State
    ranges = CoveredRange.objects.filter(state__in=[state.BEYOND, state.UNPROVEN], until__gt=since)
    siblings = ranges.filter(stream__account=stream.account_id, stream__log=stream.log)
    for pk in siblings.values_list("stream", flat=True).order_by().distinct():
        with transaction.atomic():
            prove_kept(Stream.objects.select_for_update().get(pk=pk), since)


def note_rows(stream: Stream, page: Sequence[AccessRequest | ScimUpdate], asked_at: datetime) -> None:
    """Let the rows of a page prove how long Cloudflare keeps them, if they are older than any known before.

    Call this with the stream's row locked. It matters where the probe fails.
    """
    oldest_at = min((record.time for record in page if record.time is not None), default=asked_at)
    if oldest_at < asked_at - SHORTEST_RETENTION and oldest_at < proven_since(stream, asked_at):
        stream.note(oldest_at=oldest_at, probed_at=asked_at)
        prove_kept(stream, oldest_at)


def retention_of(stream: Stream) -> timedelta:
    """How long Cloudflare keeps a stream's log, at least, as its rows prove."""
    siblings = Stream.objects.filter(account=stream.account_id, log=stream.log)
    probes = siblings.filter(oldest_at__isnull=False).values_list("oldest_at", "probed_at")
    return longest_retention(probes)


def is_any_row_known(stream: Stream) -> bool:
    """Whether Cloudflare has any row of a stream's log, so that older time without rows may be past its retention."""
    return Stream.objects.filter(account=stream.account_id, log=stream.log, oldest_at__isnull=False).exists()


def longest_retention(probes: Iterable[tuple[datetime | None, datetime | None]]) -> timedelta:
    """The retention that these probes (time of the oldest row, time of the probe) prove together."""
    proven = [probed_at - oldest_at for oldest_at, probed_at in probes if oldest_at and probed_at]
    return max([SHORTEST_RETENTION, *proven])


def proven_since(stream: Stream, now: datetime) -> datetime:
    """Since when an empty answer at `now` proves that nothing happened."""
    return now - retention_of(stream)
