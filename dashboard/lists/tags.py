"""Template tags for the rows and the head of a list."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from dashboard.lists.rows import Opening, RowTable
from dashboard.page import cells
from dashboard.page.query_string import QueryString

register = template.Library()


@register.simple_tag
def row_cells(table: RowTable, record: Any) -> SafeString:
    """The cells of a row."""
    return table.cells(record)


@register.simple_tag
def opener(opening: Opening, anchor: str, open_key: str) -> SafeString:
    """The button that unfolds a row, or folds it away: see `cells.opener`. `anchor` begins the row's own id."""
    is_open = opening.key == open_key
    href = opening.close_href if is_open else f"{opening.open_href}#{anchor}-{opening.key}"
    return cells.opener(opening.label, href, opening.fetched, is_open=is_open)


@register.simple_tag(takes_context=True)
def sorted_by(context: dict[str, Any], column: Any) -> str:
    """The address that sorts by a column, in the other direction if the list is sorted by it now."""
    query_string: QueryString = context["filterset"].query_string
    descends = column.is_ordered and column.order_by_alias.is_descending
    return query_string.replacing(sort=column.name if descends else f"-{column.name}")
