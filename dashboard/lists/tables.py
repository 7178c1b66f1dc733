"""The base of every table of events: its columns, its order, and values that filter the list when clicked.

Columns are declared in the order of the API's fields and have the API's names, so a column's name is also its
parameter in `columns` and `sort`, and its header in the CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_tables2 as tables
from django.http import QueryDict
from django.utils.safestring import SafeString
from django_tables2.data import TableListData
from django_tables2.utils import Sequence

from dashboard.lists.phrases import quoted
from dashboard.lists.rows import Opening, RowTable
from dashboard.page import cells
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from dashboard.permissions.masking import NO_SORTING
from logsync.models.sight import sight

# The places of a card: see gatehouse.css. What is `off-card` is already said in one of them.
CORNERS = {"m1", "m2", "m3", "m4", "m5", "off-card"}


def can_sort_by(column: tables.Column) -> bool:
    """Whether the user may sort by a column: the order of masked values would tell what they are."""
    is_hidden = getattr(column, "is_masked", False) and sight().is_masked
    return column.orderable is not False and not is_hidden


def sort_problems(table: type[tables.Table], query: QueryDict) -> list[str]:
    """A sentence if the address sorts by a column that can't be sorted by; a table without any that can ignores it."""
    sort = query.get("sort", "")
    in_order = Sequence(table._meta.sequence or ("...",)).expand(table.base_columns.keys())
    names = [name for name in in_order if can_sort_by(table.base_columns[name])]
    asked = sort.removeprefix("-")
    if not sort or not names or asked in names:
        return []
    if asked in in_order and table.base_columns[asked].orderable is not False:
        return [NO_SORTING]
    return [f"The list cannot be sorted by “{sort}”; choose one of {', '.join(names)}."]


def sort_in_force(table: type[Any], query: QueryDict) -> str:
    """What a table is sorted by: a column's name, with a leading "-" for descending."""
    sort = query.get("sort", "")
    is_known = sort.removeprefix("-") in table.base_columns and not sort_problems(table, query)
    default: str = table.default_sort
    return sort if is_known else default


class PageOfRows(TableListData):
    """Rows that the database has sorted."""

    def order_by(self, aliases: Any) -> None:
        """Keep the database's order: it is the order of the whole list, not of this page."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as the page shows it."""

    record: Any
    opening: Opening
    # The day that begins with this row; None within a day, and in a list that isn't sorted by time.
    day: date | None
    # The id by which the event is known elsewhere, and what that id is called; None if it has none.
    identifier: tuple[str, str] | None
    # Whether it arrived since this person last looked.
    is_new: bool


@dataclass(frozen=True, slots=True)
class SortLink:
    """The head of one column."""

    name: str
    header: str
    # The classes of the head.
    attrs: Mapping[str, str]
    is_orderable: bool
    # "ascending" or "descending" in the column that the list is sorted by, blank in the others.
    aria_sort: str
    # The address that sorts by this column, or the other way round.
    href: str


class EventTable(RowTable):
    """A page of events.

    `default_columns` are shown unless the address chooses others. `default_sort` orders the list if it does not say.
    """

    default_columns: tuple[str, ...] = ()
    default_sort = ""
    # The first of these columns that isn't blank identifies a row.
    identified_by: tuple[str, ...] = ()
    # Rows that arrived since this moment are marked as new.
    new_since: datetime | None = None

    def __init__(
        self, rows: Iterable[Any], *, query: QueryDict, viewer: Viewer, address: QueryString | None = None
    ) -> None:
        """`query` lays the table out; links are made from `address`, which may leave the layout open."""
        self.viewer = viewer
        self.query_string = address or QueryString(query)
        self.shown = self.chosen_columns(query)
        # Even if the column is not shown.
        self.sort_name = self.sort(query)
        super().__init__(
            PageOfRows(list(rows)),
            sequence=[*self.shown, "..."],
            exclude=[name for name in self.base_columns if name not in self.shown],
            order_by=self.sort_name,
            extra_columns=self.derived_columns(),
        )

    def derived_columns(self) -> list[tuple[str, tables.Column]]:
        """Columns at the end that are not fields of the log, and so not in the CSV."""
        return []

    @classmethod
    def chosen_columns(cls, query: QueryDict) -> list[str]:
        """The columns in the address (repeated or comma separated), or the default ones."""
        asked = [name for value in query.getlist("columns") for name in value.split(",")]
        return [name for name in dict.fromkeys(asked) if name in cls.base_columns] or list(cls.default_columns)

    @classmethod
    def sort(cls, query: QueryDict) -> str:
        """What the list is sorted by: a column's name, with a leading "-" for descending."""
        return sort_in_force(cls, query)

    @classmethod
    def problems(cls, query: QueryDict) -> list[str]:
        """A sentence for each column in the address that this list lacks."""
        asked = [name for value in query.getlist("columns") for name in value.split(",") if name]
        unknown = [name for name in asked if name not in cls.base_columns]
        found = [f"There is no column “{name}”; the columns are {', '.join(cls.base_columns)}." for name in unknown]
        return found + sort_problems(cls, query)

    def narrow(self, name: str, value: str, what: SafeString | str = "") -> SafeString:
        """A value that filters the list by itself when clicked."""
        return cells.narrowing(value, self.query_string.replacing(**{name: value}), what)

    def narrow_text(self, name: str, value: str, what: SafeString | str = "") -> SafeString:
        """The same for a filter that looks for words: it is to look for the whole value."""
        return cells.narrowing(value, self.query_string.replacing(**{name: quoted(value)}), what)

    @property
    def lines(self) -> list[EventLine]:
        """The rows as the page shows them."""
        lines: list[EventLine] = []
        last_day = None
        time_field = self.default_sort.lstrip("-")
        is_by_time = self.sort_name.lstrip("-") == time_field
        for row in self.rows:
            day = self.viewer.local(getattr(row.record, time_field)).date()
            lines.append(self._line(row.record, day if is_by_time and day != last_day else None))
            last_day = day
        return lines

    def _line(self, record: Any, day: date | None) -> EventLine:
        key = record.key.hex
        opening = Opening(
            key=key,
            open_href=self.query_string.here(open=key),
            close_href=self.query_string.here(open=None),
            fetched=record.get_absolute_url(),
            label=self.row_label(record),
        )
        is_new = self.new_since is not None and record.arrived_at >= self.new_since
        return EventLine(record, opening, day, self.identifier(record), is_new)

    def identifier(self, record: Any) -> tuple[str, str] | None:
        """The id by which the row is known elsewhere, and its name; None if there is none."""
        found = [(getattr(record, name), self.base_columns[name].verbose_name) for name in self.identified_by]
        return next(((value, name) for value, name in found if value), None)

    def row_label(self, record: Any) -> str:
        """What the button that opens a row says."""
        return f"Details of {record}"

    @property
    def sort_links(self) -> list[SortLink]:
        """The heads of the shown columns."""
        current = self.sort_name
        return [self._sort_link(column, current) for column in self.columns]

    def _sort_link(self, column: Any, current: str) -> SortLink:
        descends = current == f"-{column.name}"
        is_current = current.lstrip("-") == column.name
        following = column.name if descends or not (is_current or column.name.endswith("_at")) else f"-{column.name}"
        return SortLink(
            name=column.name,
            header=column.header,
            attrs=column.attrs["th"],
            is_orderable=column.orderable and can_sort_by(column.column),
            aria_sort=("descending" if descends else "ascending") if is_current else "",
            href=self.query_string.replacing(sort=following),
        )


class Column(tables.Column):
    """A field of the API. `cls` are the classes of its cells; the table's own method renders empty values too.

    `is_masked` if not everybody sees its values whole (see `logsync.models.masking`).

    In a narrow window a row becomes a card, which some browsers no longer treat as a table; so its cells have a role.
    What has no place of its own on a card (m1 to m5, see gatehouse.css) stands there after its heading.
    """

    def __init__(
        self, *args: Any, verbose_name: str = "", cls: str = "fit", is_masked: bool = False, **kwargs: Any
    ) -> None:
        self.is_masked = is_masked
        cell = {"class": cls, "role": "cell"}
        if not CORNERS & set(cls.split()):
            cell["data-label"] = verbose_name
        attrs = {"td": cell, "th": {"class": cls}}
        super().__init__(*args, verbose_name=verbose_name or None, attrs=attrs, empty_values=(), **kwargs)
