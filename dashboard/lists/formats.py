"""An export in the format of its address: CSV or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from dashboard.lists.csv import csv_response, refused
from dashboard.lists.export import CSV
from dashboard.lists.json import json_response, refused_in_json
from dashboard.lists.recorded import ListExport


def exported(
    format: str,
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    *,
    has_lines: Callable[[], bool],
    of: ListExport,
) -> HttpResponse | StreamingHttpResponse:
    """All lines of values under the names of their columns; see `csv_response` and `json_response`."""
    if format == CSV:
        return csv_response(columns, lines, has_lines=has_lines, of=of)
    return json_response(columns, lines, has_lines=has_lines, of=of)


def refused_in(format: str, problems: Iterable[str]) -> HttpResponse:
    """The answer to an address with problems: the sentences, and no rows."""
    return refused(problems) if format == CSV else refused_in_json(problems)
