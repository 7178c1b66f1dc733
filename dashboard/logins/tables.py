"""How logins are shown: a column a field, under Cloudflare's own names."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.logins.by_app import App
from dashboard.ui import cells
from dashboard.ui.address import Address
from dashboard.ui.tables import Column, EventTable
from dashboard.ui.viewer import Viewer
from logsync.models import AccessRequest


class LoginTable(EventTable):
    """One row an Access login event."""

    default_columns = (
        "created_at",
        "user_email",
        "app_name",
        "connection",
        "ip_address",
        "country",
        "ray_id",
        "allowed",
    )
    default_sort = "-created_at"

    created_at = Column(verbose_name="Time", cls="fit m2")
    user_email = Column(verbose_name="Person", cls="cut m1")
    user_id = Column(verbose_name="User ID")
    app_name = Column(verbose_name="App", cls="cut m3")
    app_uid = Column(verbose_name="App ID")
    app_domain = Column(verbose_name="Host and path", cls="cut")
    app_type = Column(verbose_name="App type")
    action = Column(verbose_name="Action")
    connection = Column(verbose_name="Provider")
    allowed = Column(verbose_name="Result", cls="fit m4")
    ip_address = Column(verbose_name="IP address")
    country = Column(verbose_name="Country")
    ray_id = Column(verbose_name="Ray ID")
    account = Column(verbose_name="Account", orderable=False)
    extra = Column(verbose_name="Extra", cls="cut", orderable=False)

    def render_created_at(self, record: AccessRequest) -> SafeString:
        if record.lacks_time:
            return cells.badge("No time given", "circle-dashed")
        return cells.clock(record.created_at, self.viewer)

    def render_user_email(self, value: str) -> SafeString:
        return self.narrow("user_email", value, cells.address(value))

    def render_user_id(self, value: str) -> SafeString:
        return self.narrow("user_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_app_name(self, record: AccessRequest) -> SafeString:
        name = record.app_name or record.app_domain or record.app_uid
        app = self.narrow("app_uid", record.app_uid, cells.text(name)) if record.app_uid else cells.text(name)
        return format_html('{}<span class="dim d-md-none"> · <bdi>{}</bdi></span>', app, record.connection)

    def render_app_uid(self, value: str) -> SafeString:
        return self.narrow("app_uid", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_app_domain(self, value: str) -> SafeString:
        return self.narrow("app_domain", value)

    def render_app_type(self, value: str) -> SafeString:
        return self.narrow("app_type", value)

    def render_action(self, value: str) -> SafeString:
        return self.narrow("action", value)

    def render_connection(self, value: str) -> SafeString:
        return self.narrow("connection", value)

    def render_allowed(self, value: bool | None) -> SafeString:
        word = {True: "true", False: "false", None: "unknown"}[value]
        return self.narrow("allowed", word, cells.allowed(value))

    def render_ip_address(self, value: str) -> SafeString:
        return self.narrow("ip_address", value)

    def render_country(self, value: str) -> SafeString:
        return self.narrow("country", value)

    def render_ray_id(self, value: str) -> SafeString:
        if not value:
            return cells.EMPTY
        link = self.narrow("ray_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))
        return format_html("{}{}", link, cells.copy_button(value, "Ray ID"))

    def render_account(self, record: AccessRequest) -> SafeString:
        return self.narrow("account", record.account.account_id, cells.text(str(record.account)))

    def render_extra(self, value: dict[str, Any]) -> SafeString:
        return cells.text(json.dumps(value, ensure_ascii=False)) if value else cells.EMPTY

    def row_label(self, record: AccessRequest) -> str:
        """What the button that opens the row says."""
        return f"Details of {record.user_email or 'a login without an address'} at {record.created_at:%H:%M:%S}"


class AppTable(tables.Table):
    """One row an application with failed logins; see `dashboard.logins.by_app`."""

    app = Column(verbose_name="App", cls="cut m1", order_by="name", accessor="name")
    denied = Column(verbose_name="Denied", cls="num fit m2")
    change = Column(verbose_name="Before", cls="num fit")
    people = Column(verbose_name="People", cls="num fit m3")
    share = Column(verbose_name="Share of logins", cls="num fit")
    trend = Column(verbose_name="Trend", cls="gh-trend m5", orderable=False)
    first = Column(verbose_name="First", cls="fit num")
    last = Column(verbose_name="Last", cls="fit num")
    locked_out = Column(verbose_name="Still locked out", cls="fit m4")

    class Meta:
        order_by_field = "sort"

    def __init__(self, apps: list[App], *, sort: str, viewer: Viewer, address: Address) -> None:
        self.viewer = viewer
        self.address = address
        super().__init__(apps, order_by=sort if sort.lstrip("-") in self.base_columns else "-denied")

    def render_app(self, record: App) -> SafeString:
        return self._link(record, "gh-plain fw-medium", cells.text(record.name))

    def render_denied(self, record: App) -> SafeString:
        count = format_html('{}<span class="d-md-none"> denied</span>', f"{record.denied:,}")
        return self._link(record, "", count)

    def _link(self, app: App, cls: str, what: SafeString) -> SafeString:
        """A link to exactly these denials; none where the app has no id, since no filter asks for a lack of it."""
        if not app.app_uid:
            return what
        query = self.address.replacing(app_uid=app.app_uid, account=app.account.account_id, sort=None)
        return format_html('<a class="{}" href="{}">{}</a>', cls, reverse("logins:list") + query, what)

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

    def render_share(self, value: float) -> str:
        return f"{value:.1f} %"

    def render_trend(self, record: App) -> SafeString:
        bars = format_html_join(
            "",
            '<rect class="m-bad" x="{}%" width="{}%" y="{}%" height="{}%"/>',
            [(bar.x, bar.width, 98 - bar.height, bar.height) for bar in record.trend],
        )
        label = f"Denials over the range, at most {max((bar.count for bar in record.trend), default=0)} at once"
        return format_html(
            '<svg class="gh-spark" role="img" aria-label="{}">'
            '<rect class="m-none" width="100%" y="98%" height="2%"/>{}</svg>',
            label,
            bars,
        )

    def render_first(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_last(self, value: datetime) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True)

    def render_locked_out(self, value: int) -> SafeString:
        if not value:
            return mark_safe('<span class="dim">nobody</span>')
        return cells.badge(f"{value:,} {'person' if value == 1 else 'people'}", "lock", "bad")
