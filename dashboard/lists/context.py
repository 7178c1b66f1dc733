"""What the templates of lists are given, name by name. A test checks that they use no other names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from dashboard.charts.chart import Chart
from dashboard.lists.empty import Empty
from dashboard.lists.export import ExportLinks
from dashboard.lists.facets import Facet, Facets
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped_tables import GroupedTable, GroupLine
from dashboard.lists.paging import Page
from dashboard.lists.tables import EventTable
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.range_picker import RangePicker
from dashboard.page.reveal import RevealCard


class Menu(Protocol):
    """Something that another room adds over a list, with the template that shows it."""

    @property
    def template(self) -> str: ...


class Detail(Protocol):
    """The details of one row, with the template that shows them under the name `open`."""

    @property
    def key(self) -> str: ...

    @property
    def template(self) -> str: ...


class EventDetail(Detail, Protocol):
    """The details of one event, and what its page is about in a few words: as text, and as a template of its own."""

    @property
    def heading(self) -> str: ...

    @property
    def lead_template(self) -> str: ...


class Controls(TypedDict):
    """What chooses the range and the filters of a page."""

    # The control that chooses the range.
    picker: RangePicker
    # Hidden fields of the form that chooses filters.
    filter_hidden: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ListContext:
    """What every list has: its title, and all that is shown above its rows."""

    title: str
    # The sentence under the title; blank if the address has a problem.
    lead: str
    # What the rows are called, in the plural.
    noun: str
    filterset: EventFilterSet
    # A sentence for each thing in the address that could not be understood; if there is one, no rows are shown.
    problems: list[str]
    # Which part of the range is known; None if the page has no range.
    line: CoverageLine | None
    # How many rows or groups there are in all, and the same in words.
    count: int
    count_words: str
    # Why there are none; None if there are some.
    empty: Empty | None
    # The CSV and the JSON; None if there is nothing to export.
    export: ExportLinks | None = None
    # The menus besides range and filters; each is `menu` in its own template.
    menus: Sequence[Menu] = ()
    # What is new since this person last looked, shown behind the lead.
    new_to_me: Menu | None = None
    facets: Facets | None = None
    chart: Chart | None = None
    # The details of the open row; None if none is open.
    open: Detail | None = None
    # See `Controls`.
    picker: RangePicker
    filter_hidden: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class EventsContext(ListContext):
    """A page of events."""

    page: Page
    table: EventTable
    # "comfortable" or "compact".
    density: str
    # The neighbouring pages; blank where there is none.
    older_href: str
    newer_href: str
    # The address that says how many rows are new; blank if the page need not ask.
    poll_href: str


@dataclass(frozen=True, kw_only=True)
class EventContext:
    """The page of one event."""

    title: str
    # The name of the list that the event is in, and its address.
    list_title: str
    list_href: str
    # The details of the event.
    open: EventDetail
    # Whether it has a page of its own.
    is_alone: bool
    # How to reveal what is masked of it; None if nothing is, or nobody may.
    reveal: RevealCard | None = None


@dataclass(frozen=True, kw_only=True)
class NewsContext:
    """How many rows of a list are new since its page was made, for that page itself."""

    new: int
    # The same in words.
    new_words: str
    # The list with the new rows.
    href: str


@dataclass(frozen=True, kw_only=True)
class FacetContext:
    """One facet beside a list, fetched by the list itself."""

    facet: Facet
    # Whether it comes without the page around it, so that it has to take the focus.
    is_alone: bool


@dataclass(frozen=True, kw_only=True)
class GroupedContext(ListContext):
    """A list of groups."""

    table: GroupedTable
    # The rows that are shown, at most `most` of them.
    lines: list[GroupLine]
    most: int
    # How many are not shown.
    more: int
