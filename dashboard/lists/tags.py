"""Template tags for the rows and the head of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from dashboard.lists.rows import RowTable
from dashboard.page import cells
from dashboard.page.query_string import QueryString

register = template.Library()


@register.simple_tag
def row_cells(table: RowTable, record: Any) -> SafeString:
    """The cells of a row."""
    return table.cells(record)


@register.simple_tag
def opener(line: Mapping[str, Any], anchor: str, fetched: str, open_key: str) -> SafeString:
    """The button that unfolds a row, or folds it away: see `cells.opener`. `anchor` begins the row's own id."""
    is_open = line["key"] == open_key
    href = line["close_href"] if is_open else f"{line['open_href']}#{anchor}-{line['key']}"
    return cells.opener(line["label"], href, fetched, is_open=is_open)


@register.simple_tag(takes_context=True)
def sorted_by(context: dict[str, Any], column: Any) -> str:
    """The address that sorts by a column, in the other direction if the list is sorted by it now."""
    query_string: QueryString = context["filterset"].query_string
    descends = column.is_ordered and column.order_by_alias.is_descending
    return query_string.replacing(sort=column.name if descends else f"-{column.name}")
