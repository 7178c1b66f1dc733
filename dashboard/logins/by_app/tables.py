"""The table of applications with failed logins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.charts.sparkline import WHOLE, sparkline
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.logins.by_person import LOCKED_OUT, NEVER_HAD_ACCESS
from dashboard.page import cells
from dashboard.page.badges import locked_out_badge, never_had_access_badge
from dashboard.page.links import app_href, denials_href, others_href, people_href
from logsync.insight.failures_by_app import App
from logsync.spans import Span
from logsync.words import counted, rfc3339


class AppTable(GroupedTable):
    """One row for each application with failed logins; see `logsync.insight.failures_by_app`.

    Numbers are attempts of people. `before` is the span that the range is compared with, and `known` the part of the
    range that is known, in stretches of per cent from and to. In the CSV a share that is not counted is blank, and so
    is the time before where it is not known.
    """

    default_sort = "-denied"
    caption = "Applications with failed logins"
    anchor = "app"
    unfolds = True

    account = CsvColumn("account__account_id")
    app_uid = CsvColumn()
    app = GroupColumn(verbose_name="App", cls="cut m1", order_by="name", accessor="name", csv="app_name")
    denied = GroupColumn(verbose_name="Denied", cls="num fit m2")
    change = GroupColumn(verbose_name="Before", cls="num fit", csv="before")
    people = GroupColumn(verbose_name="People", cls="num fit m3")
    share = GroupColumn(verbose_name="Share denied", cls="num fit")
    trend = GroupColumn(verbose_name="Trend", cls="gh-trend y2", orderable=False, csv=None)
    first = GroupColumn(verbose_name="First", cls="fit num y1")
    last = GroupColumn(verbose_name="Last", cls="fit num off-card")
    locked_out = GroupColumn(verbose_name="Locked out", cls="fit m4")
    never_had_access = GroupColumn(verbose_name="Never had access", cls="fit")
    denied_rows = CsvColumn("rows")
    other_denied_rows = CsvColumn("others")

    def __init__(
        self,
        apps: Iterable[App],
        *,
        before: Span | None = None,
        known: Sequence[tuple[float, float]] = WHOLE,
        **kwargs: Any,
    ) -> None:
        self.before = before
        self.known = known
        super().__init__(apps, **kwargs)

    def row_label(self, record: App) -> str:
        return f"What the denied at {record.name} have in common"

    def value_change(self, record: App) -> int | None:
        return record.before

    def value_share(self, record: App) -> str | None:
        return None if record.share is None else f"{record.share:.1f}"

    def render_app(self, record: App) -> SafeString:
        name = cells.text(record.name)
        href = app_href(self.query_string, record.account, record.app_uid)
        name = format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, name) if href else name
        if not record.other_names:
            return name
        other = record.other_names[0]
        return format_html('{} <span class="dim small gh-hide-m">also <bdi>{}</bdi></span>', name, other)

    def render_denied(self, record: App) -> SafeString:
        href = denials_href(self.query_string, record.account, record.app_uid)
        shown = cells.attempts(record.denied, record.rows, href, mark_safe('<span class="d-md-none"> denied</span>'))
        if not record.others:
            return shown
        words = f"+ {counted(record.others, 'other row')}"
        href = others_href(self.query_string, record.account, record.app_uid)
        others = format_html('<a href="{}">{}</a>', href, words) if href else words
        title = "Denied rows of services, or without an e-mail address"
        return format_html('{} <span class="dim small nowrap" title="{}">{}</span>', shown, title, others)

    def render_change(self, record: App) -> SafeString | str:
        if record.before is None:
            return cells.EMPTY
        before = cells.attempts(record.before, record.rows_before or 0, self._before_href(record))
        if not record.change:
            return format_html('<span class="dim">{} same</span>', before)
        arrow, kind = ("arrow-narrow-up", "bad-text") if record.change > 0 else ("arrow-narrow-down", "good-text")
        change = format_html('<span class="{}">{}{}</span>', kind, cells.icon(arrow), f"{abs(record.change):,}")
        return format_html('<span class="dim">{}</span> {}', before, change)

    def _before_href(self, record: App) -> str:
        if self.before is None:
            return ""
        since, until = (rfc3339(end, "auto") for end in self.before)
        return denials_href(self.query_string, record.account, record.app_uid, range=None, since=since, until=until)

    def render_people(self, record: App) -> SafeString:
        beside = cells.clock(record.last, self.viewer)
        count = self._people(record, f"{record.people:,}") if record.people else "0"
        return format_html('{}<span class="d-md-none dim"> people, last {}</span>', count, beside)

    def _people(self, record: App, words: SafeString | str, outcome: str | None = None) -> SafeString:
        """A number of people, linked to them."""
        href = people_href(self.query_string, record.account, record.app_uid, outcome=outcome)
        return format_html('<a class="gh-plain" href="{}">{}</a>', href, words) if href else format_html("{}", words)

    def render_share(self, record: App) -> SafeString | str:
        """The share, linked to all logins that it is a share of."""
        if record.share is None:
            return cells.EMPTY
        href = denials_href(self.query_string, record.account, record.app_uid, allowed=["false", "true"])
        shown = f"{record.share:.1f} %"
        if not href:
            return shown
        of = f"{record.denied:,} of {counted(record.judged or 0, 'attempt')}"
        return format_html('<a class="gh-plain" href="{}" title="{}">{}</a>', href, of, shown)

    def render_trend(self, record: App) -> SafeString:
        most = max((bar.count for bar in record.trend), default=0)
        return sparkline(record.trend, "m-bad", f"Denials over the range, at most {most} at once", self.known)

    def render_first(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_locked_out(self, record: App) -> SafeString:
        on_card = '<span class="d-md-none"> locked out</span>'
        if not record.locked_out:
            return mark_safe(f'<span class="dim">nobody{on_card}</span>')
        words = format_html("{}{}", counted(record.locked_out, "person", "people"), mark_safe(on_card))
        return locked_out_badge(self._people(record, words, LOCKED_OUT))

    def render_never_had_access(self, record: App) -> SafeString:
        if not record.never_had_access:
            return mark_safe('<span class="dim">nobody</span>')
        words = counted(record.never_had_access, "person", "people")
        return never_had_access_badge(self._people(record, words, NEVER_HAD_ACCESS))
