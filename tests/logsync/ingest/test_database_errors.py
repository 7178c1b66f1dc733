"""Each kind of database failure, on SQLite and on PostgreSQL, and what is said of it."""

from __future__ import annotations

import psycopg
import pytest
from django.db import Error, InterfaceError, OperationalError, connection
from psycopg import errors

from logsync.ingest.database_errors import describe_database_error


def of_postgresql(kind: type[psycopg.Error], words: str) -> OperationalError:
    """As Django raises what PostgreSQL answered."""
    error = OperationalError(words)
    error.__cause__ = kind(words)
    return error


FULL_DISK = "Make room on it, or lower KEEP_EVENTS_DAYS."
CASES: list[tuple[Error, str]] = [
    (
        OperationalError("database or disk is full"),
        f"The disk under the database is full (database or disk is full). {FULL_DISK}",
    ),
    (
        of_postgresql(errors.DiskFull, 'could not extend file "base/1": No space left on device'),
        'The disk under the database is full (could not extend file "base/1": No space left on device). ' + FULL_DISK,
    ),
    (
        OperationalError("could not write to file: No space left on device"),
        f"The disk under the database is full (could not write to file: No space left on device). {FULL_DISK}",
    ),
    (
        OperationalError("disk I/O error"),
        "The disk under the database cannot be read or written (disk I/O error). Check the disk.",
    ),
    (
        OperationalError("database is locked"),
        "Another program was writing to the database for too long (database is locked). "
        "If this goes on, see which program has it open.",
    ),
    (
        OperationalError("database table is locked: logsync_stream"),
        "Another program was writing to the database for too long (database table is locked: logsync_stream). "
        "If this goes on, see which program has it open.",
    ),
    (
        of_postgresql(errors.LockNotAvailable, "canceling statement due to lock timeout"),
        "Another program was writing to the database for too long (canceling statement due to lock timeout). "
        "If this goes on, see which program has it open.",
    ),
    (
        of_postgresql(errors.DeadlockDetected, "deadlock detected"),
        "Two programs were writing to the database at once (deadlock detected). "
        "One of them was stopped, and tries again by itself.",
    ),
    (
        OperationalError("attempt to write a readonly database"),
        "The database may only be read (attempt to write a readonly database). Let Gatehouse's user write to it.",
    ),
    (
        of_postgresql(errors.ReadOnlySqlTransaction, "cannot execute INSERT in a read-only transaction"),
        "The database may only be read (cannot execute INSERT in a read-only transaction). "
        "Let Gatehouse's user write to it.",
    ),
    (
        OperationalError("unable to open database file"),
        "The database cannot be reached (unable to open database file). Start it, or check DATABASE_URL.",
    ),
    (
        OperationalError("connection failed: Connection refused\n\tIs the server running on that host?"),
        "The database cannot be reached (connection failed: Connection refused Is the server running on that host?). "
        "Start it, or check DATABASE_URL.",
    ),
    (
        of_postgresql(errors.AdminShutdown, "terminating connection due to administrator command"),
        "The database cannot be reached (terminating connection due to administrator command). "
        "Start it, or check DATABASE_URL.",
    ),
    (
        InterfaceError("the cursor is gone"),
        "The database cannot be reached (the cursor is gone). Start it, or check DATABASE_URL.",
    ),
    (
        of_postgresql(errors.TooManyConnections, "sorry, too many clients already"),
        "The database accepts no more connections (sorry, too many clients already). "
        "Raise its max_connections, or run fewer workers.",
    ),
    (OperationalError("out of order"), "The database failed (out of order)."),
]


@pytest.mark.parametrize(("error", "words"), CASES, ids=[str(error) for error, _ in CASES])
def test_database_failure_is_told(error, words):
    assert describe_database_error(error) == words


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no limit that a test could set")
def test_full_sqlite_file_is_told():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            with pytest.raises(OperationalError) as raised:
                cursor.execute("CREATE TABLE too_large AS SELECT randomblob(10000000) AS rest")
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert describe_database_error(raised.value).startswith("The disk under the database is full (database or disk")
