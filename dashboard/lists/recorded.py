"""Where every CSV and JSON of a list is made an answer: it is recorded as an export, and carries its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from dashboard.exported.recording import Description, RecordedBody, Sent, Texts, TooManyExportsError, begin
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.timerange import TimeRange

# When somebody who has too many exports running may ask again.
RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExport:
    """What a list exports at one address.

    `title` is the name of the list, `words` are its filters, and `page` is the path of the page that shows the same
    rows, if there is one. `filename` begins the name of the file. `line` should be in UTC, so that one address is one
    file for everyone.
    """

    request: HttpRequest
    title: str
    filename: str
    page: str
    range: TimeRange
    line: CoverageLine
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A format of files: its name, which ends the file's; its media type; whether browsers save it or show it.

    `refuse` makes the answer that has sentences instead of rows.
    """

    name: str
    content_type: str
    disposition: str
    refuse: Callable[[Iterable[str], int], HttpResponse]


def recorded(
    of: ListExport, kind: FileKind, coverage: dict[str, Any], write: Callable[[Sent], Texts]
) -> HttpResponse | StreamingHttpResponse:
    """Record an export, and send what `write` makes; or refuse, if its user has too many exports running.

    `coverage` is as in the JSON of a list; its kind is also in the name of the file.
    """
    headers: dict[str, str] = {}
    if of.request.method == "HEAD":
        # It asks for the header fields alone, and exports nothing.
        body: Iterable[bytes] = ()
    else:
        try:
            export = begin(of.request, _description(of, kind, coverage))
        except TooManyExportsError as error:
            refusal = kind.refuse([str(error)], 429)
            refusal["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return refusal
        body, headers = RecordedBody(export, write), {"Export-Id": str(export.pk)}
    number = f"-export-{headers['Export-Id']}" if headers else ""
    filename = f"{of.filename}-{timezone.now():%Y%m%dT%H%M%SZ}{number}-{coverage['kind']}.{kind.name}"
    headers["Content-Disposition"] = f'{kind.disposition}; filename="{filename}"'
    return StreamingHttpResponse(body, content_type=kind.content_type, headers=headers)


def _description(of: ListExport, kind: FileKind, coverage: dict[str, Any]) -> Description:
    return Description(
        list_name=of.title,
        words=" · ".join(of.words),
        page=of.page,
        format=kind.name,
        since=of.range.since,
        until=of.range.until,
        as_of=of.range.now,
        coverage=coverage,
    )
