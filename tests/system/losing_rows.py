"""Gatehouse for a WSGI server, which loses its database while it writes a cell that says LOST."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError

from dashboard.lists import csv
from dashboard.wsgi import application as application

LOST = "LOST"
_cell = csv.cell


def _losing(value: Any) -> str:
    if value == LOST:
        raise DatabaseError("The connection was lost.")
    return _cell(value)


csv.cell = _losing
