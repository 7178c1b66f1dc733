"""Having whoever stores rows wait, so that what is derived from them can be held against them."""

from __future__ import annotations

from django.db import connection

from logsync.models import AccessRequest, ScimUpdate


def lock_event_tables() -> None:
    """Have writers of both logs wait until this transaction ends; on SQLite a transaction does that by itself.

    Readers do not wait, and what this transaction writes itself is written.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(f'"{model._meta.db_table}"' for model in (AccessRequest, ScimUpdate))
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
