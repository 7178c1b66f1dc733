"""The pages of the deprovision check: who was let in after a deprovisioning that worked."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views import View

from dashboard.lists.csv import cell
from dashboard.lists.empty import OPEN_SYNC, Empty
from dashboard.lists.tables import Column
from dashboard.lists.views import controls
from dashboard.page import cells
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.viewer import Viewer
from dashboard.people.filters import DEPROVISIONED_RANGE, DeprovisionedFilter, read_range
from logsync.insight.app_names import name_in
from logsync.insight.deprovisioning import Check, LetIn, check
from logsync.models import Account, ScimUpdate, Stream
from logsync.words import duration, rfc3339

# More people are not shown at once; the page says so, and the CSV has all.
MOST_PEOPLE = 100
SETTINGS = {True: "on", False: "off", None: "unknown"}
HEADER = (
    "account",
    "user_email",
    "idp_id",
    "deprovisioned_at",
    "activity",
    "scim_key",
    "first_allowed_at",
    "minutes_to_first",
    "last_allowed_at",
    "minutes_to_last",
    "allowed_rows",
    "last_app_name",
    "last_ray_id",
    "user_deprovision",
)


class LetInTable(tables.Table):
    """One row somebody who was let in after their deprovisioning."""

    person = Column(verbose_name="Person", cls="cut m1", orderable=False)
    update = Column(verbose_name="Deprovisioned", cls="fit m3", orderable=False)
    first = Column(verbose_name="First allowed after", cls="fit", orderable=False)
    last = Column(verbose_name="Last allowed", cls="fit m4", orderable=False)
    until_last = Column(verbose_name="Time until then", cls="fit num m2", orderable=False)
    logins = Column(verbose_name="Rows", cls="fit num", orderable=False)
    setting = Column(verbose_name="Session revocation", cls="fit", orderable=False)

    def __init__(self, rows: list[LetIn], *, viewer: Viewer) -> None:
        self.viewer = viewer
        self.has_accounts = Account.objects.count() > 1
        super().__init__(rows)

    def render_person(self, record: LetIn) -> SafeString:
        href = reverse("people:person", args=[record.person])
        return format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, cells.address(record.person))

    def render_update(self, record: LetIn) -> SafeString:
        word = "deleted" if record.update.activity == ScimUpdate.Activity.DELETED else "set inactive"
        clock = cells.clock(record.update.logged_at, self.viewer, with_day=True)
        by = format_html('<span class="small dim d-block gh-hide-m">{} by <bdi>{}</bdi></span>', word, record.provider)
        link = '<span class="d-md-none dim">off </span><a class="gh-plain" href="{}">{} {}</a>'
        return format_html(link, resolve_url(record.update), clock, by)

    def render_first(self, record: LetIn) -> SafeString:
        return self._login(record.first)

    def render_last(self, record: LetIn) -> SafeString:
        return format_html('<span class="d-md-none dim">last in </span>{}', self._login(record.last))

    def _login(self, login: Any) -> SafeString:
        app = name_in(login)
        clock = cells.clock(login.created_at, self.viewer, with_day=True)
        link = '<a class="gh-plain" href="{}">{} <span class="small dim d-block gh-hide-m"><bdi>{}</bdi></span></a>'
        return format_html(link, resolve_url(login), clock, app)

    def render_until_last(self, value: timedelta) -> SafeString:
        return format_html('{}<span class="d-md-none dim"> later</span>', duration(value))

    def render_logins(self, record: LetIn) -> SafeString:
        since, until = record.first.created_at, record.last.created_at + timedelta.resolution
        query = {"log": "logins", "allowed": "true"}
        query |= {"since": rfc3339(since), "until": rfc3339(until)}
        query |= {"account": record.update.account.account_id} if self.has_accounts else {}
        href = f"{reverse('people:person', args=[record.person])}?{urlencode(query)}"
        return format_html('<a href="{}#timeline">{}</a>', href, f"{record.logins:,}")

    def render_setting(self, value: bool | None) -> SafeString:
        return format_html('<span class="{}">{}</span>', "" if value else "dim", SETTINGS[value])


class _Deprovisioned:
    """What both answers are made of."""

    def __init__(self, request: HttpRequest) -> None:
        self.viewer = Viewer.of(request)
        self.filterset = DeprovisionedFilter(
            request.GET,
            request=request,
            range=read_range(request, DEPROVISIONED_RANGE),
            queryset=ScimUpdate.objects.all(),
        )
        self.problems = self.filterset.problems

    def check(self, most: int | None = None) -> Check:
        return check(self.filterset.rows(), most)

    def line(self, viewer: Viewer) -> CoverageLine:
        """Both logs: without the one a deprovisioning, without the other a login would not show."""
        streams = Stream.objects.expected().with_ranges()
        if accounts := self.filterset.accounts:
            streams = streams.filter(account__in=accounts)
        return line_for(streams, self.filterset.range, viewer)


class DeprovisionedView(View):
    """Who was let in after a deprovisioning that worked, longest time first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = _Deprovisioned(request)
        context: dict[str, Any] = {"filterset": page.filterset, "problems": page.problems} | controls(page.filterset)
        if not page.problems:
            found, line = page.check(MOST_PEOPLE), page.line(page.viewer)
            context |= {
                "check": found,
                "people": len(found.times),
                "more": len(found.times) - len(found.let_in),
                "line": line,
                "table": LetInTable(found.let_in, viewer=page.viewer),
                "median": duration(found.median) if found.median else "",
                "worst": duration(found.worst) if found.worst else "",
                "empty": None if found.let_in else _why_nobody(found, line),
                "export_href": reverse("people:deprovisioned-csv") + page.filterset.query_string.replacing(),
            }
        return render(request, "people/deprovisioned.html", context, status=400 if page.problems else 200)


def _why_nobody(found: Check, line: CoverageLine) -> Empty:
    if line.kind == "unknown":
        return Empty("history", "Not synced yet", f"{line.sentence} There may be rows; we do not know.", [OPEN_SYNC])
    if not found.deprovisioned:
        words = f"No SCIM update that deactivated or deleted a user and worked. {line.sentence}"
        return Empty("circle-check", "Nobody was deprovisioned in this range", words, [])
    words = (
        f"{found.deprovisioned - found.active_again:,} of {found.deprovisioned:,} deprovisioned people are still "
        f"inactive, and no login of theirs was allowed more than 2 min later. {line.sentence}"
    )
    if line.kind == "partial":
        title = "Nobody found, but part of this range is unknown"
        return Empty("alert-triangle", title, f"{words} There may be others; we do not know.", [OPEN_SYNC])
    return Empty("circle-check", "Nobody was let in after it", words, [])


class DeprovisionedCsvView(View):
    """The same as CSV, with times in UTC; what is known of the range is in the header field `Coverage`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = _Deprovisioned(request)
        if page.problems:
            return HttpResponse("\n".join(page.problems) + "\n", status=400, content_type="text/plain; charset=utf-8")
        line = page.line(Viewer())
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows([cell(value) for value in _values(one)] for one in page.check().let_in)
        response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
        name = f"deprovisioned-{timezone.now():%Y%m%dT%H%M%SZ}-{line.kind}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Coverage"] = " ".join(line.sentence.split()).replace("’", "'").encode("ascii", "replace").decode()
        return response


def _values(one: LetIn) -> tuple[Any, ...]:
    return (
        one.update.account.account_id,
        one.person,
        one.update.idp_id,
        one.update.logged_at,
        one.update.activity,
        one.update.key.hex,
        one.first.created_at,
        round(one.until_first / timedelta(minutes=1), 1),
        one.last.created_at,
        round(one.until_last / timedelta(minutes=1), 1),
        one.logins,
        one.last.app_name,
        one.last.ray_id,
        SETTINGS[one.setting],
    )
