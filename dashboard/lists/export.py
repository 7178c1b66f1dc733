"""What every export of a list has, be it CSV or JSON: its rows a chunk at a time, its kind, and the links to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import PARTIAL, UNKNOWN
from dashboard.page.query_string import QueryString

CSV, JSON = "csv", "json"
CHUNK_ROWS = 2000
# The value of `head` that puts the coverage above the field names of a CSV.
COVERAGE = "coverage"


def head_problems(query: QueryDict) -> list[str]:
    """A sentence if the address asks for a head that there is not."""
    head = query.get("head", COVERAGE)
    return [] if head == COVERAGE else [f"head={head} is not known here; the only head is {COVERAGE}."]


def naming_ignored(response: HttpResponseBase, ignored: Sequence[str]) -> HttpResponseBase:
    """The response, with the parameters that nobody asks this list by named in the header `Ignored-Parameters`."""
    if ignored:
        response["Ignored-Parameters"] = ", ".join(map(quote, ignored))
    return response


def kind_of_file(line: CoverageLine, has_lines: Callable[[], bool]) -> str:
    """What is known of the time of an export: complete, provisional, partial or unknown."""
    # Rows can be here of time that was not read to its end; a file that has some is not one of unknown time.
    return PARTIAL if line.kind == UNKNOWN and has_lines() else line.kind


def streamed(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    """The rows of a query, a chunk at a time."""
    # PostgreSQL streams only inside a transaction; on SQLite a transaction would hold up every writer.
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        yield from rows.iterator(chunk_size=CHUNK_ROWS)


@dataclass(frozen=True, slots=True)
class ExportLinks:
    """The addresses of a list's exports: its CSV, the CSV with its coverage in a comment, and its JSON.

    `label` is on the button of the first.
    """

    csv: str
    csv_with_coverage: str
    json: str
    label: str = "Export CSV"

    def counting(self, count: int, words: str) -> ExportLinks:
        """The same with the number of rows on the button."""
        return replace(self, label=f"Export CSV, {words} row{'' if count == 1 else 's'}")

    @classmethod
    def of(cls, csv_name: str, address: QueryString, *, args: Sequence[str] = (), **changed: str | None) -> ExportLinks:
        """Those of the list whose CSV has this name of its address; its JSON's name ends in `json` instead.

        `changed` are parameters that differ from those of the page.
        """
        csv_path, json_path = (reverse(name, args=args) for name in (csv_name, json_name(csv_name)))
        return cls(
            csv=csv_path + address.replacing(**changed),
            csv_with_coverage=csv_path + address.replacing(head=COVERAGE, **changed),
            json=json_path + address.replacing(head=None, **changed),
        )


def json_name(csv_name: str) -> str:
    """The name of the address of a list's JSON, from that of its CSV."""
    return csv_name.removesuffix(CSV) + JSON
