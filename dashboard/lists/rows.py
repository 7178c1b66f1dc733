"""The rows of a table: their cells as HTML, and what unfolds them.

django-tables2 knows the columns, their order, and where each value is in a record. Making the cells is left to this
module: django-tables2 works out anew for every cell how to make it, which takes longer than making it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Opening:
    """What unfolds a row in place, or folds it away."""

    # The row's key: the value of `open` in the address, and the end of the row's own id.
    key: str
    # The list with this row open, and with no row open.
    open_href: str
    close_href: str
    # The address of what the row unfolds.
    fetched: str
    # What the button says.
    label: str


class RowTable(tables.Table):
    """A table whose `render_` methods take either the `record` or only the column's `value`."""

    def cells(self, record: Any) -> SafeString:
        """The cells of one row, with their tags."""
        return format_html_join("", "{}{}</td>", ((tag, inside(record)) for tag, inside in self._columns))

    @cached_property
    def _columns(self) -> list[tuple[SafeString, Callable[[Any], Any]]]:
        """For each visible column: the tag that begins a cell, and what makes its content."""
        return [(format_html("<td {}>", column.attrs["td"].as_html()), _inside(column)) for column in self.columns]


def _inside(column: Any) -> Callable[[Any], Any]:
    render, value_of = column.render, attrgetter(column.accessor.replace("__", "."))
    if "record" in signature(render).parameters:
        return lambda record: render(record=record)
    return lambda record: render(value=value_of(record))
