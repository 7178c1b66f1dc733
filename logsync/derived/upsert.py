"""Insert or update derived rows in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

Rows = Sequence[Sequence[Any]]


def add(model: type[models.Model], key: Sequence[str], sums: Sequence[str], rows: Rows) -> None:
    """Add to the sums of the rows with these keys, or insert them.

    Give the rows in the order of their keys, here and below: workers that write the same rows then wait for each other
    and never deadlock.
    """
    table = model._meta.db_table
    _upsert(model, key, sums, rows, [f'"{name}" = "{table}"."{name}" + excluded."{name}"' for name in sums])


def keep_newest(model: type[models.Model], key: Sequence[str], times: Sequence[str], rows: Rows) -> None:
    """Set each time to the later one of what is stored and what is given, or insert the row; None is no time."""
    table = model._meta.db_table
    newest = (
        f'"{name}" = CASE WHEN "{table}"."{name}" IS NULL OR excluded."{name}" > "{table}"."{name}" '
        f'THEN excluded."{name}" ELSE "{table}"."{name}" END'
        for name in times
    )
    _upsert(model, key, times, rows, list(newest))


def insert_counted(
    model: type[models.Model], key: Sequence[str], values: Sequence[str], counted: models.QuerySet[Any, Any]
) -> None:
    """Store the result of a query that selects the key and then these values. The database does it by itself, so there
    may be millions of rows. If a key is there already, only these values of it change."""
    sql, params = counted.query.sql_with_params()
    fields: list[Any] = [model._meta.get_field(name) for name in (*key, *values)]
    replaced = [f'"{name}" = excluded."{name}"' for name in values]
    with connection.cursor() as cursor:
        cursor.execute(f"{_insert(model, fields)} {sql} {_on_conflict(fields[: len(key)], replaced)}", params)


def save_each(model: type[models.Model], rows: Iterable[models.Model], names: Sequence[str]) -> None:
    """Update these fields of stored rows by one prepared statement; Django's bulk_update writes one huge one."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    assigned = ", ".join(f'"{field.column}" = %s' for field in fields)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{model._meta.db_table}" SET {assigned} WHERE "id" = %s',
            [
                [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk]
                for row in rows
            ],
        )


def _upsert(
    model: type[models.Model], key: Sequence[str], values: Sequence[str], rows: Rows, updates: Iterable[str]
) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in (*key, *values)]
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{_insert(model, fields)} VALUES ({marks}) {_on_conflict(fields[: len(key)], updates)}",
            [
                [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
                for row in rows
            ],
        )


def _insert(model: type[models.Model], fields: Iterable[Any]) -> str:
    return f'INSERT INTO "{model._meta.db_table}" ({_columns(fields)})'


def _on_conflict(key: Iterable[Any], updates: Iterable[str]) -> str:
    return f"ON CONFLICT ({_columns(key)}) DO UPDATE SET {', '.join(updates)}"


def _columns(fields: Iterable[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)
