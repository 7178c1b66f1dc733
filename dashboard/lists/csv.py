"""Any number of rows as CSV, in constant memory, with what is known of their time beside them.

UTF-8, RFC 4180, one header line of field names, times in RFC 3339 and UTC. Log text is hostile: a cell that a
spreadsheet would run as a formula gets a leading apostrophe.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from dashboard.exported.recording import Sent, Texts
from dashboard.lists.export import COVERAGE, CSV
from dashboard.lists.json import coverage_in_json
from dashboard.lists.recorded import FileKind, ListExport, recorded
from logsync.characters import INVISIBLE
from logsync.words import in_ascii, rfc3339

# Every sign that Unicode calls a form of = + - @ (spreadsheets in Japanese read full-width ones as the plain ones), and
# the minus sign.
FORMULA_SIGNS = "=+\\-@\u207a-\u207c\u208a-\u208c\u2212\ufe62\ufe63\ufe66\ufe6b\ufb29\uff0b\uff0d\uff1d\uff20"
# Spreadsheets pass over blanks before a formula, and people over what they can't see.
RUNS = re.compile(rf"[\s{INVISIBLE}]*[{FORMULA_SIGNS}]|[\t\r\n]")


def csv_response(
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    *,
    has_lines: Callable[[], bool],
    of: ListExport,
) -> HttpResponse | StreamingHttpResponse:
    """Stream lines of values under the names of their columns.

    `has_lines` says whether there are any; the lines themselves are not touched before the answer is sent.

    What time they cover is said in the file's name (complete, provisional, partial, unknown) and, log by log, in the
    header field `Coverage`. With `head=coverage` it also stands in a comment above the field names; RFC 4180 knows no
    comments, so you get one only on request.
    """
    coverage = coverage_in_json(of.line, has_lines)
    sentence: str = coverage["sentence"]
    comment = sentence if of.request.GET.get("head") == COVERAGE else ""
    response = recorded(of, _FILE, coverage, lambda sent: _written(comment, columns, lines, sent))
    response["Coverage"] = in_ascii(sentence)
    return response


def refused(problems: Iterable[str], status: int = 400) -> HttpResponse:
    """The answer to an address with problems: the sentences, and no rows."""
    return HttpResponse("\n".join(problems) + "\n", status=status, content_type="text/plain; charset=utf-8")


_FILE = FileKind(name=CSV, content_type="text/csv; charset=utf-8", disposition="attachment", refuse=refused)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _written(comment: str, columns: Sequence[str], lines: Iterable[Sequence[Any]], sent: Sent) -> Texts:
    write = csv.writer(_Echo()).writerow
    if comment:
        # A spreadsheet takes the comment for cells as well.
        yield "# " + ",".join(cell(part) for part in comment.split(",")) + "\r\n"
    yield write(columns)
    for line in lines:
        row = write([cell(value) for value in line])
        sent.rows += 1
        yield row


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
    return f"'{text}" if RUNS.match(text) else text
