"""The table of logins: a column for each field, under Cloudflare's names."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.tables import Column, EventTable
from dashboard.logins.filters import result_of
from dashboard.page import cells
from logsync.insight.app_names import AppKey, shared_names
from logsync.insight.connection_names import ConnectionNames, connection_names
from logsync.models import AccessRequest
from logsync.models.masking import MaskedAddress, network_around
from logsync.words import country_name


class LoginTable(EventTable):
    """One row for each Access login event."""

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
    identified_by = ("ray_id",)

    created_at = Column(verbose_name="Time", cls="fit m2")
    user_email = Column(verbose_name="Person", cls="cut who m1")
    user_id = Column(verbose_name="User ID")
    app_name = Column(verbose_name="App", cls="cut m3")
    app_uid = Column(verbose_name="App ID")
    app_domain = Column(verbose_name="Host and path", cls="cut")
    app_type = Column(verbose_name="App type", cls="fit short")
    action = Column(verbose_name="Action", cls="fit short")
    connection = Column(verbose_name="Provider", cls="fit short off-card")
    allowed = Column(verbose_name="Result", cls="fit m4")
    ip_address = Column(verbose_name="IP address", cls="fit short", is_masked=True)
    country = Column(verbose_name="Country", cls="fit short")
    ray_id = Column(verbose_name="Ray ID", cls="cut code y3")
    account = Column(verbose_name="Account", orderable=False)
    extra = Column(verbose_name="Extra", cls="cut", orderable=False)

    @cached_property
    def shared_names(self) -> dict[AppKey, tuple[str, str]]:
        return shared_names()

    @cached_property
    def connection_names(self) -> ConnectionNames:
        return connection_names()

    def render_created_at(self, record: AccessRequest) -> SafeString:
        if record.lacks_time:
            return cells.badge("No time given", "circle-dashed")
        return cells.clock(record.created_at, self.viewer)

    def render_user_email(self, value: str) -> SafeString:
        return cells.person(value)

    def render_user_id(self, value: str) -> SafeString:
        return self.narrow("user_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_app_name(self, record: AccessRequest) -> SafeString:
        name = record.app_name or record.app_domain or record.app_uid
        listed, apart = self.shared_names.get((record.account_id, record.app_uid), ("", ""))
        name = apart if name == listed else name
        app = self.narrow("app_uid", record.app_uid, cells.text(name)) if record.app_uid else cells.text(name)
        return format_html('{}<span class="dim d-md-none"> · <bdi>{}</bdi></span>', app, self._provider(record))

    def render_app_uid(self, value: str) -> SafeString:
        return self.narrow("app_uid", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_app_domain(self, value: str) -> SafeString:
        return self.narrow_text("app_domain", value)

    def render_app_type(self, value: str) -> SafeString:
        return self.narrow("app_type", value)

    def render_action(self, value: str) -> SafeString:
        return self.narrow("action", value)

    def render_connection(self, record: AccessRequest) -> SafeString:
        return self.narrow("connection", record.connection, cells.text(self._provider(record)))

    def _provider(self, record: AccessRequest) -> str:
        return self.connection_names.name(record.connection, record.account_id)

    def render_allowed(self, record: AccessRequest) -> SafeString:
        return self.narrow("allowed", result_of(record.allowed, record.action), cells.result(record))

    def render_ip_address(self, value: str) -> SafeString:
        # What is masked can only be looked for by its network.
        asked = network_around(value) if isinstance(value, MaskedAddress) else value
        return self.narrow("ip_address", asked, cells.text(value))

    def render_country(self, value: str) -> SafeString:
        return self.narrow("country", value, cells.text(country_name(value)))

    def render_ray_id(self, value: str) -> SafeString:
        if not value:
            return cells.EMPTY
        link = self.narrow("ray_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))
        return format_html('<span class="gh-idline">{}{}</span>', link, cells.copy_button(value, "Ray ID"))

    def render_account(self, record: AccessRequest) -> SafeString:
        return self.narrow("account", record.account.account_id, cells.text(str(record.account)))

    def render_extra(self, value: dict[str, Any]) -> SafeString:
        return (
            cells.text(cells.beginning(json.dumps(value, ensure_ascii=False, sort_keys=True))) if value else cells.EMPTY
        )

    def row_label(self, record: AccessRequest) -> str:
        """What the button that opens the row says."""
        return f"Details of {record.user_email or 'a login without an address'} at {record.created_at:%H:%M:%S}"
