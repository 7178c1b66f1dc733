"""Renew a lease while its holder works, however long a call to Cloudflare takes.

A lease is short, so that the lease of a worker that was killed is soon free. A worker that is stopped and goes on later
(SIGSTOP, a laptop that sleeps) may have lost its lease meanwhile; so whoever writes checks in the same transaction
that the lease is still theirs (see `window.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import Error, connection

logger = logging.getLogger(__name__)

# A worker that hangs must lose its lease too. No call, and no page, takes as long.
LONGEST_WORK = timedelta(minutes=15)
RENEWALS_IN_A_LEASE = 4


class Renewable(Protocol):
    """A row that one worker at a time can hold."""

    def keep_lease(self, owner: str) -> bool: ...


@contextmanager
def renewed(lease: Renewable, owner: str) -> Iterator[None]:
    """Renew `owner`'s lease from another thread until the block ends, or another worker has taken it over."""
    is_over = threading.Event()
    thread = threading.Thread(target=_renew, args=(lease, owner, is_over), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _renew(lease: Renewable, owner: str, is_over: threading.Event) -> None:
    pause = settings.LEASE / RENEWALS_IN_A_LEASE
    for _ in range(LONGEST_WORK // pause):
        if is_over.wait(pause.total_seconds()):
            return
        try:
            if not lease.keep_lease(owner):
                return
        except Error:
            # The next try may reach the database again; if none does, the lease is lost and nothing is written.
            logger.warning("A lease could not be renewed", exc_info=True)
        finally:
            # The connection of this thread.
            connection.close()
