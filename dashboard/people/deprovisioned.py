"""The deprovision check: who was let in after a deprovisioning that worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import OPEN_SYNC, Empty
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.timerange import TimeRange, read_range
from dashboard.people.at_cloudflare import sessions_known
from dashboard.people.deprovisioned_words import footnotes, lead, nobody
from dashboard.people.filters import DEPROVISIONED_RANGE, DeprovisionedFilter
from logsync.insight.app_names import name_in
from logsync.insight.deprovisioning import DeprovisioningCheck, LoginsAfter, check_deprovisioning
from logsync.insight.session_revocation import in_words
from logsync.models import Account, ScimUpdate
from logsync.words import duration, rfc3339


@dataclass(frozen=True)
class LetInGroups(Groups):
    """The people who were let in, and the check that found them."""

    check: DeprovisioningCheck


class LetInTable(GroupedTable):
    """One row for each person who was let in after their deprovisioning."""

    caption = "People who were let in after they were deprovisioned, longest time first"

    account = CsvColumn("update__account__account_id")
    person = GroupColumn(verbose_name="Person", cls="cut who m1", orderable=False, csv="user_email")
    idp_id = CsvColumn("update__idp_id")
    update = GroupColumn(verbose_name="Deprovisioned", cls="fit m3", orderable=False, csv="deprovisioned_at")
    activity = CsvColumn("update__activity")
    scim_key = CsvColumn("update__key__hex")
    first = GroupColumn(verbose_name="First allowed after", cls="fit", orderable=False, csv="first_allowed_at")
    minutes_to_first = CsvColumn()
    last = GroupColumn(verbose_name="Last allowed", cls="fit m4", orderable=False, csv="last_allowed_at")
    until_last = GroupColumn(verbose_name="Time until then", cls="fit num m2", orderable=False, csv="minutes_to_last")
    logins = GroupColumn(verbose_name="Rows", cls="fit num y3", orderable=False, csv="allowed_rows")
    last_app_name = CsvColumn("last__app_name")
    last_ray_id = CsvColumn("last__ray_id")
    setting = GroupColumn(verbose_name="Session revocation", cls="fit", orderable=False, csv="user_deprovision")

    def __init__(
        self,
        rows: Iterable[LoginsAfter],
        *,
        has_accounts: bool,
        sessions: Mapping[tuple[int, str], str],
        **kwargs: Any,
    ) -> None:
        self.has_accounts = has_accounts
        self.sessions = sessions
        super().__init__(rows, **kwargs)

    def render_person(self, record: LoginsAfter) -> SafeString:
        href = reverse("people:person", args=[record.person])
        return format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, cells.address(record.person))

    def render_update(self, record: LoginsAfter) -> SafeString:
        word = "deleted" if record.update.activity == ScimUpdate.Activity.DELETED else "set inactive"
        clock = cells.clock(record.update.logged_at, self.viewer, with_day=True)
        by = format_html('<span class="small dim d-block gh-hide-m">{} by <bdi>{}</bdi></span>', word, record.provider)
        link = '<span class="d-md-none dim">off </span><a class="gh-plain" href="{}">{} {}</a>'
        return format_html(link, resolve_url(record.update), clock, by)

    def render_first(self, record: LoginsAfter) -> SafeString:
        return self._login(record.first)

    def render_last(self, record: LoginsAfter) -> SafeString:
        return format_html('<span class="d-md-none dim">last in </span>{}', self._login(record.last))

    def _login(self, login: Any) -> SafeString:
        app = name_in(login)
        clock = cells.clock(login.created_at, self.viewer, with_day=True)
        link = '<a class="gh-plain" href="{}">{} <span class="small dim d-block gh-hide-m"><bdi>{}</bdi></span></a>'
        return format_html(link, resolve_url(login), clock, app)

    def render_until_last(self, value: timedelta) -> SafeString:
        return format_html('{}<span class="d-md-none dim"> later</span>', duration(value))

    def render_logins(self, record: LoginsAfter) -> SafeString:
        since, until = record.first.created_at, record.last.created_at + timedelta.resolution
        query = {"log": "logins", "allowed": "true"}
        query |= {"since": rfc3339(since), "until": rfc3339(until)}
        query |= {"account": record.update.account.account_id} if self.has_accounts else {}
        href = f"{reverse('people:person', args=[record.person])}?{urlencode(query)}"
        return format_html('<a href="{}#timeline">{}</a>', href, f"{record.logins:,}")

    def render_setting(self, record: LoginsAfter) -> SafeString:
        """The provider's setting, and what Cloudflare said of the person's sessions, or the way to ask."""
        setting = format_html('<span class="{}">{}</span>', "" if record.setting else "dim", in_words(record.setting))
        known = self.sessions.get((record.update.account_id, record.person), "Ask for open sessions")
        href = f"{reverse('people:person', args=[record.person])}#at-cloudflare"
        return format_html('{} <a class="small d-block" href="{}">{}</a>', setting, href, known)

    def value_update(self, record: LoginsAfter) -> datetime:
        return record.update.logged_at

    def value_first(self, record: LoginsAfter) -> datetime:
        return record.first.created_at

    def value_minutes_to_first(self, record: LoginsAfter) -> float:
        return round(record.until_first / timedelta(minutes=1), 1)

    def value_last(self, record: LoginsAfter) -> datetime:
        return record.last.created_at

    def value_until_last(self, record: LoginsAfter) -> float:
        return round(record.until_last / timedelta(minutes=1), 1)

    def value_setting(self, record: LoginsAfter) -> str:
        return in_words(record.setting)


class DeprovisionedList(GroupedList):
    """Who was let in after a deprovisioning that worked, longest time first.

    It needs both logs: one shows the deprovisionings, the other the logins.
    """

    model = ScimUpdate
    filterset_class = DeprovisionedFilter
    table_class = LetInTable
    log = None
    # Logins have no SCIM provider, so a filter on the provider changes nothing about coverage.
    stream_filters = {"account": "account__account_id"}
    title = "Logins after deprovisioning"
    word = "Deprovisioned"
    noun = "people"
    list_name = "people:deprovisioned"
    csv_name = "people:deprovisioned-csv"
    filename = "deprovisioned"

    def range(self, request: HttpRequest) -> TimeRange:
        return read_range(request, DEPROVISIONED_RANGE)

    def groups(self, filterset: Any, most: int | None) -> LetInGroups:
        updates, range = filterset.rows_outside_range(), filterset.range
        found = check_deprovisioning(updates, range.span, most, range.now)
        return LetInGroups(found.let_in, len(found.times), found)

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> LetInTable:
        has_accounts = Account.objects.count() > 1
        return LetInTable(
            found.rows,
            viewer=self.viewer,
            query_string=filterset.query_string,
            has_accounts=has_accounts,
            sessions=self.sessions(found),
        )

    def sessions(self, found: Groups) -> Mapping[tuple[int, str], str]:
        """What Cloudflare said of these people's sessions; the exports don't have it."""
        return {}


@dataclass(frozen=True, kw_only=True)
class DeprovisionedContext(GroupedContext):
    """The page of the deprovision check."""

    # None if the address has a problem.
    check: DeprovisioningCheck | None = None
    # What is below the table.
    footnotes: Sequence[str] = ()


class DeprovisionedView(DeprovisionedList, GroupedListView):
    """The page of the check."""

    template_name = "people/deprovisioned.html"
    context_class = DeprovisionedContext
    most = 100

    def sessions(self, found: Groups) -> Mapping[tuple[int, str], str]:
        return sessions_known((row.update.account, row.person) for row in found.rows)

    def lead(self, found: Any, filterset: Any) -> str:
        return lead(found.check, found.count)

    def empty(self, found: Any, filterset: Any, line: CoverageLine | None) -> Empty:
        assert line is not None
        return _why_nobody(found.check, line)

    def further(self, found: Any, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        return {"check": found.check, "footnotes": footnotes(found.check, found.count)}


def _why_nobody(found: DeprovisioningCheck, line: CoverageLine) -> Empty:
    if line.kind == "unknown":
        return Empty(
            "history", "Not synced yet", f"{line.sentence} There may be logins that aren’t synced yet.", [OPEN_SYNC]
        )
    words = f"{nobody(found)} {line.sentence}"
    if not found.deprovisioned:
        return Empty("circle-check", "Nobody was deprovisioned in this range", words, [])
    if line.kind == "partial":
        title = "Nobody found, but part of this range is unknown"
        return Empty("alert-triangle", title, f"{words} There may be others in the part that is missing.", [OPEN_SYNC])
    if line.kind == "provisional":
        return Empty("clock-hour-4", "No logins after deprovisioning so far", words, [])
    return Empty("circle-check", "No logins after deprovisioning", words, [])


class DeprovisionedExportView(DeprovisionedList, GroupedExportView):
    """The same as CSV or JSON, with times in UTC."""
