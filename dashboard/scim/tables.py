"""The table of SCIM updates: a column for each field, under Cloudflare's names."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.lists.tables import Column, EventTable
from dashboard.page import cells
from dashboard.page.badges import resource_badge
from logsync.insight.problem_resources import ProblemState, problem_states
from logsync.insight.update_descriptions import describe_briefly, read_intents
from logsync.models import IdentityProvider, ScimProblem, ScimUpdate
from logsync.scim.description import Intent
from logsync.scim.hidden_body import HiddenBody

# How many characters of an unreadable body a row shows.
LONGEST_RAW = 120


class ScimTable(EventTable):
    """One row for each SCIM update. The error column first says what was requested, and for which resource."""

    default_columns = ("logged_at", "status", "error_description", "idp_id", "request_method", "resource_type")
    default_sort = "-logged_at"
    identified_by = ("cf_resource_id", "idp_resource_id")

    logged_at = Column(verbose_name="Time", cls="fit off-card")
    status = Column(verbose_name="Status", cls="fit short m4")
    error_description = Column(verbose_name="Request and error", cls="m1 wide text-wrap")
    request_method = Column(verbose_name="Method", cls="fit short m3")
    resource_type = Column(verbose_name="Type", cls="fit short off-card")
    resource_user_email = Column(verbose_name="Person", cls="cut")
    resource_group_name = Column(verbose_name="Group", cls="cut")
    idp_id = Column(verbose_name="Provider", cls="fit off-card")
    idp_resource_id = Column(verbose_name="Provider's resource ID")
    cf_resource_id = Column(verbose_name="Cloudflare's resource ID")
    request_body = Column(verbose_name="Request body", cls="cut", orderable=False)
    account = Column(verbose_name="Account", orderable=False)
    extra = Column(verbose_name="Extra", cls="cut", orderable=False)

    @cached_property
    def provider_names(self) -> dict[tuple[int, str], str]:
        return IdentityProvider.objects.names()

    def render_logged_at(self, record: ScimUpdate) -> SafeString:
        if record.lacks_time:
            return cells.badge("No time given", "circle-dashed")
        return cells.clock(record.logged_at, self.viewer)

    def render_status(self, record: ScimUpdate) -> SafeString:
        return self.narrow("status", record.status, cells.scim_status(record.status, record.has_failed))

    def derived_columns(self) -> list[tuple[str, Column]]:
        """What happened after each failure, if the columns about failures are shown."""
        is_about_failures = {"status", "error_description"} <= set(self.shown)
        since = Column(verbose_name="Since then", orderable=False, accessor="pk", cls="fit gh-since")
        return [("since_then", since)] if is_about_failures else []

    @cached_property
    def updates(self) -> list[ScimUpdate]:
        """The rows of the page."""
        return list(self.data.data)

    @cached_property
    def intents(self) -> dict[int, Intent]:
        return read_intents(self.updates)

    @cached_property
    def states(self) -> dict[int, ProblemState]:
        return problem_states(self.updates)

    @cached_property
    def problem_keys(self) -> dict[int, str]:
        problems = ScimProblem.objects.filter(pk__in={row.problem_id for row in self.updates if row.problem_id})
        return dict(problems.order_by().values_list("pk", "key"))

    def render_since_then(self, record: ScimUpdate) -> SafeString:
        if not record.has_failed:
            return cells.EMPTY
        if record.pk in self.states:
            badge = resource_badge(**self.states[record.pk]._asdict())
            key = self.problem_keys[record.problem_id or 0]
            href = reverse("scim:problem", args=[key])
            return format_html('<a class="gh-plain" href="{}" title="Open problem">{}</a>', href, badge)
        return mark_safe('<span class="dim">Unknown</span>')

    def render_error_description(self, record: ScimUpdate) -> SafeString:
        request = format_html('<span class="gh-asked">{}</span>', self._request(record))
        if not record.error_description:
            return request
        error = format_html('<bdi class="gh-error">{}</bdi>', cells.beginning(record.error_description))
        # URLs have a length limit, and the start of a long text finds it too.
        return format_html(
            "{}<br>{}", request, self.narrow_text("error_description", record.error_description[:200], error)
        )

    def _request(self, record: ScimUpdate) -> SafeString:
        """What was requested, with the resource in bold: within the words if they name it, else after them."""
        intent = self.intents[record.pk]
        words, name = describe_briefly(record, intent), record.resource_label
        resource = format_html('<span class="fw-medium">{}</span>', self._resource(record))
        if name and words.count(name) == 1:
            before, _, after = words.partition(name)
            return format_html("<bdi>{}</bdi>{}<bdi>{}</bdi>", before, resource, after)
        raw = "" if intent.is_readable or isinstance(record.request_body, HiddenBody) else record.request_body
        shown = format_html(' <bdi class="gh-id dim">{}</bdi>', raw[:LONGEST_RAW]) if raw else ""
        return format_html("<bdi>{}</bdi>{} · {}", words, shown, resource)

    def _resource(self, record: ScimUpdate) -> SafeString:
        if record.resource_user_email:
            return cells.person(record.resource_user_email)
        if record.resource_group_name:
            return self.narrow_text("resource_group_name", record.resource_group_name)
        if record.cf_resource_id:
            return self.narrow("cf_resource_id", record.cf_resource_id)
        if record.idp_resource_id:
            return self.narrow("idp_resource_id", record.idp_resource_id)
        return mark_safe('<span class="dim">no resource named</span>')

    def render_request_method(self, record: ScimUpdate) -> SafeString:
        method = self.narrow("request_method", record.request_method, cells.method(record.request_method))
        beside = format_html("<bdi>{}</bdi> · <bdi>{}</bdi>", record.resource_type, self._provider(record))
        when = cells.clock(record.logged_at, self.viewer)
        return format_html('{}<span class="dim d-md-none"> {} · {}</span>', method, beside, when)

    def render_resource_type(self, value: str) -> SafeString:
        return self.narrow("resource_type", value, cells.resource_type(value))

    def render_resource_user_email(self, value: str) -> SafeString:
        return cells.person(value)

    def render_resource_group_name(self, value: str) -> SafeString:
        return self.narrow_text("resource_group_name", value)

    def render_idp_id(self, record: ScimUpdate) -> SafeString:
        return self.narrow("idp_id", record.idp_id, cells.text(self._provider(record)))

    def _provider(self, record: ScimUpdate) -> str:
        return self.provider_names.get((record.account_id, record.idp_id), record.idp_id)

    def render_idp_resource_id(self, value: str) -> SafeString:
        return self.narrow("idp_resource_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_cf_resource_id(self, value: str) -> SafeString:
        return self.narrow("cf_resource_id", value, format_html('<bdi class="gh-id">{}</bdi>', value))

    def render_request_body(self, value: str) -> SafeString:
        if isinstance(value, HiddenBody):
            return mark_safe('<span class="dim">Hidden</span>')
        return format_html('<bdi class="gh-id">{}</bdi>', value[:200]) if value else cells.EMPTY

    def render_account(self, record: ScimUpdate) -> SafeString:
        return self.narrow("account", record.account.account_id, cells.text(str(record.account)))

    def render_extra(self, value: dict[str, Any]) -> SafeString:
        return cells.text(cells.beginning(json.dumps(value, ensure_ascii=False))) if value else cells.EMPTY

    def row_label(self, record: ScimUpdate) -> str:
        """What the button that opens the row says."""
        return (
            f"Details of the request for {record.resource_label or 'no named resource'} at {record.logged_at:%H:%M:%S}"
        )
