"""Tables of groups: the rows of a page and of its CSV, by one list of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet

from dashboard.lists.rows import Opening, RowTable
from dashboard.lists.tables import Column, PageOfRows
from dashboard.page.links import ROW_ANCHOR
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer


class GroupColumn(Column):
    """A column of the page. `csv` is its name in the CSV if it differs; None keeps the column out of the CSV."""

    def __init__(self, *args: Any, csv: str | None = "", **kwargs: Any) -> None:
        super().__init__(*args, exclude_from_export=csv is None, **kwargs)
        self.csv = csv


class CsvColumn(tables.Column):
    """A column that only the CSV has."""

    csv = ""

    def __init__(self, accessor: str | None = None) -> None:
        super().__init__(accessor=accessor, visible=False, orderable=False)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group as the page shows it."""

    record: Any
    # What unfolds it; None if the table's rows don't unfold.
    opening: Opening | None


class GroupedTable(RowTable):
    """One row for each group.

    Declare the columns in the order of the CSV; if the page has another order, give it in `Meta.sequence`. `render_x`
    makes a cell of the page, `value_x` a value of the CSV; without it the CSV has what the column's accessor finds.
    The table sorts a list, and leaves a query in its own order.
    """

    default_sort = ""
    caption = ""
    # Further classes of the page's table, and what the ids of its rows begin with.
    classes = ""
    anchor = ROW_ANCHOR
    # Whether a row unfolds; if so, a group has a `key`.
    unfolds = False

    def __init__(
        self, groups: Iterable[Any], *, viewer: Viewer, query_string: QueryString, sort: str = "", **kwargs: Any
    ) -> None:
        self.viewer = viewer
        self.query_string = query_string
        rows = list(groups)
        super().__init__(PageOfRows(rows) if isinstance(groups, QuerySet) else rows, order_by=sort, **kwargs)

    @property
    def lines(self) -> list[GroupLine]:
        """The rows of the page."""
        return [GroupLine(row.record, self._opening(row.record) if self.unfolds else None) for row in self.rows]

    def _opening(self, record: Any) -> Opening:
        return Opening(
            key=record.key,
            open_href=self.query_string.here(open=record.key),
            close_href=self.query_string.here(open=None),
            fetched=self.fetched(record),
            label=self.row_label(record),
        )

    def fetched(self, record: Any) -> str:
        """The address of what the row unfolds."""
        return self.query_string.here(open=record.key)

    def row_label(self, record: Any) -> str:
        """What the button that opens a row says."""
        return f"Details of {record}"

    # The CSV

    @classmethod
    def csv_columns(cls) -> list[str]:
        """The names of the CSV's columns."""
        return [column.csv or name for name, column in cls._exported()]

    def csv_lines(self, groups: Iterable[Any]) -> Iterator[list[Any]]:
        """The values of each group, in the order of `csv_columns`."""
        values = [self._value_of(name, column) for name, column in self._exported()]
        return ([value(group) for value in values] for group in groups)

    @classmethod
    def _exported(cls) -> list[tuple[str, Any]]:
        return [(name, column) for name, column in cls.base_columns.items() if not column.exclude_from_export]

    def _value_of(self, name: str, column: Any) -> Callable[[Any], Any]:
        found: Callable[[Any], Any] = getattr(self, f"value_{name}", None) or attrgetter(
            str(column.accessor or name).replace("__", ".")
        )
        return found
