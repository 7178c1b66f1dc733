"""Any number of rows as CSV, in constant memory, with what is known of their time beside them.

UTF-8, RFC 4180, one header line of field names, times in RFC 3339 and UTC. Log text is hostile: a cell that a
spreadsheet would run as a formula gets a leading apostrophe.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.utils import timezone

from dashboard.lists.export import COVERAGE, kind_of_file
from dashboard.page.coverage_line import CoverageLine
from logsync.words import in_ascii, rfc3339

# Spreadsheets pass over blanks before a formula, and Japanese ones read full-width signs as the plain ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def csv_response(
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    *,
    has_lines: Callable[[], bool],
    name: str,
    line: CoverageLine,
    query: QueryDict,
) -> StreamingHttpResponse:
    """Stream lines of values under the names of their columns.

    `has_lines` says whether there are any; the lines themselves are not touched before the answer is sent.

    What time they cover is said in the file's name (complete, provisional, partial, unknown) and, log by log, in the
    header field `Coverage`. With `head=coverage` it also stands in a comment above the field names; RFC 4180 knows no
    comments, so you get one only on request. `line` should be in UTC, so that one address is one file for everybody.
    """
    # It may end in what Cloudflare said of an error, on any number of lines.
    sentence = " ".join(line.in_full.split())
    head = []
    kind = kind_of_file(line, has_lines)
    if query.get("head") == COVERAGE:
        # A spreadsheet takes the comment for cells as well.
        head = ["# " + ",".join(cell(part) for part in sentence.split(",")) + "\r\n"]
    response = StreamingHttpResponse(chain(head, _written(columns, lines)), content_type="text/csv; charset=utf-8")
    filename = f"{name}-{timezone.now():%Y%m%dT%H%M%SZ}-{kind}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Coverage"] = in_ascii(sentence)
    return response


def refused(problems: Iterable[str]) -> HttpResponse:
    """The answer to an address with problems: the sentences, and no rows."""
    return HttpResponse("\n".join(problems) + "\n", status=400, content_type="text/plain; charset=utf-8")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _written(columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    yield write(columns)
    for line in lines:
        yield write([cell(value) for value in line])


def cell(value: Any) -> str:
    """One value as text that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        # PostgreSQL keeps the members of an object in an order of its own.
        value = json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    text = str(value)
    runs = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if runs else text
