"""The table of SCIM problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from dashboard.charts.sparkline import sparkline
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.badges import problem_badge, problem_word, template_text
from dashboard.page.links import problem_href
from dashboard.page.timerange import TimeRange
from dashboard.scim.problems.state_moment import StateMoment
from logsync.insight.trends import Bar
from logsync.models import ScimProblem
from logsync.models.directory import UNNAMED_PROVIDER
from logsync.words import duration


class ProblemTable(GroupedTable):
    """One row for each problem, with the numbers that `logsync.insight.problem_queries.with_counts` adds."""

    default_sort = "-open_resources"
    caption = "SCIM failures, grouped by error"
    classes = "gh-problems"
    unfolds = True

    key = CsvColumn()
    account = CsvColumn("account__account_id")
    idp_id = CsvColumn()
    request_method = CsvColumn()
    resource_type = CsvColumn()
    template = GroupColumn(verbose_name="Error", cls="m1 text-wrap")
    state = GroupColumn(verbose_name="State", cls="fit m4")
    is_ignored = CsvColumn()
    open_resources = GroupColumn(verbose_name="Failing now", cls="num fit m2")
    healed_resources = GroupColumn(verbose_name="Healed", cls="num fit")
    requests = GroupColumn(verbose_name="Requests", cls="num fit")
    unnamed_requests = CsvColumn()
    trend = GroupColumn(verbose_name="Trend", cls="gh-trend", orderable=False, accessor="pk", csv=None)
    first_seen = GroupColumn(verbose_name="First seen", cls="num fit y2")
    last_seen = GroupColumn(verbose_name="Last seen", cls="num fit m3")

    class Meta:
        sequence = ("state", "template", "...")

    def __init__(
        self,
        problems: Iterable[ScimProblem],
        *,
        bars: Mapping[tuple[Any, ...], Sequence[Bar]],
        providers: Mapping[tuple[int, str], str],
        range: TimeRange,
        moment: StateMoment,
        range_parameters: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        """`range_parameters` is the range as the URL gives it, `moment` as of when states are told."""
        self.now = range.now
        self.until = f"&{moment.query}" if moment.query else ""
        self.range_parameters = dict(range_parameters)
        self.bars = bars
        self.providers = providers
        super().__init__(problems, **kwargs)
        self.columns["open_resources"].column.verbose_name = moment.failing_column

    def render_state(self, record: Any) -> SafeString:
        badge = problem_badge(record.state, is_ignored=record.is_ignored)
        if not record.is_ignored:
            return badge
        return format_html('{}<br><span class="small dim">{}</span>', badge, problem_word(record.state).lower())

    def render_template(self, record: ScimProblem) -> SafeString:
        key = record.key
        href = f"{self.query_string.here(open=key)}#{self.anchor}-{key}"
        provider = self.providers.get((record.account_id, record.idp_id), record.idp_id) or UNNAMED_PROVIDER
        return format_html(
            '<a class="gh-plain fw-medium" href="{}">{}</a><br><span class="small dim"><bdi>{}</bdi> · '
            '<bdi class="gh-id">{} {}</bdi></span>',
            href,
            template_text(record.template),
            provider,
            record.request_method,
            record.resource_type,
        )

    def render_open_resources(self, record: Any) -> SafeString:
        if not record.open_resources:
            return mark_safe('<span class="dim">0<span class="d-md-none"> failing</span></span>')
        return format_html(
            '<a class="fw-medium" href="{}?state=failing{}">{}<span class="d-md-none"> failing</span></a>',
            problem_href(record),
            self.until,
            f"{record.open_resources:,}",
        )

    def render_healed_resources(self, record: Any) -> SafeString:
        if not record.healed_resources:
            return mark_safe('<span class="dim">0</span>')
        href = f"{problem_href(record)}?state=healed{self.until}"
        return format_html('<a class="gh-plain" href="{}">{}</a>', href, f"{record.healed_resources:,}")

    def render_requests(self, record: Any) -> SafeString:
        if not record.requests:
            return mark_safe('<span class="dim">0</span>')
        count = format_html('<a class="gh-plain" href="{}">{}</a>', self.rows_href(record), f"{record.requests:,}")
        if not record.unnamed_requests:
            return count
        title = "These requests name no resource, so we can’t tell whether a later request fixed them."
        unnamed = f"{record.unnamed_requests:,} unnamed"
        return format_html('{}<br><span class="small dim" title="{}">{}</span>', count, title, unnamed)

    def rows_href(self, record: ScimProblem) -> str:
        """The list of these requests."""
        return f"{reverse('scim:list')}?{urlencode({'problem': record.key} | self.range_parameters)}"

    def render_trend(self, record: Any) -> SafeString:
        bars = self.bars.get((record.pk,), [])
        highest = max((bar.count for bar in bars), default=0)
        label = f"Failed requests over the range, at most {highest:,} in one bar"
        return sparkline(bars, "m-bad" if record.open_resources and not record.is_ignored else "m-calm", label)

    def render_first_seen(self, value: datetime) -> SafeString:
        return self._since(value)

    def render_last_seen(self, value: datetime) -> SafeString:
        return self._since(value)

    def _since(self, at: datetime) -> SafeString:
        when = cells.clock(at, self.viewer, with_day=True)
        ago = duration(self.now - at)
        return format_html(
            '<span class="nowrap">{} ago</span><br><span class="small dim gh-hide-m">{}</span>', ago, when
        )

    def fetched(self, record: ScimProblem) -> str:
        return f"{problem_href(record)}?{self.until.removeprefix('&')}" if self.until else problem_href(record)

    def row_label(self, record: ScimProblem) -> str:
        return f"Details of: {record.template}"
