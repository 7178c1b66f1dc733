"""Counts by attempt: the database first joins the rows of each attempt, then counts these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Max, Min

from logsync.models.events import ATTEMPT


def select_from_attempts(rows: Any, keys: Sequence[str], what: str, tail: str = "") -> list[tuple[Any, ...]]:
    """Run `SELECT {what} FROM attempts {tail}`, which groups, over the attempts of people among these rows.

    `keys` are names of fields or annotations by which attempts are told apart further. The columns of an attempt are
    these and those of ATTEMPT, how many `rows` it has, its `first` and `last` moment, and its `newest` row. Times are
    as the database gives them, see `moment`.
    """
    columns = list(dict.fromkeys((*keys, *ATTEMPT)))
    attempts = rows.logins_of_people().with_second().order_by().values_list(*columns)
    attempts = attempts.annotate(
        n_rows=Count("pk"), first_at=Min("created_at"), last_at=Max("created_at"), newest_row=Max("pk")
    )
    try:
        sql, params = attempts.query.sql_with_params()
    except EmptyResultSet:
        return []
    names = ", ".join(f'"{name}"' for name in (*columns, "rows", "first", "last", "newest"))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH attempts ({names}) AS ({sql}) SELECT {what} FROM attempts {tail}", params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def moment(value: datetime | str) -> datetime:
    """A time that `select_from_attempts` found; a whole hour or day comes without its zone, which is UTC."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
