"""Ten accounts with five SCIM providers each, one token, four workers: no stream starves, no call is refused.

A time-lapse: a round takes a fifth of its usual time, and Cloudflare allows five times as many calls a second, counted
over less than the time that is measured. It begins with the first call, as a busy machine starts workers slowly.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest

from logsync.simulator.server.serve import serving
from logsync.simulator.server.simulator import Simulator
from tests.faults.calls import Call, Watched, most_calls_in
from tests.faults.installation import Installation, installation
from tests.system.conftest import wait_until

LAPSE = 5
SYNC_EVERY = timedelta(minutes=1) / LAPSE
# 1,200 calls in 300 s, five times as fast.
LIMIT_SECONDS = 24
LIMIT = LIMIT_SECONDS * LAPSE * 1200 // 300
SHARE_PERCENT = 80
MOST_SECONDS = 180.0
BOOT_SECONDS = 60.0

WORKERS = 4
ACCOUNTS, PROVIDERS = 10, 5
STREAMS = ACCOUNTS * (1 + PROVIDERS)
# A stream is read at any time in its round, and a backfill may hold it for one. On a busy machine a round takes longer,
# for all alike, so what a stream waits for is counted in reads of another one.
MOST_READS_OF_ANOTHER = 3
ROUNDS = MOST_READS_OF_ANOTHER + 1
# Each process of a pool may call before it knows what Cloudflare just answered the others.
LEEWAY = 4 * WORKERS

pytestmark = [
    pytest.mark.services,
    pytest.mark.alone,
    pytest.mark.usefixtures("_servers"),
    pytest.mark.timeout(2 * MOST_SECONDS),
]


@dataclass
class Outcome:
    """What the calls and runs of a busy time show."""

    calls: list[Call]
    # When the newest time of each stream was read, in order.
    reads: dict[int, list[datetime]]
    lasted: timedelta
    streams: int
    rows: int
    settled_hours: float

    @property
    def refusals(self) -> int:
        return sum(call.status == 429 for call in self.calls)

    @property
    def busiest(self) -> int:
        return most_calls_in(self.calls, LIMIT_SECONDS)

    @property
    def most_reads_of_another(self) -> int:
        """How often any stream was read while another one waited."""
        return max(
            sum(since < read < until for read in others)
            for times in self.reads.values()
            for since, until in pairwise([datetime.min.replace(tzinfo=UTC), *times, datetime.max.replace(tzinfo=UTC)])
            for others in self.reads.values()
        )

    def __str__(self) -> str:
        seconds = self.lasted.total_seconds()
        return "\n".join(
            [
                f"==> {ACCOUNTS} accounts, {STREAMS} streams, one token, for {seconds:.0f} s",
                f"    {len(self.calls)} calls, at most {self.busiest} in {LIMIT_SECONDS} s, where "
                f"{LIMIT * SHARE_PERCENT // 100} of {LIMIT} may be used; {self.refusals} were refused",
                f"    the newest time of each stream is read every {SYNC_EVERY.total_seconds():.0f} s; "
                f"while one waited, another was read at most {self.most_reads_of_another} times",
                f"    {self.rows:,} rows, {self.rows / seconds:,.0f} a second; "
                f"{self.settled_hours:,.0f} hours of log are known",
            ]
        )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, say) -> Outcome:
    simulator = Simulator(
        accounts=ACCOUNTS,
        providers=PROVIDERS,
        logins_per_day=8_000,
        scim_per_day=2_000,
        lateness=None,
        rate_limit=(LIMIT, LIMIT_SECONDS),
        enforce_rate_limit=True,
    )
    cloudflare = Watched(simulator)
    environ = {
        "CLOUDFLARE_API_TOKEN": "for-all-accounts",
        "RATE_LIMIT_PERCENT": f"{SHARE_PERCENT}",
        "SYNC_EVERY_SECONDS": f"{SYNC_EVERY.total_seconds():.0f}",
        "SYNC_OVERLAP_MINUTES": "1",
        "BACKFILL_DAYS": "10",
    }
    folder = tmp_path_factory.mktemp("accounts")
    with serving(cloudflare) as url, installation(url, folder, workers=WORKERS, **environ) as gatehouse:
        wait_until(lambda: cloudflare.calls, BOOT_SECONDS, what="a worker calls Cloudflare")
        began = time.monotonic()
        wait_until(lambda: _typical_reads(gatehouse) >= ROUNDS, MOST_SECONDS, what="most streams are read again")
        found = _look(gatehouse, list(cloudflare.calls), timedelta(seconds=time.monotonic() - began))
    say(str(found))
    return found


def _look(gatehouse: Installation, calls: list[Call], lasted: timedelta) -> Outcome:
    ((streams, logins, updates),) = gatehouse.ask(
        "SELECT (SELECT count(*) FROM logsync_stream), (SELECT count(*) FROM logsync_accessrequest),"
        " (SELECT count(*) FROM logsync_scimupdate)"
    )
    ((settled,),) = gatehouse.ask(
        "SELECT coalesce(sum(extract(epoch FROM until - since)), 0) FROM logsync_coveredrange WHERE state = 'settled'"
    )
    return Outcome(calls, _reads(gatehouse), lasted, streams, logins + updates, float(settled) / 3600)


def _reads(gatehouse: Installation) -> dict[int, list[datetime]]:
    """When the newest time of each stream was read, without fault."""
    reads: dict[int, list[datetime]] = {}
    for stream, finished_at in gatehouse.ask(
        "SELECT stream.id, run.finished_at FROM logsync_stream AS stream LEFT JOIN logsync_syncrun AS run"
        " ON run.stream_id = stream.id AND run.outcome = 'read' AND NOT run.is_backfill ORDER BY run.finished_at"
    ):
        reads.setdefault(stream, []).extend([finished_at] if finished_at else [])
    return reads


def _typical_reads(gatehouse: Installation) -> float:
    """How often half of all streams were read at least."""
    counts = [len(times) for times in _reads(gatehouse).values()]
    return median(counts) if len(counts) == STREAMS else 0


def test_no_stream_waits_for_others(outcome):
    assert outcome.streams == STREAMS
    assert outcome.most_reads_of_another <= MOST_READS_OF_ANOTHER


def test_cloudflare_refused_no_call(outcome):
    assert outcome.refusals == 0


def test_workers_stay_below_their_share(outcome):
    assert outcome.busiest <= LIMIT * SHARE_PERCENT // 100 + LEEWAY


def test_backfill_progresses_beside_newest(outcome):
    assert outcome.settled_hours > STREAMS
