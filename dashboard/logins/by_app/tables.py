"""How applications with failed logins are shown, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.charts.sparkline import WHOLE, sparkline
from dashboard.lists.rows import RowTable
from dashboard.lists.tables import Column
from dashboard.page import cells
from dashboard.page.links import app_href, rows_href
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.insight.failures_by_app import App
from logsync.words import counted


class AppTable(RowTable):
    """One row an application with failed logins; see `logsync.insight.failures_by_app`.

    `known` is the part of the range that is known, in stretches of per cent from and to.
    """

    app = Column(verbose_name="App", cls="cut m1", order_by="name", accessor="name")
    denied = Column(verbose_name="Denied", cls="num fit m2")
    change = Column(verbose_name="Before", cls="num fit")
    people = Column(verbose_name="People", cls="num fit m3")
    share = Column(verbose_name="Share of logins", cls="num fit")
    trend = Column(verbose_name="Trend", cls="gh-trend", orderable=False)
    first = Column(verbose_name="First", cls="fit num")
    last = Column(verbose_name="Last", cls="fit num")
    locked_out = Column(verbose_name="Still locked out", cls="fit m4")

    class Meta:
        order_by_field = "sort"

    def __init__(
        self,
        apps: list[App],
        *,
        sort: str,
        viewer: Viewer,
        address: QueryString,
        known: Sequence[tuple[float, float]] = WHOLE,
    ) -> None:
        self.viewer = viewer
        self.query_string = address
        self.known = known
        super().__init__(apps, order_by=sort if sort.lstrip("-") in self.base_columns else "-denied")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The rows as the page shows them: each with its key, and the addresses that unfold it and fold it away."""
        return [
            {
                "row": row,
                "key": row.record.key,
                "open_href": self.query_string.here(open=row.record.key),
                "close_href": self.query_string.here(open=None),
                "label": f"What the denied at {row.record.name} have in common",
            }
            for row in self.rows
        ]

    def render_app(self, record: App) -> SafeString:
        name = cells.text(record.name)
        href = app_href(self.query_string, record.account, record.app_uid)
        name = format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, name) if href else name
        if not record.other_names:
            return name
        other = record.other_names[0]
        return format_html('{} <span class="dim small gh-hide-m">also <bdi>{}</bdi></span>', name, other)

    def render_denied(self, record: App) -> SafeString:
        count = format_html('{}<span class="d-md-none"> denied</span>', f"{record.denied:,}")
        href = rows_href(self.query_string, record.account, record.app_uid)
        return format_html('<a href="{}">{}</a>', href, count) if href else count

    def render_change(self, record: App) -> SafeString | str:
        if record.before is None:
            return cells.EMPTY
        before = f"{record.before:,}"
        if not record.change:
            return format_html('<span class="dim">{} same</span>', before)
        arrow, kind = ("arrow-narrow-up", "bad-text") if record.change > 0 else ("arrow-narrow-down", "good-text")
        change = format_html('<span class="{}">{}{}</span>', kind, cells.icon(arrow), f"{abs(record.change):,}")
        return format_html('<span class="dim">{}</span> {}', before, change)

    def render_people(self, record: App) -> SafeString:
        beside = cells.clock(record.last, self.viewer)
        return format_html('{}<span class="d-md-none dim"> people, last {}</span>', f"{record.people:,}", beside)

    def render_share(self, value: float | None) -> SafeString | str:
        return cells.EMPTY if value is None else f"{value:.1f} %"

    def render_trend(self, record: App) -> SafeString:
        most = max((bar.count for bar in record.trend), default=0)
        return sparkline(record.trend, "m-bad", f"Denials over the range, at most {most} at once", self.known)

    def render_first(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_locked_out(self, value: int) -> SafeString:
        if not value:
            return mark_safe('<span class="dim">nobody</span>')
        return cells.badge(counted(value, "person", "people"), "lock", "bad")
