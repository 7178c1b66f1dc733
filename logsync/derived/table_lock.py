"""Keep event rows as they are while what is derived from them is checked or rebuilt."""

from __future__ import annotations

from django.db import connection

from logsync.models import AccessRequest, ScimUpdate


def lock_event_tables() -> None:
    """Block writers of both logs until this transaction ends; on SQLite a transaction does that by itself.

    Readers are not blocked, and this transaction can write.
    """
    _lock_tables("SHARE ROW EXCLUSIVE")


def block_rebuilds() -> None:
    """Block `lock_event_tables` until this transaction ends, as inserting events does; wait for one that is running.

    Call it before reading derived rows that new events will refer to: a rebuild may replace those.
    """
    _lock_tables("ROW EXCLUSIVE")


def _lock_tables(mode: str) -> None:
    if connection.vendor == "postgresql":
        tables = ", ".join(f'"{model._meta.db_table}"' for model in (AccessRequest, ScimUpdate))
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN {mode} MODE")
