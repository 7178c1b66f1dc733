"""All rows of a list as CSV, any number of them, in constant memory.

UTF-8, RFC 4180, one header line of field names, times in RFC 3339 and UTC. Log text is hostile: a cell that a
spreadsheet would run as a formula gets a leading apostrophe.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from logsync.words import rfc3339

CHUNK_ROWS = 2000
# Spreadsheets pass over blanks before a formula, and Japanese ones read full-width signs as the plain ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def csv_response(
    rows: QuerySet[Any], columns: Sequence[str], accessors: dict[str, str], filename: str, comment: str = ""
) -> StreamingHttpResponse:
    """Stream rows. `columns` are the headers; `accessors` say which field a column reads where the names differ.

    A comment goes above the header, after a number sign; RFC 4180 knows none, so only who asks for it gets one.
    """
    fields = [accessors.get(name, name) for name in columns]
    lines = _lines(rows.values_list(*fields), columns)
    # A spreadsheet takes the comment for cells as well.
    head = ["# " + ",".join(cell(part) for part in comment.split(",")) + "\r\n"] if comment else []
    response = StreamingHttpResponse(chain(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: QuerySet[Any, Any], columns: Sequence[str]) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    yield write(columns)
    # PostgreSQL streams only inside a transaction; on SQLite a transaction would hold up every writer.
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        for row in rows.iterator(chunk_size=CHUNK_ROWS):
            yield write([cell(value) for value in row])


def cell(value: Any) -> str:
    """One value as text that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    runs = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if runs else text
