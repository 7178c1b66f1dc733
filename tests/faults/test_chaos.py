"""Promise 1: kill any process at any moment, refuse any request, and the tables still equal what Cloudflare has.

CHAOS_SEED repeats the kills and the faults of a run; SOAK_MINUTES makes it longer (`python -m tests.faults`).
"""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from subprocess import CompletedProcess

import pytest

from logsync.simulator.server.faults import Fault, RandomFaults, dripping, throttled_with_500
from logsync.simulator.server.serve import serving
from logsync.simulator.server.simulator import Simulator
from tests.faults.calls import Call, Watched, read_by_two
from tests.faults.chaos import ROUND_SECONDS, Chaos
from tests.faults.installation import Installation, installation

SEED = os.environ.get("CHAOS_SEED") or str(secrets.randbelow(1_000_000))
SECONDS = 60 * float(os.environ.get("SOAK_MINUTES") or 0) or ROUND_SECONDS
# The rest of a long backfill takes a while.
HEAL_SECONDS = 130.0 + SECONDS / 4
PAGES_SECONDS = 20.0
LEAST_FAULTS = 200
LEAST_KILLS = 25
ROUNDS = max(round(SECONDS / ROUND_SECONDS), 1)

WORKERS = 3
ACCOUNTS, PROVIDERS = 3, 4
STREAMS = ACCOUNTS * (1 + PROVIDERS)
OVERLAP_MINUTES = 1
# Cloudflare keeps 45 days here, so a longer run reaches a steady state.
BACKFILL_DAYS = min(2 * ROUNDS, 40)

pytestmark = [
    pytest.mark.services,
    pytest.mark.alone,
    pytest.mark.usefixtures("_servers"),
    pytest.mark.timeout(4 * SECONDS + 4 * HEAL_SECONDS),
]


@dataclass
class Aftermath:
    """What was done to an installation, and what state it was in at the end."""

    faults: Counter[str]
    calls: list[Call]
    struck: Counter[str]
    kills: int
    ended_by_themselves: int
    healed_after: float | None
    shows_pages: bool
    sync: CompletedProcess[str]
    recount: CompletedProcess[str]
    streams: Mapping[str, Mapping[str, int]]
    struck_for: float
    checked_in: float

    def total(self, what: str) -> int:
        return sum(stream[what] for stream in self.streams.values())

    def __str__(self) -> str:
        healed = "not at all" if self.healed_after is None else f"{self.healed_after:.0f} s after the last of them"
        return "\n".join(
            [
                f"==> Chaos with seed {SEED} (CHAOS_SEED repeats it), for {self.struck_for:.0f} s",
                f"    {self.faults.total()} faults in {len(self.calls)} calls: {_listed(self.faults)}",
                f"    {self.kills} kills: {_listed(self.struck)}; {self.ended_by_themselves} ended by themselves",
                f"    complete by itself {healed}; looked at for {self.checked_in:.0f} s",
                f"    {self.total('rows'):,} rows in {len(self.streams)} streams: {self.total('missing')} missing, "
                f"{self.total('unknown')} unknown, {self.total('doubled')} doubled",
                f"    {len(read_by_two(self.calls))} calls for time that another reader was at",
                f"    {self.recount.stdout.strip()}",
            ]
        )


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory, say) -> Aftermath:
    folder = tmp_path_factory.mktemp("chaos")
    faults = random_faults()
    simulator = Simulator(
        accounts=ACCOUNTS,
        providers=PROVIDERS,
        logins_per_day=6_000,
        scim_per_day=2_000,
        page_cap=100,
        lateness=a_little_late,
        # The calls here in a minute and a half are more than Cloudflare allows.
        rate_limit=(1_000_000, 300),
        faults=faults,
    )
    cloudflare = Watched(simulator)
    environ = {
        "CLOUDFLARE_API_TOKEN_FILE": str(_tokens(simulator, folder)),
        "SYNC_EVERY_SECONDS": "5",
        "SYNC_OVERLAP_MINUTES": f"{OVERLAP_MINUTES}",
        "BACKFILL_DAYS": f"{BACKFILL_DAYS}",
    }
    with serving(cloudflare) as url, installation(url, folder, workers=WORKERS, **environ) as gatehouse:
        chaos = Chaos(gatehouse, SEED)
        began = time.monotonic()
        chaos.run(SECONDS, is_enough=lambda: faults.counts.total() >= LEAST_FAULTS)
        struck_for = time.monotonic() - began
        faults.share = 0
        found = _look(gatehouse, chaos, faults, cloudflare, struck_for)
    say(str(found))
    return found


def _look(
    gatehouse: Installation, chaos: Chaos, faults: RandomFaults, cloudflare: Watched, struck_for: float
) -> Aftermath:
    """Let it recover, stop its programs, and compare what it has with what it should have."""
    calm = time.monotonic()
    is_healed = chaos.calm(lambda: gatehouse.is_complete(STREAMS, 120 * OVERLAP_MINUTES), HEAL_SECONDS)
    healed = time.monotonic()
    calls = list(cloudflare.calls)
    shows_pages = chaos.calm(gatehouse.shows_pages, PAGES_SECONDS)
    for program in gatehouse.programs:
        program.stop()
    return Aftermath(
        faults=faults.counts,
        calls=calls,
        struck=chaos.struck,
        kills=chaos.kills,
        ended_by_themselves=chaos.ended_by_themselves,
        healed_after=healed - calm if is_healed else None,
        shows_pages=shows_pages,
        sync=gatehouse.manage("sync"),
        recount=gatehouse.manage("recount"),
        streams=gatehouse.compare(),
        struck_for=struck_for,
        checked_in=time.monotonic() - healed,
    )


def random_faults() -> RandomFaults:
    """Every fault that passes by itself, and slow answers."""
    faults = RandomFaults(SEED, share=0.3, retry_after_seconds=(1, 2))
    faults.faults["slow"] = lambda seconds: dripping(seconds / 2)
    # Without a Retry-After, Gatehouse waits the five minutes that Cloudflare documents.
    faults.faults["throttled with 500"] = _throttled_with_500
    return faults


def _throttled_with_500(seconds: int) -> Fault:
    return lambda answer: throttled_with_500(answer).with_headers({"Retry-After": str(seconds)})


def a_little_late(random: Random) -> timedelta:
    """Later than a few rounds, but within the overlap."""
    return timedelta(seconds=random.triangular(0, 30, 5))


def _tokens(simulator: Simulator, folder: Path) -> Path:
    """A token for each account, so that one that has to wait does not stop the others."""
    tokens = folder / "tokens"
    tokens.mkdir()
    for number, account in enumerate(simulator.accounts):
        (tokens / account.company.account_id).write_text(f"token-{number}")
    return tokens


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counts.most_common())


def test_enough_faults_and_kills_happened(aftermath):
    assert aftermath.faults.total() >= LEAST_FAULTS
    assert aftermath.kills >= LEAST_KILLS


def test_installation_recovers_completely(aftermath):
    assert aftermath.healed_after is not None, aftermath.sync.stderr
    assert aftermath.sync.returncode == 0, aftermath.sync.stderr


def test_no_row_is_missing_or_duplicated(aftermath):
    assert len(aftermath.streams) == STREAMS
    for name, rows in aftermath.streams.items():
        assert rows["rows"] > 0, name
        assert (rows["missing"], rows["unknown"], rows["doubled"]) == (0, 0, 0), name


def test_hourly_counts_match_rows(aftermath):
    assert aftermath.recount.returncode == 0, aftermath.recount.stderr


def test_no_time_was_read_twice_concurrently(aftermath):
    assert not read_by_two(aftermath.calls)


def test_pages_work_after_recovery(aftermath):
    assert aftermath.shows_pages
