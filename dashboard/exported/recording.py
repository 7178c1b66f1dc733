"""Recording an export while it is sent: its rows are counted and its digest taken as they go by.

The record is written before the rows are read and after that has ended, never between: on PostgreSQL they are read in
a transaction, in which the record would wait with them, and on SQLite a writer would hold up all others.
"""

from __future__ import annotations

import hashlib
import logging
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone

from dashboard import __version__
from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.exported.manifest import signature_of
from dashboard.exported.models import LONGEST, LONGEST_NAME, Export, State

logger = logging.getLogger(__name__)


class TooManyExportsError(Exception):
    """A person already has as many exports running as one person may have."""


class ExportTooSlowError(Exception):
    """An export was not read to its end within LONGEST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is exported: the fields of `Export` that are known before it begins."""

    list_name: str
    words: str
    page: str
    format: str
    since: datetime | None
    until: datetime | None
    as_of: datetime
    coverage: dict[str, Any]


@dataclass(slots=True)
class Sent:
    """What whoever writes the body notes: each row as it is handed on, and whether more rows follow elsewhere."""

    rows: int = 0
    has_more: bool = False


def begin(request: HttpRequest, description: Description) -> Export:
    """Record that the user of this request begins an export, in the audit log too.

    Raises TooManyExportsError, with a sentence, if they have EXPORTS_AT_ONCE running.
    """
    now = timezone.now()
    with transaction.atomic():
        # Two requests at once count one after the other. On SQLite the transaction alone makes them wait.
        user = User.objects.select_for_update(no_key=True).get(pk=cast(User, request.user).pk)
        running = Export.objects.of(user).running(now).count()
        if running >= settings.EXPORTS_AT_ONCE:
            raise TooManyExportsError(
                f"You have {running} exports running, and one person may have {settings.EXPORTS_AT_ONCE} at once. "
                "Try again when one has ended; /exports/ shows them."
            )
        export = Export.objects.create(
            **asdict(description),
            user=user,
            username=user.get_username()[:LONGEST_NAME],
            path=request.path,
            query=request.GET.urlencode(),
            version=__version__,
            started_at=now,
        )
        asked = {"filters": export.words, "address": request.get_full_path(), "format": export.format}
        record(request, Action.EXPORTED, export.list_name, export=export.pk, **asked)
    return export


Texts = Generator[str, None, None]


class RecordedBody:
    """The body of an export in bytes; iterate over it once, and close it.

    `write` makes the texts of the body, and notes its rows in the `Sent` that it is given. The record ends as complete
    only if the last text was taken, as cut off if the body is closed before, and as failed after an error.
    """

    def __init__(self, export: Export, write: Callable[[Sent], Texts]) -> None:
        self._export = export
        self._sent = Sent()
        self._size = 0
        self._digest = hashlib.sha256()
        self._chunks = self._read(write(self._sent))

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """End it, wherever it is; a body that was sent to its end stays complete."""
        self._chunks.close()
        if self._export.state == State.RUNNING:
            # Nobody asked for a single chunk, so there was nothing in it that could be closed.
            self._end(State.CUT_OFF)

    def _read(self, texts: Texts) -> Generator[bytes, None, None]:
        update, clock, end = self._digest.update, time.monotonic, time.monotonic() + LONGEST.total_seconds()
        state = State.FAILED
        try:
            for text in texts:
                chunk = text.encode()
                update(chunk)
                self._size += len(chunk)
                yield chunk
                if clock() > end:
                    raise ExportTooSlowError(f"{self._export} was not read to its end within {LONGEST}.")
            state = State.COMPLETE
        except (GeneratorExit, ExportTooSlowError):
            state = State.CUT_OFF
            raise
        except Exception as error:
            # The error holds on to the rows, which would keep their transaction open for the record to be lost in.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            texts.close()
            self._end(state)

    def _end(self, state: State) -> None:
        export = self._export
        export.state, export.finished_at = state, timezone.now()
        export.rows, export.has_more, export.size = self._sent.rows, self._sent.has_more, self._size
        export.sha256 = self._digest.hexdigest()
        try:
            # A person may have been erased meanwhile, from the words that are signed.
            export.refresh_from_db(fields=["words", "path", "query", "page"])
            export.signature = signature_of(export)
            export.save(update_fields=["state", "finished_at", "rows", "has_more", "size", "sha256", "signature"])
        except (DatabaseError, Export.DoesNotExist):
            # The row still says that it runs, and after LONGEST that it was cut off.
            logger.exception("%s ended as %s, and this could not be recorded.", export, state.label.lower())
