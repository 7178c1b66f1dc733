"""Any number of rows as JSON, in constant memory: one object with the rows and with what is known of their time.

    {"range": {"since": …, "until": …, "as_of": …},
     "coverage": {"kind": "provisional", "sentence": …, "logs": [
       {"name": …, "known": […], "provisional": […], "unknown": [{"since": …, "until": …, "reason": "failed"}]}]},
     "result": [{"created_at": "2026-11-19T14:06:12.000000Z", …}],
     "next": "https://…/logins.json?…" or null}

The rows are those of the CSV, under the same names, but with their types: true and false, null, numbers, and objects
within objects. Times are in RFC 3339 and UTC. An end of the range that is null is open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from dashboard.exported.recording import Sent, Texts
from dashboard.lists.export import JSON, kind_of_file
from dashboard.lists.recorded import FileKind, ListExport, recorded
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import RANGE_PARAMETERS, TimeRange
from logsync.coverage import UNKNOWN_LISTS
from logsync.spans import Span
from logsync.words import rfc3339

# The most rows in one answer of a list that goes on.
MOST_ROWS = 1000


def json_response(
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    *,
    has_lines: Callable[[], bool],
    of: ListExport,
    most: int | None = None,
    next_href: Callable[[Sequence[Any]], str] | None = None,
) -> HttpResponse | StreamingHttpResponse:
    """Stream lines of values as objects, at most `most` of them; further values of a line are left out.

    If there are more, `next` is what `next_href` makes of the last line.
    """
    coverage = coverage_in_json(of.line, has_lines)
    head = {"range": range_in_json(of.range), "coverage": coverage}
    return recorded(of, _FILE, coverage, lambda sent: _written(head, columns, lines, most, next_href, sent))


def further_href(request: HttpRequest, range: TimeRange, after: str) -> str:
    """The address of the answer that follows, after this place.

    A range such as 24h moves on with the clock; what follows is of the same time as what came before.
    """
    since = None if range.since is None else rfc3339(range.since)
    until = None if range.until is None else rfc3339(range.until)
    fixed = dict.fromkeys(RANGE_PARAMETERS) | {"since": since, "until": until} if since or until else {}
    return request.build_absolute_uri(request.path) + QueryString(request.GET).replacing(after=after, **fixed)


def refused_in_json(problems: Iterable[str], status: int = 400) -> HttpResponse:
    """The answer to an address with problems: the sentences, and no rows."""
    errors = {"errors": [{"message": problem} for problem in problems]}
    return HttpResponse(in_json(errors) + "\n", status=status, content_type="application/json")


# Browsers show it; if it is saved, it has a name.
_FILE = FileKind(name=JSON, content_type="application/json", disposition="inline", refuse=refused_in_json)


def range_in_json(range: TimeRange) -> dict[str, Any]:
    """The time that rows were asked for, and the moment it was reckoned from."""
    return {"since": range.since, "until": range.until, "as_of": range.now}


def coverage_in_json(line: CoverageLine, has_lines: Callable[[], bool]) -> dict[str, Any]:
    """What is known of the range: together, and for each log by its name, with why the rest is unknown."""
    logs = [
        {
            "name": line.names[stream],
            "known": [_span(span) for span in coverage.known],
            "provisional": [_span(span) for span in coverage.provisional],
            "unknown": [
                {**_span(span), "reason": reason} for reason in UNKNOWN_LISTS for span in getattr(coverage, reason)
            ],
        }
        for stream, coverage in line.coverage.of.items()
        if stream in line.names
    ]
    return {"kind": kind_of_file(line, has_lines), "sentence": " ".join(line.in_full.split()), "logs": logs}


def _span(span: Span) -> dict[str, str]:
    return {"since": rfc3339(span.since), "until": rfc3339(span.until)}


def in_json(value: Any) -> str:
    """A value as JSON, with its times in UTC."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def by_name(value: Any) -> Any:
    """The value with the names of its objects sorted: PostgreSQL does not keep the order in which they came."""
    if isinstance(value, dict):
        return {name: by_name(value[name]) for name in sorted(value)}
    return [by_name(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _written(
    head: dict[str, Any],
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    most: int | None,
    next_href: Callable[[Sequence[Any]], str] | None,
    sent: Sent,
) -> Texts:
    yield in_json(head)[:-1] + ', "result": ['
    lines, last = iter(lines), None
    for number, line in enumerate(islice(lines, most)):
        row = in_json({name: by_name(value) for name, value in zip(columns, line, strict=False)})
        last = line
        sent.rows += 1
        yield (",\n" if number else "\n") + row
    has_more = last is not None and next_href is not None and next(lines, None) is not None
    href = next_href(last) if has_more and next_href and last is not None else None
    sent.has_more = has_more
    yield f'\n], "next": {in_json(href)}}}\n'
