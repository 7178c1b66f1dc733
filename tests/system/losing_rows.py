"""Gatehouse for a WSGI server, which loses its database while it writes a cell that says LOST."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError

from dashboard.wsgi import application as application

LOST = "LOST"


def _lose_rows() -> None:
    # Only once the application is there.
    from dashboard.lists import csv

    cell = csv.cell

    def losing(value: Any) -> str:
        if value == LOST:
            raise DatabaseError("The connection was lost.")
        return cell(value)

    csv.cell = losing


_lose_rows()
