"""Kill processes at moments that follow from a seed, with a supervisor that restarts what ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from tests.faults.installation import Installation
from tests.services import Process

# How often each is struck in one round of ROUND_SECONDS.
ROUND_SECONDS = 60.0
# The backfill begins first.
QUIET_SECONDS = 5.0
STRIKES = {
    "pool child": 9,
    "worker": 7,
    "beat": 3,
    "web server": 2,
    "Redis": 3,
    "Redis, emptied": 2,
    "PostgreSQL": 3,
}
RESTART_SECONDS = 1.0
TICK_SECONDS = 0.1


@dataclass(frozen=True, order=True)
class Strike:
    """What to strike, and when, in seconds from the start."""

    at: float
    target: str


def strikes(random: Random, seconds: float) -> list[Strike]:
    rounds = max(round(seconds / ROUND_SECONDS), 1)
    targets = [target for target, times in STRIKES.items() for _ in range(times * rounds)]
    return sorted(Strike(random.uniform(QUIET_SECONDS, seconds), target) for target in targets)


@dataclass
class Supervisor:
    """Restart what ended after a moment, as systemd or Docker would."""

    parts: list[Process]
    starts: int = 0
    _ended_at: dict[Process, float] = field(default_factory=dict)

    def look(self) -> None:
        for part in self.parts:
            if part.is_running:
                self._ended_at.pop(part, None)
            elif time.monotonic() - self._ended_at.setdefault(part, time.monotonic()) >= RESTART_SECONDS:
                part.start()
                self.starts += 1


class Chaos:
    """Strike one part after another, while a supervisor looks after all of them."""

    def __init__(self, installed: Installation, seed: str) -> None:
        self.struck: Counter[str] = Counter()
        self._random = Random(seed)
        self._redis_url = installed.redis.url
        self._supervisor = Supervisor(installed.parts)
        self._strike: dict[str, Callable[[], bool]] = {
            "pool child": lambda: self._random.choice(installed.workers).kill_child(self._random),
            "worker": lambda: self._random.choice(installed.workers).kill(),
            "beat": installed.beat.kill,
            "web server": installed.web.kill,
            "Redis": installed.redis.kill,
            "Redis, emptied": self._empty_redis,
            "PostgreSQL": installed.postgresql.kill,
        }

    @property
    def kills(self) -> int:
        return self.struck.total() - self.struck["Redis, emptied"]

    @property
    def ended_by_themselves(self) -> int:
        """How many parts had to be restarted although nothing had struck them."""
        return self._supervisor.starts - (self.kills - self.struck["pool child"])

    def run(self, seconds: float, is_enough: Callable[[], bool]) -> None:
        """Strike at moments spread over `seconds`. Stop after all strikes if it is enough, or after four times as long.

        A strike with nothing to hit waits until there is something.
        """
        begin = time.monotonic()
        to_come = strikes(self._random, seconds)
        while (to_come or not is_enough()) and (now := time.monotonic() - begin) < 4 * seconds:
            self._supervisor.look()
            if to_come and now >= to_come[0].at and self._strike[to_come[0].target]():
                self.struck[to_come.pop(0).target] += 1
            time.sleep(TICK_SECONDS)

    def calm(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Stop striking, and look after the parts until the condition is true; False if that takes longer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._supervisor.look()
            try:
                if is_over():
                    return True
            except psycopg.OperationalError:
                pass  # The database is about to come back.
            time.sleep(5 * TICK_SECONDS)
        return False

    def _empty_redis(self) -> bool:
        try:
            with Redis.from_url(self._redis_url) as redis:
                redis.flushall()
        except RedisError:
            return False
        return True
