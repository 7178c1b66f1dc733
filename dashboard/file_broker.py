"""Celery's broker where no Redis is set: a folder of files, in which nobody ever reads half a file.

Kombu's own transport opens a file and then writes it, so that a worker may read it while it is still empty and end
with a JSONDecodeError (https://github.com/celery/kombu/issues/1551). Here a message gets its name once it is whole,
and the tables of exchanges are written and read under one lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

from dashboard.private_files import for_the_owner


class Channel(filesystem.Channel):
    """A channel whose files are whole as soon as they are seen."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # Readers take the files in the order of their names, and only those whose name ends with the queue's.
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}"
        folder = Path(self.data_folder_out)
        part = folder / f"{name}.part"
        try:
            with open(part, "w", opener=for_the_owner) as file:
                file.write(dumps(payload))
            os.replace(part, folder / f"{name}.{queue}.msg")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ChannelError(f"The message for {queue} could not be written to {folder}: {error}") from error

    def get_table(self, exchange: str) -> list[Any]:
        """The queues that are bound to an exchange."""
        with self._locked():
            return super().get_table(exchange)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        with self._locked():
            super()._queue_bind(exchange, routing_key, pattern, queue)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.control_folder / "lock", "w", opener=for_the_owner) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """A broker of files for the processes of one machine."""

    Channel = Channel
