"""Several workers at once, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

Result = TypeVar("Result")

only_on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the tests' SQLite is in memory, where workers cannot meet"
)


def at_once(*jobs: Callable[[], Result]) -> list[Result]:
    """Start all jobs in the same moment; their results, in order."""
    start = threading.Barrier(len(jobs))

    def work(job: Callable[[], Result]) -> Result:
        start.wait(timeout=10)
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as workers:
        return list(workers.map(work, jobs))


def someone_waits_for_a_lock() -> bool:
    """Whether any connection to PostgreSQL waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
